"""Requests for the newsletter that wait for their confirmation (D3.1)."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import LANGUAGES
from common.days import PortalNow
from consent.models import Person, Preference, Topic


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """Reads of sign-ups."""

    def alive(self) -> "SignUpQuerySet":
        """Those whose links work, by the database's clock."""
        return self.filter(created_at__gt=PortalNow() - SignUp.LIFETIME)


class SignUp(models.Model):
    """Somebody has asked for the newsletter with this address; permission begins when the mailed link is confirmed.

    The row goes with its links after LIFETIME; what was confirmed is in the ledger.
    """

    LIFETIME = timedelta(days=7)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ups")
    address = models.EmailField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    topics = models.ManyToManyField(Topic, blank=True, help_text="None: every topic.")
    frequency = models.CharField(max_length=7, choices=Preference.Frequency.choices)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    disowned_at = models.DateTimeField(null=True, blank=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.CheckConstraint(
                condition=Q(frequency__in=["at_once", "weekly", "monthly"]),
                name="sign_up_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} · {self.created_at:%Y-%m-%d}"
