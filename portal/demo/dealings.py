"""What the demo's staff had to do with its customers over the years, and what they have promised to do next (C2.2)."""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Min, OuterRef, Subquery
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import User
from consent.models import Person
from crm import notes, tasks
from crm.models import Encounter, Organisation
from crm.notes import Note
from portal.demo import content, customers
from portal.demo.calendar import Calendar, Step
from portal.demo.content import Entry
from portal.demo.customers import Customer

SHIFT = 29  # days by which the stories of two customers are apart, within SPREAD
SPREAD = 60
EMAILS = {
    "tamk": ("sales@example.org", "aino.makela@example.org", "henrik.lindroos@example.org"),
    "tty": ("tuula.rantamaki@example.org", "jaakko.pelkonen@example.org"),
    "tay": ("minna.ahopelto@example.org", "samuel.bergman@example.org"),
}  # who deals with the customers of an institution


def steps(calendar: Calendar) -> list[Step]:
    """Every encounter, at its moment."""
    arcs = {arc["name"]: arc for arc in content.entries("encounters.toml", "arc")}
    staff = {user.email: user for user in User.objects.filter(staff_roles__isnull=False)}
    return [
        Step(
            moment(calendar, number, entry["days"]),
            partial(write, customer, entry, staff[whose(customer, number)]),
        )
        for number, customer in enumerate(customers.known())
        for entry in arcs[customer.entry["arc"]]["encounter"]
    ]


def moment(calendar: Calendar, number: int, days: int) -> datetime:
    """Some time in office hours, the stories of the customers a few weeks apart; never on a weekend."""
    shift = number * SHIFT % SPREAD if days > SPREAD else number % 7
    at = calendar.ago(days + shift, f"{9 + (number + days) % 6:02}:{(number * 7 + days) % 60:02}")
    return at - timedelta(days=max(0, timezone.localdate(at).weekday() - 4))


def whose(customer: Customer, number: int) -> str:
    """The address of the one who deals with the customer."""
    addresses = EMAILS[customer.entry["owner"]]
    return addresses[number % len(addresses)]


def write(customer: Customer, entry: Entry, by: User) -> Encounter:
    """Write the encounter down, as staff do."""
    person = customer.people[entry["who"] % len(customer.people)]
    text = entry["text"].format(
        need=customer.entry["need"].lower()[:1] + customer.entry["need"][1:],
        first=person.name.partition(" ")[0],
    )
    note = Note(f"crm.{entry['kind']}", text)
    return notes.add(note, person=person, organisation=customer.organisation, by=by)


def promise(now: datetime) -> None:
    """Give the tasks that are open today; those of the institution's own people, and of sales@."""
    arcs = {arc["name"]: arc for arc in content.entries("encounters.toml", "arc")}
    staff = {user.email: user for user in User.objects.filter(staff_roles__isnull=False)}
    for number, customer in enumerate(customers.known()):
        for entry in arcs[customer.entry["arc"]].get("task", []):
            day = timezone.localdate(now) + timedelta(days=entry["due"] + number % 5)
            by = staff[whose(customer, number)]
            tasks.give(
                entry["what"],
                due_at=tasks.end_of(day),
                by=by,
                assignee=by,
                about=last_encounter(customer.organisation),
            )


def last_encounter(organisation: Organisation) -> Encounter | Organisation:
    """What the task comes from: the last time they met."""
    return organisation.encounters.order_by("-at", "-pk").first() or organisation


def know_since_they_met() -> None:
    """Cards and people are as old as the first encounter with them."""
    met = Encounter.objects.filter(person=OuterRef("pk")).values("person")
    first = met.annotate(first=Min("at")).values("first")
    known = Person.objects.filter(encounters__isnull=False)
    known.update(created_at=Least(F("created_at"), Subquery(first)))
