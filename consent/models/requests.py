"""What people ask by their rights (GDPR Art. 15-22): when it came, by when it is due, and what was done."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.days import PortalNow


class SubjectRequestQuerySet(models.QuerySet["SubjectRequest"]):
    """Reads of requests."""

    def unfinished(self) -> "SubjectRequestQuerySet":
        """Those that are not answered yet, oldest first."""
        return self.filter(finished_at=None).order_by("pk")

    def of(self, digests: list[str]) -> "SubjectRequestQuerySet":
        """Those made for one of these addresses, by their keyed digests."""
        ways = Q(pk__in=[])
        for digest in digests:
            ways |= Q(digests__contains=[digest])
        return self.filter(ways)


class SubjectRequest(models.Model):
    """A person uses a right. The row names nobody once it is finished: it knows its addresses by keyed digests alone.

    `subject` says whom an erasure under way is about and is emptied with its end; `steps` are those done, `outcome` is
    what became of the rows, with what is kept, by what law and until when.
    """

    class Right(models.TextChoices):
        """Which right."""

        ACCESS = "access", _("access, Article 15")
        ERASURE = "erasure", _("erasure, Article 17")

    right = models.CharField(max_length=12, choices=Right.choices)
    digests = models.JSONField(default=list)
    received_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    due_on = models.DateField(help_text="A month after it was received (Article 12(3)).")
    subject = models.JSONField(default=dict, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    steps = models.JSONField(default=list, blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SubjectRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request of a person")
        verbose_name_plural = _("requests of people")
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=["access", "erasure"]), name="request_right_known"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(subject={}), name="request_forgets_whom"
            ),
            models.CheckConstraint(
                condition=~Q(right="erasure") | Q(finished_at=None) | Q(erased_at__isnull=False),
                name="request_finished_when_erased",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(finished_at=None), name="request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.right}"
