"""An invented customer for the styleguide: every state of the workbench's parts, without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from accounts.models import User
from consent.models import Address, Event
from consent.permission import Decision
from crm.contacting import Answer, Ways
from crm.edits import Edit
from crm.events import Line
from crm.models import ContactPhone, Encounter, Situation, Task
from crm.next_step import NextStep
from crm.timeline import Who

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Row = TypeVar("Row")


class Several(list[Row], Generic[Row]):
    """Rows as a relation of a model gives them."""

    def all(self) -> "Several[Row]":
        return self


PHONE = ContactPhone(number="+358401234567")
ADDRESSES = [
    Address(email="aino.makela@example.org"),
    Address(email="aino@vanha.example.org", closed_at=NOW, closed_because="hard_bounce"),
]
EVENT = Event(recorded_at=NOW - 90 * DAY)
WAYS = Ways(
    call=[Answer(("Uutiskirje",), Decision("live_call"), None)],
    mail=[
        Answer(("Uutiskirje: Digi",), Decision("consent"), EVENT),
        Answer(("Vastaavat koulutukset: TAMK",), Decision("withdrawn"), EVENT),
    ],
)
TASKS = (
    Task(pk=1, kind="question", what="Saako ryhmäalennuksen?", due_at=NOW - DAY),
    Task(pk=2, kind="step", what="Lähetä esite", due_at=NOW + DAY),
)
SITUATIONS = (Situation(kind="situation", text="Uusi tuotantolinja keväällä.", since=NOW.date()),)


@dataclass(frozen=True)
class Card:
    """The card in the register."""

    phones: Several[ContactPhone]
    languages: tuple[str, ...] = ("fi", "sv")


@dataclass(frozen=True)
class Customer:
    """A person."""

    pk: int = 1
    name: str = "Aino Mäkelä"
    addresses: Several[Address] = field(default_factory=lambda: Several(ADDRESSES))


@dataclass(frozen=True)
class Seen:
    """What the page shows of them."""

    card: Card = field(default_factory=lambda: Card(Several([PHONE])))
    tasks: tuple[Task, ...] = field(default_factory=lambda: TASKS)
    situations: tuple[Situation, ...] = field(default_factory=lambda: SITUATIONS)
    next_step: NextStep = field(
        default_factory=lambda: NextStep("question", "Vastaa: Saako ryhmäalennuksen?", "Luvattiin.")
    )


NAMED = (User(pk=1, name="Matti Myyjä"), User(pk=2, name="Sirpa Sijainen"))
LINES = [
    Line(
        NOW,
        Who.STAFF,
        "Puhelu",
        words="Käytiin läpi syksyn koulutukset.\n\nSoitan uudelleen.",
        by="Matti Myyjä",
        encounter=Encounter(pk=1, version=2, visibility="sensitive"),
        edit=Edit(NOW, "Matti Myyjä"),
    ),
    Line(NOW - DAY, Who.CUSTOMER, "Viesti meille", "Re: Koulutus", "Onko vielä tilaa?"),
    Line(NOW - 2 * DAY, Who.SYSTEM, "Ilmoittautui: Tekoäly esihenkilön työssä"),
    Line(NOW - 3 * DAY, Who.STAFF, "Muistiinpano", is_closed=True, by="Sirpa Sijainen"),
]
