"""The customer's timeline: what happened, written in the transaction in which it happened (C2.3).

`record` is for what the portal does; what staff write themselves is `crm.notes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django_stubs_ext import StrOrPromise

from accounts.models import User
from common.registry import Registry
from consent.models import Person
from crm.models import Encounter, Organisation


class Who(StrEnum):
    """Who made it happen, as the timeline tells them apart."""

    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True)
class Kind:
    """A kind of encounter; `label` is a lazy translation with the names of `data` in it.

    Those that `is_written` are what staff write in their own words; the others the portal records.
    """

    name: str
    label: StrOrPromise
    who: Who = Who.SYSTEM
    channel: str = ""
    is_written: bool = False


class NobodysError(Exception):
    """An encounter is with a person, an organisation, or both."""


kinds: Registry[Kind] = Registry("kinds of encounters")


def kind_of(encounter: Encounter) -> Kind:
    """The encounter's kind; one that nobody registers any more is the system's, by its bare name."""
    return (
        kinds[encounter.kind] if encounter.kind in kinds else Kind(encounter.kind, encounter.kind)
    )


def written() -> Iterable[Kind]:
    """The kinds that staff write, in the order they were registered."""
    return [kind for kind in kinds if kind.is_written]


def record(
    kind: str,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    by: User | None = None,
    channel: str = "",
    text: str = "",
    **data: str | int | None,
) -> Encounter:
    """Add an encounter to the timeline of the person, the organisation, or both; NobodysError for neither.

    `kind` must be registered, `channel` is one of Encounter.Channel or empty, `text` what was said in words, `data` holds
    ids and plain facts. It happens now, by the database's clock.
    """
    if person is None and organisation is None:
        raise NobodysError
    return Encounter.objects.create(
        kind=kinds[kind].name,
        person=person,
        organisation=organisation,
        by=by,
        channel=channel,
        text=text,
        data=data,
    )


def record_all(encounters: Iterable[Encounter]) -> None:
    """Add many at once, such as one for each customer of somebody who leaves; KeyError for a kind nobody registered."""
    rows = list(encounters)
    for kind in {each.kind for each in rows}:
        kinds[kind]
    Encounter.objects.bulk_create(rows, batch_size=1000)
