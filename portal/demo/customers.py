"""The demo's customers: sixty organisations and the people known there, each with a situation, a need and a history.

Names, titles and numbers go round lists of different lengths, so that every demo has the same people.
"""

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from stdnum.fi import ytunnus

from accounts.models import Institution
from consent.models import Address, Person
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
    Situation,
)
from portal.demo.content import FOLDER, Entry

FIRST_BUSINESS_ID = 9_900_000  # above any that has been given
FIRST_PHONE = 401_234_000
SOURCE = "tapaaminen messuilla"


@dataclass(frozen=True)
class Customer:
    """An organisation with the people known there, the most important first."""

    entry: Entry
    organisation: Organisation
    people: list[Person]


def texts() -> dict[str, Any]:
    """What customers.toml holds."""
    with (FOLDER / "customers.toml").open("rb") as source:
        return tomllib.load(source)


def make(institutions: dict[str, Institution], today: date) -> list[Customer]:
    """Every organisation with its people."""
    told = texts()
    organisations = make_organisations(told["organisation"], institutions, today)
    newcomers, found = names(told), []
    for entry, organisation in zip(told["organisation"], organisations, strict=True):
        found.append(Customer(entry, organisation, make_people(entry, organisation, newcomers)))
    make_doubles(found)
    return found


def known() -> list[Customer]:
    """Those that were made before, in the same order."""
    organisations = {each.name: each for each in Organisation.objects.all()}
    people: dict[int, list[Person]] = {}
    for role in Affiliation.objects.select_related("person").order_by("pk"):
        people.setdefault(role.organisation_id, []).append(role.person)
    return [
        Customer(entry, organisation, people[organisation.pk])
        for entry in texts()["organisation"]
        if (organisation := organisations.get(entry["name"]))
    ]


def make_doubles(found: list[Customer]) -> None:
    """Three that are in the register twice: a company without its business ID, and two people known by another address."""
    first = found[0]
    twice = Organisation.objects.create(
        name=shortened(first.organisation.name), website=first.organisation.website, source=SOURCE
    )
    OrganisationDomain.objects.create(organisation=twice, domain=domain_of(first.entry))
    for customer in found[:2]:
        known = customer.people[2]
        given, _, family = known.name.rpartition(" ")
        other = Person.objects.create(name=f"{family} {given}", language=known.language)
        mail = address_of(known.name, "posti.example", 0)
        Address.objects.create(person=other, email=mail)
        card = ContactPerson.objects.create(person=other, source=SOURCE)
        number = known.contact_card.phones.values_list("number", flat=True).first()
        if number:
            ContactPhone.objects.create(contact=card, number=number, is_primary=True)


# --- organisations ------------------------------------------------------------------------


def make_organisations(
    entries: list[Entry], institutions: dict[str, Institution], today: date
) -> list[Organisation]:
    """The organisations with their names, domains, addresses and what moves them."""
    numbers = business_ids()
    made = Organisation.objects.bulk_create(
        Organisation(
            name=each["name"],
            business_id=next(numbers),
            industry=each["industry"],
            size=each["size"],
            website=f"https://www.{each['short']}.example",
            owner=institutions[each["owner"]],
            source=SOURCE,
        )
        for each in entries
    )
    pairs = list(zip(entries, made, strict=True))
    OrganisationDomain.objects.bulk_create(
        OrganisationDomain(organisation=of, domain=domain_of(each)) for each, of in pairs
    )
    OrganisationName.objects.bulk_create(
        OrganisationName(organisation=of, name=shortened(of.name), kind="short")
        for _each, of in pairs
        if shortened(of.name) != of.name
    )
    OrganisationAddress.objects.bulk_create(
        OrganisationAddress(
            organisation=of,
            kind=OrganisationAddress.Kind.VISITING,
            street=each["street"],
            postcode=each["postcode"],
            city=each["city"],
        )
        for each, of in pairs
    )
    Situation.objects.bulk_create(
        Situation(
            organisation=of,
            kind=kind,
            text=each[kind],
            since=today - timedelta(days=40 + number * 11 % 300),
            source=SOURCE,
        )
        for number, (each, of) in enumerate(pairs)
        for kind in ("situation", "need")
    )
    return made


def business_ids() -> Iterator[str]:
    """Valid ones that nobody has; one number in eleven has no check digit and is passed over."""
    for number in count(FIRST_BUSINESS_ID):
        for digit in range(10):
            candidate = f"{number:07}-{digit}"
            if ytunnus.is_valid(candidate):
                yield candidate


def domain_of(entry: Entry) -> str:
    return f"{entry['short']}.example"


def shortened(name: str) -> str:
    """The name without the form of the company."""
    return name.removesuffix(" Oy").removesuffix(" Ab").removesuffix(" ry").removesuffix(" Osk")


# --- people -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Newcomer:
    """A name, a title, and their part in decisions."""

    name: str
    title: str
    power: str
    phone: str


def names(told: dict[str, Any]) -> Iterator[tuple[Newcomer, Newcomer]]:
    """The next person as a Finnish speaker and as a Swedish speaker would be."""
    for number in count():
        phone = f"+358{FIRST_PHONE + number:09}"
        yield (
            newcomer(told["first_names"], told["surnames"], told["titles"], number, phone),
            newcomer(
                told["swedish_first_names"],
                told["swedish_surnames"],
                told["swedish_titles"],
                number,
                phone,
            ),
        )


def newcomer(
    first: list[str], last: list[str], titles: list[Entry], number: int, phone: str
) -> Newcomer:
    role = titles[number % len(titles)]
    name = f"{first[number % len(first)]} {last[number * 5 % len(last)]}"
    return Newcomer(name, role["title"], role["power"], phone)


def make_people(
    entry: Entry, organisation: Organisation, newcomers: Iterator[tuple[Newcomer, Newcomer]]
) -> list[Person]:
    """The people of an organisation, by the addresses of its domain; every fifth without a phone."""
    language = entry.get("language", "fi")
    chosen = [next(newcomers)[language == "sv"] for _ in range(entry["people"])]
    people = Person.objects.bulk_create(
        Person(name=each.name, language=language) for each in chosen
    )
    pairs = list(zip(chosen, people, strict=True))
    Address.objects.bulk_create(
        Address(person=person, email=address_of(each.name, domain_of(entry), number))
        for number, (each, person) in enumerate(pairs)
    )
    cards = ContactPerson.objects.bulk_create(
        ContactPerson(person=person, title=each.title, languages=[language], source=SOURCE)
        for each, person in pairs
    )
    ContactPhone.objects.bulk_create(
        ContactPhone(contact=card, number=each.phone, is_primary=True)
        for number, (each, card) in enumerate(zip(chosen, cards, strict=True))
        if number % 5 != 4
    )
    Affiliation.objects.bulk_create(
        Affiliation(
            person=person,
            organisation=organisation,
            title=each.title,
            decision_power=each.power,
            is_primary=True,
            rights=Affiliation.Rights.COORDINATOR if number == 1 else Affiliation.Rights.MEMBER,
        )
        for number, (each, person) in enumerate(pairs)
    )
    return people


def address_of(name: str, domain: str, number: int) -> str:
    """first.last@domain without accents; a number makes the second of a name another address."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return f"{plain.replace(' ', '.')}{number if number >= 40 else ''}@{domain}"
