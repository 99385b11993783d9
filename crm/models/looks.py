"""Who has looked at a person's data (E3.5; GDPR Art. 5(2), 15)."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.roles import Role
from common.days import PortalNow
from consent.models import Person


class LookQuerySet(models.QuerySet["Look"]):
    """Reads of looks."""

    def spent(self) -> "LookQuerySet":
        """Those that need not be kept longer, by the database's clock."""
        return self.filter(at__lt=PortalNow() - Look.KEPT_FOR)


class Look(models.Model):
    """A member of staff opened a page on a person; the same page within COUNTED_ONCE is the same look.

    `role` and `institution` are those by which they might, as they were then. The person is told these and not who it
    was (CJEU C-579/21): an employee acts under the controller's authority. `role` is empty for a superuser.
    """

    KEPT_FOR = timedelta(days=365)
    COUNTED_ONCE = timedelta(hours=1)

    class Page(models.TextChoices):
        """What was looked at."""

        PERSON = "person", _("details and timeline")
        PERMISSION = "permission", _("permissions")
        ATTACHMENT = "attachment", _("attached file")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    role = models.CharField(_("role"), max_length=20, blank=True)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    page = models.CharField(_("what was looked at"), max_length=10, choices=Page.choices)
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    objects = LookQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at a person")
        verbose_name_plural = _("looks at people")
        constraints = [
            models.CheckConstraint(
                condition=Q(page__in=["person", "permission", "attachment"]),
                name="look_page_known",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="look_of_person"),
            models.Index(fields=["at"], name="look_spent"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.page} · {self.at:%Y-%m-%d %H:%M}"

    @property
    def as_role(self) -> str:
        """The role in the reader's language; a role there is no more by its name."""
        return str(Role(self.role).label) if self.role in Role.values else self.role
