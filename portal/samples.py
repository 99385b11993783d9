"""Invented data for the styleguide: every part in every state, without a database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from common.money import Price


@dataclass(frozen=True)
class Theme:
    """A theme and its thread."""

    name: str
    thread: int
    count: int
    url: str = "?"

    def __str__(self) -> str:
        return self.name


THEMES = [
    Theme("Johtaminen", 1, 14),
    Theme("Digi ja tekoäly", 2, 17),
    Theme("Tekniikka", 3, 8),
    Theme("Talous", 4, 5),
    Theme("Hyvinvointi", 5, 9),
    Theme("Kasvatus", 6, 7),
]


@dataclass(frozen=True)
class Month:
    """A column of the weave."""

    label: str
    title: str


MONTHS = [
    Month("tammi", "tammikuu 2027"),
    Month("helmi", "helmikuu 2027"),
    Month("maalis", "maaliskuu 2027"),
    Month("huhti", "huhtikuu 2027"),
    Month("touko", "toukokuu 2027"),
    Month("kesä", "kesäkuu 2027"),
]
COUNTS = ["231210", "143221", "012101", "102010", "120310", "011021"]


@dataclass(frozen=True)
class Cell:
    """A crossing of the weave; without courses it has no link."""

    count: int
    url: str | None
    month: str
    is_current: bool


@dataclass(frozen=True)
class WeaveRow:
    """A theme's thread through the months."""

    theme: str
    thread: int
    url: str
    is_current: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Weave:
    """Themes by months."""

    title: str
    caption_months: list[Month]
    rows: list[WeaveRow]


def weave() -> Weave:
    """A spring with one theme and one of its months chosen."""
    rows = [
        WeaveRow(
            theme=theme.name,
            thread=theme.thread,
            url=theme.url,
            is_current=theme.thread == 2,
            cells=[
                Cell(
                    count=int(count),
                    url="?" if int(count) else None,
                    month=month.title,
                    is_current=theme.thread == 2 and month.label == "helmi",
                )
                for month, count in zip(MONTHS, counts, strict=True)
            ],
        )
        for theme, counts in zip(THEMES, COUNTS, strict=True)
    ]
    return Weave("Kevään kudelma", MONTHS, rows)


@dataclass(frozen=True)
class Row:
    """A departure: a course with its next run."""

    title: str
    summary: str
    themes: list[Theme]
    institutions: str
    delivery: str
    price: Price | None
    seats_left: int | None
    starts_on: date | None = None
    starts_at: datetime | None = None
    place: str = ""
    credits: Decimal | None = None
    duration: str = ""
    teaching_language: str = "suomi"
    language: str = "fi"
    summary_language: str = "fi"
    when: str = ""
    is_closed: bool = False
    url: str = "#course-row"


LATE = datetime(2026, 8, 21, 13, tzinfo=UTC)

ROWS = [
    Row(
        "Tekoäly esihenkilön työssä",
        "Opi päättämään, mihin tekoälyä kannattaa ryhmässäsi käyttää ja mihin ei.",
        THEMES[:2],
        "TAMK + TTY",
        "monimuoto",
        Price(Decimal(1190), Decimal(0)),
        3,
        starts_on=date(2027, 2, 9),
        starts_at=datetime(2027, 2, 9, 7, tzinfo=UTC),
        place="Tampere",
        credits=Decimal(5),
        duration="3 lähipäivää",
    ),
    Row(
        "Palvelumuotoilun työpaja kehittäjille",
        "Iltapäivässä omasta ongelmasta kokeiltavaksi ideaksi.",
        THEMES[1:2],
        "TAMK",
        "lähiopetus",
        Price(Decimal(0), Decimal(0)),
        18,
        starts_on=date(2027, 2, 11),
        starts_at=datetime(2027, 2, 11, 11, tzinfo=UTC),
        place="Tampere",
        duration="3 tuntia",
    ),
    Row(
        "Data-analytiikan perusteet",
        "Ensimmäinen oma analyysi valmiiksi viidessä viikossa.",
        [THEMES[1], THEMES[3]],
        "TTY",
        "verkossa",
        Price(Decimal(640), Decimal("25.5")),
        None,
        credits=Decimal("2.5"),
        when="omaan tahtiin",
    ),
    Row(
        "Esihenkilön perusteet",
        "Tarttumapintaa ensimmäiseen vuoteen: palaute, päätökset, oma jaksaminen.",
        [THEMES[0], THEMES[4]],
        "TaY",
        "lähiopetus",
        Price(Decimal(890), Decimal("25.5")),
        0,
        starts_on=date(2027, 2, 24),
        place="Tampere",
        credits=Decimal(3),
    ),
    Row(
        "Rakennusfysiikan ajankohtaispäivitys",
        "Uudet määräykset ja mitä ne muuttavat suunnittelupöydällä.",
        THEMES[2:3],
        "TTY",
        "lähiopetus",
        None,
        12,
        starts_on=date(2027, 3, 1),
        place="Hervanta",
        is_closed=True,
    ),
]


@dataclass(frozen=True)
class Person:
    """Somebody to ask."""

    name: str = "Aino Mäkelä"
    title: str = "koulutuskoordinaattori, TAMK"
    phone: str = "040 123 4568"
    email: str = "aino.makela@example.org"
    hours: str = "ma–pe klo 9–15"
    answers_by: datetime | None = datetime(2026, 11, 24, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Deputy(Person):
    """Somebody with a picture who answers for another."""

    name: str = "Henrik Lindroos"
    title: str = "asiakkuuspäällikkö, TAMK"
    instead_of: str = "Aino Mäkelä"
    picture: str = ""


@dataclass(frozen=True)
class Node:
    """A course on a learning path."""

    title: str
    thread: int
    credits: Decimal | None
    here: bool = False
    url: str = "#path"
    language: str = "fi"


@dataclass(frozen=True)
class Path:
    """A learning path."""

    themes: list[Theme]
    nodes: list[Node] = field(default_factory=list)


CROSSING = Path(
    THEMES[:2],
    [
        Node("Esihenkilön perusteet", 1, Decimal(3)),
        Node("Data-analytiikan perusteet", 2, Decimal(3)),
        Node("Tekoäly esihenkilön työssä", 1, Decimal(5), here=True),
        Node("Muutoksen johtaminen", 1, Decimal(4)),
        Node("Tiedolla johtamisen kehittämisohjelma", 2, Decimal("7.5")),
    ],
)
STRAIGHT = Path(
    THEMES[2:3],
    [
        Node("Rakennusfysiikan perusteet", 3, Decimal(5)),
        Node("Rakennusfysiikan ajankohtaispäivitys", 3, Decimal(2), here=True),
    ],
)
NAMES = ["Petri Laakso", "Sari Niemi", "Hanna Korhonen", "Åsa Öst", "Ville Virtanen", "Kim"]
