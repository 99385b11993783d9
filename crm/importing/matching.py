"""Which customers a row means: recognised by business ID and e-mail address, else new. A phone is a hint, no key."""

from collections.abc import Iterable
from dataclasses import dataclass

from consent.models import Person
from crm.importing.cleaning import Entry
from crm.importing.problems import Problem, Why
from crm.importing.register import Register, about, key_of, named_in
from crm.models import Import, ImportRow, Organisation

Verdict = ImportRow.Verdict
OWN = ("business_id", "industry", "size", "website", "einvoice_address", "einvoice_operator")


@dataclass
class Plan:
    """What is to be done with an entry. An organisation or person without a key is new."""

    entry: Entry
    organisation: Organisation | None = None
    person: Person | None = None
    makes_organisation: bool = False
    makes_person: bool = False

    @property
    def verdict(self) -> str:
        if self.entry.problems:
            return Verdict.LEFT_OUT
        return Verdict.NEW if self.makes_organisation or self.makes_person else Verdict.KNOWN

    @property
    def problems(self) -> list[Problem]:
        return self.entry.problems or self.entry.notices

    @property
    def told(self) -> dict[str, object]:
        """What a trial remembers: which new organisation it would make, and whether a new person."""
        entry, found = self.entry, {}
        if self.makes_organisation:
            found["organisation"] = entry["business_id"] or key_of(entry["organisation"])
        return found | ({"person": True} if self.makes_person else {})


def plans(entries: Iterable[Entry], register: Register, imported: Import) -> list[Plan]:
    """One for each entry, in order: what an earlier row makes, a later one finds."""
    expected: set[str] = set()
    found = []
    for entry in entries:
        plan = Plan(entry)
        leave_out_suppressed(entry, register)
        if not entry.problems and entry.has_organisation:
            find_organisation(plan, register, imported)
        if not entry.problems and entry["email"]:
            plan.person = register.people.get(entry["email"])
            plan.makes_person = plan.person is None and entry["email"] not in expected
            expected.add(entry["email"])
            hint(entry, plan.person, register)
        found.append(plan)
    return found


def leave_out_suppressed(entry: Entry, register: Register) -> None:
    """Who was erased, objects, or has had the processing restricted is not touched, and nothing else is said of the row.

    Whatever else is wrong with it. Who was erased is looked for in the whole row, for nothing of theirs may stay in it.
    """
    reasons = register.suppressed
    erased = [each for each in sorted(named_in(entry)) if reasons.get(each) == Why.ERASED]
    found = erased or [each for each in about(entry) if each in reasons]
    if found:
        column = "email" if found[0] == entry["email"] else ""
        entry.problems = [Problem(Why(reasons[found[0]]), column=column)]


def find_organisation(plan: Plan, register: Register, imported: Import) -> None:
    """By business ID; else by a name that one alone has, and whose business ID is not another."""
    entry, known = plan.entry, register.organisations
    if entry["business_id"] in known.by_id:
        plan.organisation = known.by_id[entry["business_id"]]
        return
    named = known.by_name.get(key_of(entry["organisation"]), []) if entry["organisation"] else []
    if entry["business_id"]:
        named = [each for each in named if not each.business_id]
    if len(named) > 1:
        entry.wrong(Why.SEVERAL, "organisation")
    elif named:
        plan.organisation = named[0]
        if named[0].pk:
            entry.tell(Why.BY_NAME, "organisation")
    elif not entry["organisation"]:
        entry.wrong(Why.NO_NAME, "organisation")
    else:
        plan.organisation, plan.makes_organisation = new_organisation(entry, imported), True
        known.add(plan.organisation)


def new_organisation(entry: Entry, imported: Import) -> Organisation:
    """The organisation as the row tells of it; not yet in the database."""
    return Organisation(
        name=entry["organisation"],
        owner=imported.institution,
        source=entry["source"],
        **{name: entry[name] for name in OWN},
    )


def hint(entry: Entry, person: Person | None, register: Register) -> None:
    """Tell of others with the same number."""
    own = {person.pk} if person else set()
    if any(register.phones.get(number, set()) - own for number, _kind in entry.phones):
        entry.tell(Why.SAME_PHONE, "phone")
