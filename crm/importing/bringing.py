"""Bring a slice of rows in: customers made, blanks of known ones filled, nothing overwritten (C1.2).

Runs in the slice's transaction. Everything of a kind is written by one statement, and what each row made or filled is kept
with it, so that the import can be taken back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.days import database_now
from consent import people
from consent.models import Person
from consent.people import Told
from crm.importing import marks
from crm.importing.matching import OWN, Plan
from crm.importing.problems import Why
from crm.importing.register import Register
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)


@dataclass
class Work:
    """Rows to be written with how they are before later rows of the file fill them, and the changed ones that are there.

    `fresh` are those that the slice has made: nobody can have opened them yet, so their version is not raised.
    """

    now: datetime  # by the database's clock, read once: rows that leave nothing to a default are sent as columns
    new: list[tuple[Plan, str, Any, str]] = field(default_factory=list)
    changed: dict[tuple[str, int], tuple[Plan, Any]] = field(default_factory=dict)
    fresh: set[tuple[str, int]] = field(default_factory=set)

    def make(self, plan: Plan, name: str, row: Any) -> None:
        self.new.append((plan, name, row, marks.of(row)))

    def change(self, plan: Plan, name: str, row: Any) -> None:
        self.changed.setdefault((name, row.pk), (plan, row))

    def touch(self, plan: Plan, name: str, row: Any) -> None:
        """Raise its version, for something was hung on it."""
        if (name, row.pk) not in self.fresh:
            self.change(plan, name, row)


def bring(plans: list[Plan], register: Register) -> None:
    """Write what the plans say; `made` and `filled` of their rows say what that was."""
    good = [plan for plan in plans if not plan.entry.problems]
    fresh = [plan for plan in good if plan.makes_organisation]
    now = database_now()
    made = [plan.organisation for plan in fresh if plan.organisation]
    for each in made:
        each.created_at = now
    Organisation.objects.bulk_create(made)
    for plan in fresh:
        keep(plan, "organisation", plan.organisation)
    bring_people(good)
    work = Work(now, fresh={("organisation", each.pk) for each in made})
    for plan in (plan for plan in good if not plan.entry.problems):
        if plan.organisation:
            organisation(plan, plan.organisation, register, work)
        if plan.person:
            person(plan, plan.person, register, work)
    write(work)
    for plan in good:
        remember(plan)


def keep(plan: Plan, what: str, thing: Any) -> None:
    """Note that the row made this, and how it was: so it is known later whether anybody has changed it."""
    plan.entry.row.made[what] = thing.pk
    marks.keep(plan.entry.row, what, thing.pk, marks.of(thing))


def bring_people(plans: list[Plan]) -> None:
    """Through the door for what others tell of people: who was suppressed meanwhile stays out."""
    told: dict[str, Told] = {}
    for plan in plans:
        entry = plan.entry
        kind = Person.Kind.ORGANISATION if entry.is_general else Person.Kind.NATURAL
        if entry["email"]:
            told.setdefault(entry["email"], Told(entry["name"], entry["language"] or "fi", kind))
    brought = people.imported_together(told)
    one = {person.pk: person for person in brought.people.values()}  # who has two addresses is one
    for plan in plans:
        email = plan.entry["email"]
        if email in brought.left_out:
            plan.entry.wrong(Why(brought.left_out[email]), "email")
        found = brought.people.get(email)
        plan.person = one[found.pk] if found else None
        plan.makes_person = plan.makes_person and email in brought.made
        if plan.makes_person:
            keep(plan, "person", plan.person)


# --- the organisation ----------------------------------------------------------------------


def organisation(plan: Plan, found: Organisation, register: Register, work: Work) -> None:
    """Fill its blanks; its other name, domain and address when it has none of the kind."""
    entry = plan.entry
    for name in OWN:
        fill(plan, "organisation", found, name, work)
    if entry["organisation"] and entry["organisation"].lower() != found.name.lower():
        entry.tell(Why.DIFFERS, "organisation")
    other, domain = entry["other_name"], entry["domain"]
    if other and other.lower() not in register.names[found.pk] | {found.name.lower()}:
        register.names[found.pk].add(other.lower())
        work.make(plan, "name", OrganisationName(organisation=found, name=other))
        work.touch(plan, "organisation", found)
    if domain and domain not in register.domains[found.pk]:
        register.domains[found.pk].add(domain)
        work.make(plan, "domain", OrganisationDomain(organisation=found, domain=domain))
        work.touch(plan, "organisation", found)
    add_address(plan, found, register, work)


def add_address(plan: Plan, found: Organisation, register: Register, work: Work) -> None:
    entry, kind = plan.entry, OrganisationAddress.Kind.POSTAL
    if not (entry["street"] or entry["city"]) or kind in register.addresses[found.pk]:
        return
    register.addresses[found.pk].add(kind)
    row = OrganisationAddress(
        organisation=found,
        kind=kind,
        street=entry["street"],
        postcode=entry["postcode"],
        city=entry["city"],
        country=entry["country"] or "FI",
    )
    work.make(plan, "address", row)
    work.touch(plan, "organisation", found)


# --- the person ------------------------------------------------------------------------------


def person(plan: Plan, found: Person, register: Register, work: Work) -> None:
    """Fill blanks of name and card; add phones that are new; open the affiliation."""
    entry = plan.entry
    fill(plan, "person", found, "name", work)
    card = register.cards.get(found.pk)
    if card is None:
        card = ContactPerson(person=found, title=entry["title"], source=entry["source"], basis="")
        card.languages = [entry["language"]] if entry["language"] else []
        card.created_at = work.now
        register.cards[found.pk] = card
        work.fresh.add(("card", card.pk))
        work.make(plan, "card", card)
    else:
        fill(plan, "card", card, "title", work)
        fill(plan, "card", card, "source", work, says=False)
    add_phones(plan, card, register, work)
    if plan.organisation:
        affiliate(plan, found, plan.organisation, register, work)


def add_phones(plan: Plan, card: ContactPerson, register: Register, work: Work) -> None:
    for number, kind in plan.entry.phones:
        known = register.numbers[card.pk]
        if number not in known:
            row = ContactPhone(contact=card, number=number, kind=kind, is_primary=not known)
            known.add(number)
            work.make(plan, "phones", row)
            work.touch(plan, "card", card)


def affiliate(plan: Plan, who: Person, where: Organisation, register: Register, work: Work) -> None:
    if where.pk in register.affiliated[who.pk]:
        return
    first = who.pk not in register.primary
    register.primary.add(who.pk)
    register.affiliated[who.pk].add(where.pk)
    row = Affiliation(
        person=who,
        organisation=where,
        title=plan.entry["title"],
        decision_power="",
        is_primary=first,
        since=work.now,
    )
    work.make(plan, "affiliation", row)


# --- writing -----------------------------------------------------------------------------------


def fill(plan: Plan, what: str, row: Any, name: str, work: Work, *, says: bool = True) -> None:
    """Write a blank that the row of the file fills; what is there stays, and a difference is told."""
    value, now = plan.entry[name], getattr(row, name)
    if not value or value == now:
        return
    if now:
        if says and value.lower() != str(now).lower():
            plan.entry.tell(Why.DIFFERS, name)
        return
    setattr(row, name, value)
    plan.entry.row.filled.append([what, row.pk, name, "", value])
    work.change(plan, what, row)


FILLED: dict[str, Callable[[list[Any]], object]] = {
    "organisation": lambda rows: Organisation.objects.bulk_update(rows, [*OWN, "version"]),
    "person": lambda rows: Person.objects.bulk_update(rows, ["name"]),
    "card": lambda rows: ContactPerson.objects.bulk_update(rows, ["title", "source", "version"]),
}
MANY = {"phones"}  # of these a row of the file can make several


def write(work: Work) -> None:
    """Everything of a kind at once, parents before children."""
    for name, model in MADE.items():
        mine = [(plan, row, mark) for plan, kind, row, mark in work.new if kind == name]
        model._base_manager.bulk_create(row for _plan, row, _mark in mine)  # noqa: SLF001  Django's documented API
        for plan, row, mark in mine:
            made = plan.entry.row.made
            made[name] = [*made.get(name, []), row.pk] if name in MANY else row.pk
            marks.keep(plan.entry.row, name, row.pk, mark)
    for what, update in FILLED.items():
        found = {key: pair for (kind, key), pair in work.changed.items() if kind == what}
        for key, (plan, row) in found.items():
            if what in marks.VERSIONED and (what, key) not in work.fresh:
                row.version += 1
                marks.count(plan.entry.row, what)
        if found:
            update([row for _plan, row in found.values()])


MADE: dict[str, type[Any]] = {
    "name": OrganisationName,
    "domain": OrganisationDomain,
    "address": OrganisationAddress,
    "card": ContactPerson,
    "phones": ContactPhone,
    "affiliation": Affiliation,
}


def remember(plan: Plan) -> None:
    """What the row came to, and on what ground."""
    row, entry = plan.entry.row, plan.entry
    row.organisation, row.person = plan.organisation, plan.person
    row.basis, row.proof, row.source = entry["basis"], entry["proof"], entry["source"]
    row.parent = entry["parent"] if plan.organisation else ""
