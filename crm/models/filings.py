"""What became of a mail that came in (C2.4)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.days import PortalNow
from crm.models.tasks import Task
from mailing.models import InboundMail


class Filing(models.Model):
    """What became of one mail: read by the portal, filed by staff with a customer, or set aside; once for each mail.

    Whose it is stands on the mail itself. `task` is what it gave rise to when it asks something; `by` is nobody when
    the portal has read it.
    """

    class Outcome(models.TextChoices):
        """What was done."""

        READ = "read", _("known sender")
        FILED = "filed", _("filed with a customer")
        SET_ASIDE = "set_aside", _("set aside")

    mail = models.OneToOneField(
        InboundMail, primary_key=True, on_delete=models.CASCADE, related_name="filing"
    )
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    task = models.OneToOneField(
        Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="filing"
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("filing of a mail")
        verbose_name_plural = _("filings of mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["read", "filed", "set_aside"]),
                name="filing_outcome_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="set_aside") | Q(task__isnull=True),
                name="filing_set_aside_asks_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id} · {self.outcome}"
