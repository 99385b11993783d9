"""Keep the promises to those who asked: what is whose while they are away, and what is late goes to somebody else (C5.2).

Each question is passed on in a transaction of its own, under the locks of `crm.tasks`; a second beat at the same moment
waits for them and finds nothing left to do.
"""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import StaffRole, User
from accounts.roles import Role
from common.days import PortalNow, database_now
from crm import answering, asked, questions, tasks
from crm.models import Task
from crm.models.named import Answering, IsReachable

OPEN = {"kind": Task.Kind.QUESTION, "done_at": None}


def watch() -> dict[str, int]:
    """Give questions of who is away today to who answers for them, and late ones to somebody else; how many of each."""
    return {
        "away": sum(pass_to_deputy(key) for key in of_the_absent()),
        "late": sum(escalate(key) for key in late()),
    }


def of_the_absent() -> list[int]:
    """Open questions whose assignee does not answer today, and somebody else does for them."""
    today = timezone.localdate(database_now())
    theirs = Task.objects.filter(**OPEN, assignee__isnull=False)
    return list(
        theirs.alias(answers=Answering(F("assignee"), today))
        .filter(answers__isnull=False)
        .exclude(answers=F("assignee"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def late() -> list[int]:
    """Open questions whose moment has passed and that nobody else has been given: those for whom there was nobody, again."""
    rows = Task.objects.filter(**OPEN, escalated_at=None, due_at__lte=PortalNow())
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def pass_to_deputy(key: int) -> bool:
    """Give the question to who answers today for its assignee, and tell them; false when there is nothing to do."""
    task = free(key)
    if task is None or task.assignee is None:
        return False
    answers = answering.on_behalf_of(task.assignee)
    answers = answering.if_seen(answers, questions.person_of(task))
    if answers is None or answers == task.assignee:
        return False
    questions.tell_passed_on(tasks.hand_over(task, answers))
    return True


@transaction.atomic
def escalate(key: int) -> bool:
    """Give the late question to a deputy or a manager, once, and tell both; false when there is nothing to do.

    When there is nobody else, nothing changes and nobody is told: it is tried again as long as the question is open.
    """
    task = free(key)
    if task is None or task.escalated_at or task.due_at > database_now():
        return False
    before, after = task.assignee, somebody_else(task)
    if after is None:
        return False
    Task.objects.filter(pk=task.pk).update(escalated_at=PortalNow())
    questions.tell_passed_on(tasks.hand_over(task, after), "late")
    if before is not None:
        questions.tell_staff(task, before, "passed", to=str(after))
    return True


def free(key: int) -> Task | None:
    """The question, locked; None when it is answered or gone."""
    task = Task.objects.filter(pk=key, **OPEN).first()
    try:
        locked = tasks.locked(task) if task else None
    except Task.DoesNotExist:
        return None
    return None if locked is None or locked.done_at else locked


def somebody_else(task: Task) -> User | None:
    """Who answers today for the assignee, else a manager of the institution, of all, of any; else an administrator."""
    deputy = answering.if_seen(answering.on_behalf_of(task.assignee), questions.person_of(task))
    if deputy is not None and deputy != task.assignee:
        return deputy
    own = (
        list(task.assignee.staff_roles.values_list("institution", flat=True))
        if task.assignee
        else []
    )
    wanted = [asked.of(task).institution, *own]
    roles = StaffRole.objects.filter(role__in=[Role.MANAGER, Role.ADMIN])
    able = roles.alias(reachable=IsReachable(F("user"))).filter(reachable=True)
    able = able.exclude(user=task.assignee).select_related("user").order_by("pk")
    found = sorted(able, key=lambda role: rank(role, wanted))
    return next(
        (
            who
            for role in found
            if (who := answering.on_behalf_of(role.user)) and who != task.assignee
        ),
        None,
    )


def rank(role: StaffRole, wanted: list[int | None]) -> tuple[bool, int]:
    """Managers before administrators; of the institution first, then over all, then of others."""
    near = (
        0
        if role.institution_id in wanted and role.institution_id
        else 1 + bool(role.institution_id)
    )
    return role.role != Role.MANAGER, near
