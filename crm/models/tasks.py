"""What staff have promised to do (C2.2)."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, StaffRole, User
from accounts.roles import Permission
from common.days import PortalNow
from consent.models import Person
from consent.models.people import visible_to
from crm.models.named import Absence
from crm.models.organisations import Organisation
from crm.models.timeline import Encounter


class TaskQuerySet(models.QuerySet["Task"]):
    """Reads of tasks."""

    def open(self) -> "TaskQuerySet":
        """Those not yet done, the most urgent first."""
        return self.filter(done_at__isnull=True).order_by("due_at", "pk")

    def shown(self) -> "TaskQuerySet":
        """As lists show them: with whom they are for, who does them, and what they came of."""
        return self.select_related("person", "organisation", "assignee", "encounter")

    def at(self, institutions: models.QuerySet[Institution]) -> "TaskQuerySet":
        """Those of the institutions' staff."""
        staff = StaffRole.objects.filter(institution__in=institutions)
        return self.filter(assignee__in=staff.values("user"))

    def of(self, user: User, *, on: date) -> "TaskQuerySet":
        """Theirs, and those of everybody whose deputy they are on the day (Europe/Helsinki)."""
        away = Absence.objects.filter(deputy=user, since__lte=on, until__gte=on)
        return self.filter(Q(assignee=user) | Q(assignee__in=away.values("user")))

    def visible_to(self, user: User, *, on: date) -> "TaskQuerySet":
        """All for who sees the customer register, which institutions share; for others their own and what they gave.

        Those for whom who has had the processing restricted (GDPR Art. 18) are seen by who handles such people alone.
        """
        seen = self.filter(visible_to(user))
        if user.may(Permission.SEE_CUSTOMERS):
            return seen
        return seen.of(user, on=on) | seen.filter(created_by=user)

    def questions(self) -> "TaskQuerySet":
        """What customers have asked."""
        return self.filter(kind="question")

    def doable_by(self, user: User, *, on: date) -> "TaskQuerySet":
        """Those they see that they may do: all for who edits customers, their own and their principals’ for who does tasks."""
        if not user.may(Permission.DO_TASKS):
            return self.none()
        seen = self.filter(visible_to(user))
        return seen if user.may(Permission.EDIT_CUSTOMERS) else seen.of(user, on=on)


class Task(models.Model):
    """Something to be done for a customer by a moment; nobody's when it has no assignee.

    A question is answered by `due_at`, which was promised to who asked on the site; `escalated_at` is when somebody else
    was given it because it is late. `encounter` is what gave rise to it. `version` counts edits.
    """

    class Kind(models.TextChoices):
        """What kind of thing it is."""

        STEP = "step", _("next step")
        QUESTION = "question", _("a customer’s question")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STEP)
    what = models.CharField(_("what is to be done"), max_length=200)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    encounter = models.ForeignKey(
        Encounter, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    assignee = models.ForeignKey(
        User,
        verbose_name=_("who does it"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tasks",
    )
    due_at = models.DateTimeField(_("due"))
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["step", "question"]), name="task_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True) | Q(done_at__isnull=False),
                name="task_done_by_somebody_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_at", "id"],
                condition=Q(done_at__isnull=True),
                name="task_open",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def is_late(self) -> bool:
        """Whether its time has passed: a question's to the minute, a step's with its day (Europe/Helsinki)."""
        if self.done_at is not None:
            return False
        if self.kind == self.Kind.QUESTION:
            return self.due_at < timezone.now()
        return timezone.localdate(self.due_at) < timezone.localdate()
