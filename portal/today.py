"""What waits for a member of staff today, in the order in which it is to be done (C2.2).

Lists for what one does oneself, counts for what waits somewhere else. What a role may not see is not asked for. A part of
the product that has something waiting adds one line to WAITING.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from accounts.models import Institution, User
from accounts.roles import Permission
from common.days import PortalNow
from consent.models import Address
from consent.models.people import at_rest, visible_to
from courses.models import Run
from crm import tasks, tray
from crm.models import Duplicate, Task
from mailing.models import Delivery
from portal import invariants

MOST = 100  # rows of a list; who has more due on one day plans it in the list of tasks
WEEK = timedelta(days=7)
AHEAD = timedelta(days=6)  # after today: a week with it


@dataclass(frozen=True)
class Waiting:
    """Something that waits on a page of its own: how many there are (one query), how that is said, where it is done."""

    name: str
    permission: Permission
    count: Callable[[User], int]
    said: Any  # a lazy plural of `count`
    url_name: str


@dataclass(frozen=True)
class Line:
    """So many of something wait there."""

    said: str
    url: str


WAITING = [
    Waiting(
        "doubts",
        Permission.SETTLE_DOUBTS,
        lambda user: (
            Delivery.objects.visible_to(user).filter(state=Delivery.State.IN_DOUBT).count()
        ),
        ngettext_lazy(
            "%(count)d mail is in doubt: say what became of it",
            "%(count)d mails are in doubt: say what became of them",
            "count",
        ),
        "site:staff_mail",
    ),
    Waiting(
        "duplicates",
        Permission.MERGE_CUSTOMERS,
        lambda user: Duplicate.objects.visible_to(user).open().standing().count(),
        ngettext_lazy(
            "%(count)d likely duplicate: is it one customer or two?",
            "%(count)d likely duplicates: are they one customer or two?",
            "count",
        ),
        "site:staff_duplicates",
    ),
    Waiting(
        "tray",
        Permission.EDIT_CUSTOMERS,
        lambda _user: tray.waiting().count(),
        ngettext_lazy(
            "%(count)d mail in the tray: whose is it?",
            "%(count)d mails in the tray: whose are they?",
            "count",
        ),
        "site:staff_tray",
    ),
    Waiting(
        "closed addresses",
        Permission.SEE_PEOPLE,
        lambda user: Address.objects.filter(
            visible_to(user), closed_at__gt=PortalNow() - WEEK
        ).count(),
        ngettext_lazy(
            "%(count)d address was closed this week: ask for a new one",
            "%(count)d addresses were closed this week: ask for new ones",
            "count",
        ),
        "site:staff_mail",
    ),
    Waiting(
        "broken promises",
        Permission.SEE_AUDIT,
        lambda _user: len(invariants.last_broken()),
        ngettext_lazy(
            "%(count)d promise of the database does not hold: tell who runs the portal",
            "%(count)d promises of the database do not hold: tell who runs the portal",
            "count",
        ),
        "site:staff_health",
    ),
]


@dataclass
class Today:
    """All of it for one person."""

    day: date
    questions: list[Task] = field(default_factory=list)
    late: list[Task] = field(default_factory=list)
    due: list[Task] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    soon: int = 0  # steps that come due in the six days after; every question is listed

    @property
    def is_empty(self) -> bool:
        return not (self.questions or self.late or self.due or self.runs or self.waiting)

    @property
    def tasks(self) -> int:
        """How many tasks there are besides the questions."""
        return len(self.late) + len(self.due)


def of(user: User, now: datetime) -> Today:
    """Whatever waits for the user at this moment (Europe/Helsinki)."""
    day = timezone.localdate(now)
    tonight, ahead = tasks.end_of(day), tasks.end_of(day + AHEAD)
    steps = Task.objects.visible_to(user, on=day).of(user, on=day).filter(kind=Task.Kind.STEP)
    steps = steps.open().shown()
    found = Today(day, asked(user, day), runs=runs(user, day), waiting=list(lines(user)))
    found.soon = steps.filter(due_at__gt=tonight, due_at__lte=ahead).count()
    for task in steps.filter(due_at__lte=tonight)[:MOST]:
        (found.late if task.is_late else found.due).append(task)
    return found


def asked(user: User, day: date) -> list[Task]:
    """Their open questions, whenever they are due, and those that nobody has: these are everybody's who may answer.

    What a restricted person asked is also everybody's who may see them: whose it was may see it no more.
    """
    mine = Task.objects.of(user, on=day).questions()
    if user.may(Permission.DO_TASKS) and user.may(Permission.SEE_CUSTOMERS):
        questions = Task.objects.questions()
        mine |= questions.filter(assignee=None)
        mine |= questions.filter(person__in=at_rest())
    return list(mine.visible_to(user, on=day).open().shown()[:MOST])


def runs(user: User, day: date) -> list[Run]:
    """Runs of the user's institutions that begin soon with too few people."""
    if not user.may(Permission.SEE_OFFERING):
        return []
    own = Institution.objects.staffed_by(user, Permission.SEE_OFFERING)
    few = Run.objects.under_minimum(day).filter(course__institution__in=own)
    return list(few.select_related("course").order_by("starts_on", "pk")[:MOST])


def lines(user: User) -> Iterator[Line]:
    """What waits elsewhere, one query for each that the user may see."""
    for each in WAITING:
        count = each.count(user) if user.may(each.permission) else 0
        if count:
            yield Line(each.said % {"count": count}, reverse(each.url_name))
