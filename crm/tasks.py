"""What staff have promised to do: given, changed, put off, handed over, done, opened again (C2.2).

A form that was opened before somebody else's edit is told so: a verb that is given the `version` the form showed raises
StaleError and changes nothing. Without one it holds for the task as it is now. The customer's timeline tells what was
done and what was opened again; what is still to be done stands beside it.
"""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.days import PortalNow
from consent import restriction
from consent.models import Person
from crm import kinds, timeline
from crm.models import Encounter, Organisation, Task
from crm.versions import StaleError

LAST_MINUTE = time(23, 59)


class PromisedError(Exception):
    """A question stays to be answered by its moment: who asked on the site was promised it."""


def end_of(day: date) -> datetime:
    """When what is due on a day is due: its last minute in Finland (Europe/Helsinki)."""
    return timezone.make_aware(datetime.combine(day, LAST_MINUTE))


def give(
    what: str,
    *,
    due_at: datetime,
    by: User | None,
    assignee: User | None = None,
    about: Encounter | Person | Organisation | None = None,
    kind: str = Task.Kind.STEP,
) -> Task:
    """Note what is to be done, and by whom; nobody's when there is no assignee.

    `about` is the customer, or the encounter that gave rise to it, whose person and organisation the task is for. Without
    it the task is the house's own. RestrictedError for a step with somebody who has had the processing restricted; what
    they ask themself is answered (GDPR Art. 18).
    """
    task = Task(kind=kind, what=what, due_at=due_at, assignee=assignee, created_by=by)
    if isinstance(about, Encounter):
        task.encounter, task.person = about, about.person
        task.organisation = about.organisation
    elif isinstance(about, Person):
        task.person = about
    else:
        task.organisation = about
    if kind == Task.Kind.STEP:
        restriction.check(task.person_id)
    task.save()
    return task


@transaction.atomic
def change(task: Task, *, version: int, what: str, due_at: datetime, assignee: User | None) -> Task:
    """Write what a form says; raises StaleError, and PromisedError when a question's moment would move."""
    current = locked(task, version)
    if current.kind == Task.Kind.QUESTION and due_at != current.due_at:
        raise PromisedError
    current.what, current.due_at, current.assignee = what, due_at, assignee
    return written(current, "what", "due_at", "assignee")


@transaction.atomic
def postpone(task: Task, due_at: datetime, *, version: int | None = None) -> Task:
    """Move the moment; raises PromisedError for a question, and StaleError."""
    current = locked(task, version)
    if current.kind == Task.Kind.QUESTION:
        raise PromisedError
    current.due_at = due_at
    return written(current, "due_at")


@transaction.atomic
def hand_over(task: Task, to: User | None, *, version: int | None = None) -> Task:
    """Make it another's, or nobody's; handing it to who has it already changes nothing. Raises StaleError."""
    current = locked(task, version)
    if current.assignee_id == (to.pk if to else None):
        return current
    current.assignee = to
    return written(current, "assignee")


@transaction.atomic
def done(task: Task, *, by: User | None, version: int | None = None, is_told: bool = False) -> Task:
    """Mark it done and tell the customer's timeline, unless the caller has told it what happened (`is_told`).

    A second time changes nothing and tells nothing, whatever the version. Raises StaleError.
    """
    current = locked(task)
    if current.done_at is not None:
        return current
    check(current, version)
    current.done_at, current.done_by = PortalNow(), by
    if not is_told:
        tell(kinds.TASK_DONE, current, by)
    return written(current, "done_at", "done_by")


@transaction.atomic
def reopen(task: Task, *, by: User | None) -> Task:
    """Take back that it was done, for a slip of the hand; one that is open stays as it is.

    A question is watched from the beginning then: late, it goes to somebody else once more.
    """
    current = locked(task)
    if current.done_at is None:
        return current
    current.done_at = current.done_by = current.escalated_at = None
    tell(kinds.TASK_REOPENED, current, by)
    return written(current, "done_at", "done_by", "escalated_at")


@transaction.atomic
def move(task: Task, person: Person, *, to: User | None) -> Task:
    """Make it about another person, with what the timeline told of it, and theirs to do who is named, unless it is done.

    For what turns out to be somebody else's. About the same person it changes nothing.
    """
    lock_people(person, task.person)
    current = locked(task)
    if current.person == person:
        return current
    told = Encounter.objects.filter(person=current.person, data__task=current.pk)
    told.update(person=person)
    current.person = person
    if current.done_at is None:
        current.assignee = to
    return written(current, "person", "assignee")


# --- how they do it ------------------------------------------------------------------------


def locked(task: Task, version: int | None = None) -> Task:
    """The task as it is now, locked after its customer's rows: merging takes them in that order. Raises StaleError.

    Enrolments and entries of the timeline do not wait for it: they need no more than that the customer stays.
    """
    list(Person.objects.filter(tasks=task).select_for_update(of=("self",), no_key=True))
    list(Organisation.objects.filter(tasks=task).select_for_update(of=("self",), no_key=True))
    current = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    check(current, version)
    return current


def lock_people(*some: Person | None) -> None:
    """Lock them by key, before their tasks and mails."""
    keys = [each.pk for each in some if each is not None]
    rows = Person.objects.filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True))


def check(current: Task, version: int | None) -> None:
    if version is not None and version != current.version:
        raise StaleError


def written(task: Task, *fields: str) -> Task:
    """Save the fields as the next version."""
    task.version += 1
    task.save(update_fields=[*fields, "version"])
    task.refresh_from_db(fields=list(fields))
    return task


def tell(kind: str, task: Task, by: User | None) -> None:
    """Write on the customer's timeline; the house's own tasks have none."""
    if task.person_id or task.organisation_id:
        timeline.record(
            kind,
            person=task.person,
            organisation=task.organisation,
            by=by,
            what=task.what,
            task=task.pk,
        )
