"""What the register has of the customers that a slice of rows names: one question a kind, however many rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

from consent import people, suppression
from consent.models import Person
from crm.importing.cleaning import Entry
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Organisation,
    OrganisationAddress,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
)


def key_of(name: str) -> str:
    """A name as two are compared: case and spaces aside."""
    return " ".join(name.lower().split())


@dataclass
class Organisations:
    """Those of the slice's keys, and what becomes of them while the slice is read."""

    by_id: dict[str, Organisation] = field(default_factory=dict)
    by_name: dict[str, list[Organisation]] = field(default_factory=lambda: defaultdict(list))

    def add(self, organisation: Organisation) -> None:
        if organisation.business_id:
            self.by_id[organisation.business_id] = organisation
        named = self.by_name[key_of(organisation.name)]
        if organisation not in named:
            named.append(organisation)

    def each(self) -> Iterator[Organisation]:
        for named in self.by_name.values():
            yield from named


@dataclass
class Register:
    """The register as it concerns one slice. `suppressed` are addresses in lower case that stay out, with the reason."""

    organisations: Organisations
    people: dict[str, Person]
    suppressed: dict[str, str]
    cards: dict[int, ContactPerson]
    affiliated: dict[int, set[int]]  # person, organisations they have an open affiliation with
    primary: set[int]  # people with a primary affiliation
    phones: dict[str, set[int]]  # number, people who have it
    numbers: dict[int, set[str]]  # person, their numbers
    names: dict[int, set[str]]
    domains: dict[int, set[str]]
    addresses: dict[int, set[str]]  # organisation, kinds it has


def read(entries: Iterable[Entry], *, lock: bool) -> Register:
    """Ask for everything; with `lock` people and then organisations are locked, in order of their keys."""
    entries = list(entries)
    good = [entry for entry in entries if not entry.problems]
    suppressed = suppression.reasons_for({each for entry in entries for each in named_in(entry)})
    found = people.people_of(
        {each for entry in entries for each in about(entry)} - suppressed.keys()
    )
    if lock:
        found = locked(found)
    keys = sorted({person.pk for person in found.values()})
    organisations = organisations_of(good, lock=lock)
    ids = [each.pk for each in organisations.each()]
    affiliations = Affiliation.objects.filter(person__in=keys, until__isnull=True).values_list(
        "person", "organisation", "is_primary"
    )
    belongs = list(affiliations)
    numbers = {number for entry in good for number, _kind in entry.phones}
    phones = ContactPhone.objects.filter(number__in=numbers)
    return Register(
        organisations,
        found,
        suppressed | restricted(found),
        cards={card.pk: card for card in ContactPerson.objects.filter(pk__in=keys)},
        affiliated=grouped((person, where) for person, where, _is_primary in belongs),
        primary={person for person, _where, is_primary in belongs if is_primary},
        phones=grouped(phones.values_list("number", "contact")),
        numbers=grouped(
            ContactPhone.objects.filter(contact__in=keys).values_list("contact", "number")
        ),
        names=of_each(OrganisationName.objects.filter(organisation__in=ids), Lower("name")),
        domains=of_each(OrganisationDomain.objects.filter(organisation__in=ids), F("domain")),
        addresses=of_each(OrganisationAddress.objects.filter(organisation__in=ids), F("kind")),
    )


def about(entry: Entry) -> list[str]:
    """The addresses of whom the row is about; of a row that cannot be read, all that are found in it."""
    if entry["email"]:
        return [entry["email"]]
    return entry.row.emails if entry.problems else []


def named_in(entry: Entry) -> set[str]:
    """Every address in the row."""
    return {*about(entry), *entry.row.emails}


def locked(found: dict[str, Person]) -> dict[str, Person]:
    """The people as they are now; nobody changes them until the transaction ends."""
    keys = {person.pk for person in found.values()}
    rows = Person.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys)
    now = {person.pk: person for person in rows.order_by("pk")}
    return {email: now[person.pk] for email, person in found.items() if person.pk in now}


def restricted(found: dict[str, Person]) -> dict[str, str]:
    """Addresses whose people asked that nothing be done with what we hold (GDPR Art. 18)."""
    keys = [person.pk for person in found.values()]
    free = set(Person.objects.filter(pk__in=keys).unrestricted().values_list("pk", flat=True))
    return {email: "restricted" for email, person in found.items() if person.pk not in free}


def organisations_of(entries: list[Entry], *, lock: bool) -> Organisations:
    """Those with a business ID or a name of the entries; by its former ID too, what two were made one of."""
    ids = {entry["business_id"] for entry in entries} - {""}
    names = {key_of(entry["organisation"]) for entry in entries} - {""}
    former = dict(OrganisationAlias.objects.formerly(ids).values_list("business_id", "kept"))
    rows = Organisation.objects.alias(key=Lower("name")).filter(
        Q(business_id__in=ids) | Q(key__in=names) | Q(pk__in=former.values())
    )
    found = Organisations()
    for each in (rows.select_for_update(no_key=True) if lock else rows).order_by("pk"):
        found.add(each)
    known = {each.pk: each for each in found.each()}
    for business_id, kept in former.items():
        if kept in known:
            found.by_id.setdefault(business_id, known[kept])
    return found


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, set[Any]]:
    """The second of each pair by the first."""
    found: dict[Any, set[Any]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


def of_each(rows: "QuerySet[Any]", value: Combinable) -> dict[int, set[str]]:
    """A value of the rows of each organisation."""
    return grouped(rows.values_list("organisation", value))
