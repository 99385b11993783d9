"""Note what a customer is in, moved by, or needs; change it, and end it when it is over (C3)."""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction

from accounts.models import User
from consent import restriction
from consent.models import Person
from crm import kinds, timeline, versions
from crm.models import Organisation, Situation


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is known; days are Finnish ones, `until` the last on which it holds."""

    kind: str
    text: str
    since: date
    until: date | None = None
    source: str = ""


def words_of(situation: Situation) -> Words:
    """What is known now."""
    return Words(
        kind=situation.kind,
        text=situation.text,
        since=situation.since,
        until=situation.until,
        source=situation.source,
    )


def version_of(situation: Situation) -> str:
    """What a form is opened at."""
    return versions.mark(words_of(situation))


@transaction.atomic
def note(
    words: Words,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    by: User | None,
) -> Situation:
    """Note it of the person, the organisation, or the person there; raises restriction.RestrictedError."""
    restriction.check(person.pk if person else None)
    made = Situation.objects.create(
        person=person, organisation=organisation, by=by, **asdict(words)
    )
    timeline.record(
        kinds.SITUATION_NOTED, person=person, organisation=organisation, by=by, what=words.kind
    )
    return made


@transaction.atomic
def change(situation: Situation, words: Words, *, version: str) -> Situation:
    """Write what a form says that was opened at `version`; raises StaleError, RestrictedError. A last day ends it."""
    current = Situation.objects.select_for_update(of=("self",)).get(pk=situation.pk)
    restriction.check(current.person_id)
    versions.check(version, version_of(current))
    for name, value in asdict(words).items():
        setattr(current, name, value)
    current.save()
    return current
