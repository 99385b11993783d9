"""What staff write on a customer's timeline: calls, visits, meetings, fairs, social media, notes; with a next step (C2.2).

An edit keeps what was there before: the audit has it and who edited, the row has the newest words alone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.days import database_now
from consent import restriction
from consent.models import Person
from crm import attachments, tasks, timeline, versions
from crm.attachments import Checked
from crm.models import Encounter, Organisation
from crm.timeline import NobodysError

IN_A_WEEK = timedelta(days=7)


class NotWrittenError(Exception):
    """Staff write, and edit, only the kinds that are theirs: what the portal has recorded stays as it is."""


@dataclass(frozen=True)
class Step:
    """What is to be done next, and on which day (Europe/Helsinki); in a week, when no day is named."""

    what: str
    on: date | None = None


@dataclass(frozen=True)
class Note:
    """One of the kinds that staff write, in words; when it happened (aware; now when not said), and what comes with it."""

    kind: str
    text: str
    at: datetime | None = None
    visibility: str = Encounter.Visibility.STAFF
    step: Step | None = None
    files: tuple[Checked, ...] = ()


@transaction.atomic
def add(
    note: Note,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    by: User,
) -> Encounter:
    """Write what staff did with the customer, keep its files, and give whoever writes the next step; all of it or nothing.

    NotWrittenError for a kind that is the portal's, NobodysError for no customer, restriction.RestrictedError. A file
    that cannot be kept raises OSError.
    """
    kind = timeline.kinds[note.kind]
    if not kind.is_written:
        raise NotWrittenError
    if person is None and organisation is None:
        raise NobodysError
    restriction.check(person.pk if person else None)
    encounter = Encounter(
        kind=kind.name,
        person=person,
        organisation=organisation,
        by=by,
        channel=kind.channel,
        text=note.text,
        visibility=note.visibility,
    )
    if note.at:
        encounter.at = note.at
    encounter.save()
    for file in note.files:
        attachments.attach(file, encounter, by=by)
    if note.step:
        plan(note.step, encounter, by=by)
    return encounter


def plan(step: Step, encounter: Encounter, *, by: User) -> None:
    """Make the next step a task of whoever wrote the note."""
    on = step.on or timezone.localdate(database_now()) + IN_A_WEEK
    tasks.give(step.what, due_at=tasks.end_of(on), by=by, assignee=by, about=encounter)


@transaction.atomic
def edit(encounter: Encounter, *, version: int, text: str, visibility: str) -> Encounter:
    """Change the words, or who reads them; the same words change nothing.

    `version` is the one the editor has read: versions.StaleError when somebody else has edited it since. RestrictedError
    as for writing a new one.
    """
    current = Encounter.objects.select_for_update(of=("self",)).get(pk=encounter.pk)
    restriction.check(current.person_id)
    if not timeline.kind_of(current).is_written:
        raise NotWrittenError
    versions.check(version, current.version)
    if (current.text, current.visibility) != (text, visibility):
        current.text, current.visibility = text, visibility
        current.version += 1
        current.save(update_fields=["text", "visibility", "version"])
    return current
