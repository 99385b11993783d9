"""Somebody of staff leaves, loses their roles or hands over: no customer is left without one who answers (C5.3).

Order of locks: staffing (`absences.lock_staffing`), the member of staff who goes, then people by key, then organisations
by key, in slices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.departures import StillNeededError
from accounts.models import User
from common.days import PortalNow, database_now
from consent.models import Person
from consent.privacy import Subject
from crm import absences, choosing, named_contacts, questions
from crm.choosing import Choice, NobodyLeftError
from crm.customers import Interest
from crm.models import Absence, ContactRule, NamedContact, Organisation, Task
from crm.models.named import IsReachable
from crm.named_contacts import Chosen, Customer, Picks, UnreachableError

SLICE = 1000

# What they had promised to do goes to the customer's named contact of now, else to whom the rules name for anybody.
FOLLOW = """
UPDATE crm_task t SET version = version + 1, assignee_id = coalesce(
  (SELECT n.user_id FROM crm_namedcontact n WHERE n.until IS NULL AND n.person_id = t.person_id),
  (SELECT n.user_id FROM crm_namedcontact n WHERE n.until IS NULL AND n.organisation_id = t.organisation_id),
  %(anybody)s)
WHERE t.assignee_id = %(gone)s AND t.done_at IS NULL
RETURNING t.id
"""


@dataclass(frozen=True)
class Everybody:
    """All customers to one."""

    user: int

    def pick(self, _interest: Interest) -> int:
        return self.user


def leave_if_gone(user: User, by: User | None) -> None:
    """What accounts calls when a role was taken or the user shut out: nothing happens while they can still answer.

    Raises departures.StillNeededError when nobody is left who could.
    """
    if can_answer(user):
        return
    try:
        leave(user, by=by)
    except NobodyLeftError as error:
        raise StillNeededError from error


@transaction.atomic
def leave(user: User, *, by: User | None = None) -> int:
    """Give everything the user answers for to others by the rules: customers, deputyships, open tasks; how many customers.

    A second time finds nothing. Raises NobodyLeftError, changing nothing, when customers or absences are left that
    nobody of staff could take.
    """
    absences.lock_staffing()
    if User.objects.select_for_update().filter(pk=user.pk).first() is None:
        return 0  # erased meanwhile: that has given everything to others
    ContactRule.objects.filter(user=user).delete()
    choice = choosing.load(without=user.pk)
    absences.replace_deputy(user, deputies(choice))
    moved = move_all(user, choice, Chosen.RULE, by)
    pass_tasks_on(user, choice)
    return moved


@transaction.atomic
def hand_over(user: User, to: User, *, by: User) -> int:
    """Give all customers of the user to another by hand; how many. Raises UnreachableError.

    Open tasks follow their customers, also to who was named for them before; those of nobody's customer go along.
    """
    named_contacts.lock_staff(to)
    if not can_answer(to):
        raise UnreachableError
    everybody = Everybody(to.pk)
    moved = move_all(user, everybody, Chosen.HAND, by)
    pass_tasks_on(user, everybody)
    return moved


def settle_gone() -> int:
    """Let everybody leave who is named, promised or stands in and can answer no more; how many customers went to others.

    Whoever takes roles in /admin/ has this done at once: it is for roles that went past it, by SQL or a shell. Where
    nobody could take over all stays for the next time.
    """
    moved = 0
    gone = User.objects.alias(reachable=IsReachable(F("pk"))).filter(reachable=False)
    for user in gone.filter(pk__in=answerable()).order_by("pk"):
        try:
            moved += leave(user)
        except NobodyLeftError:
            continue
    return moved


def answerable() -> set[int]:
    """Who is named for a customer or by a rule, has promised something, or is the deputy of who is away."""
    today = timezone.localdate(database_now())
    ways: list[tuple[QuerySet[Any], str]] = [
        (NamedContact.objects.current(), "user"),
        (ContactRule.objects.all(), "user"),
        (Task.objects.filter(done_at__isnull=True, assignee__isnull=False), "assignee"),
        (Absence.objects.not_over(today), "deputy"),
    ]
    return {
        key for rows, who in ways for key in rows.order_by().values_list(who, flat=True).distinct()
    }


def before_erasure(subject: Subject) -> None:
    """Erasing a member of staff is leaving too; the law does not wait until there is somebody else."""
    for user in User.objects.filter(pk__in=subject.users).order_by("pk"):
        try:
            leave(user)
        except NobodyLeftError:
            continue


def move_all(user: User, picks: Picks, chosen: Chosen, by: User | None) -> int:
    """People first, then organisations, each in slices by key."""
    lock_people(user)
    mine = NamedContact.objects.current().filter(user=user)
    moved = 0
    for model, column in ((Person, "person"), (Organisation, "organisation")):
        rows = mine.filter(**{f"{column}__isnull": False}).order_by(column)
        while keys := list(rows.values_list(column, flat=True)[:SLICE]):
            found = model._default_manager.select_for_update(no_key=True)  # noqa: SLF001  Django's documented API
            some: Sequence[Customer] = list(found.filter(pk__in=keys).order_by("pk"))
            rows.filter(**{f"{column}__in": keys}).order_by().update(until=PortalNow())
            moved += named_contacts.name_all(some, picks, chosen=chosen, by=by)
    return moved


def lock_people(user: User) -> None:
    """Lock the user's customers and whoever waits for their answer, by key: after organisations it would be too late."""
    named = NamedContact.objects.current().filter(user=user, person__isnull=False)
    asking = user.tasks.questions().filter(done_at__isnull=True)
    whose = Q(pk__in=named.values("person")) | Q(pk__in=asking.values("person"))
    rows = Person.objects.filter(whose).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))


def pass_tasks_on(user: User, picks: Picks) -> None:
    """Open tasks follow their customers; NobodyLeftError when there are some and nobody to take them.

    Whoever gets a question is told by mail, and the timeline says that it was passed on.
    """
    mine = user.tasks.filter(done_at__isnull=True)
    if not mine.exists():
        return
    values = {"gone": user.pk, "anybody": picks.pick(Interest())}
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, values)
        moved = [key for (key,) in cursor.fetchall()]
    passed = Task.objects.questions().filter(pk__in=moved).select_related("person", "assignee")
    for task in passed.select_related("encounter").order_by("pk"):
        questions.tell_passed_on(task)


def deputies(choice: Choice) -> list[int]:
    """Who could stand in, those first whom the rules would name for anybody."""
    return [key for group in choice.groups(Interest()) for key in sorted(group)]


def can_answer(user: User) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT crm_is_reachable(%s)", [user.pk])
        return bool(cursor.fetchone()[0])
