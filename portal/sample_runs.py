"""Invented runs for the styleguide, with every way on from them; models that no database has seen."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.models import Institution
from courses.models import Enrolment, Run, Trainer, Venue
from courses.openings import Opening, Way
from courses.related import Neighbour
from courses.texts import Shown
from crm.models import Organisation

TAMK = Institution(slug="tamk", name="Tampereen ammattikorkeakoulu", short_name="TAMK")
TITLE = Shown("Tekoäly esihenkilön työssä", "fi", is_foreign=False)


@dataclass(frozen=True)
class Trainers:
    """Those who teach."""

    people: list[Trainer]

    def all(self) -> list[Trainer]:
        return self.people


@dataclass(frozen=True)
class Course:
    """As much of a course as its parts show."""

    slug: str = "tekoaly-esihenkilon-tyossa"
    institution: Institution = TAMK
    trainers: Trainers = field(
        default_factory=lambda: Trainers(
            [
                Trainer(
                    name="Petri Laakso",
                    title_fi="yliopettaja",
                    bio_fi="Kolmetoista vuotta tuotannon esihenkilönä ennen opetustyötä.",
                    institution=TAMK,
                ),
                Trainer(name="Sari Niemi"),
            ]
        )
    )


def openings() -> list[Opening]:
    """A run for each way on; the one that a person is on stands there with a seat and with a place in the queue."""
    ways: list[tuple[Way, str]] = [(way, "") for way in Way if way != Way.MINE]
    ways += [(Way.MINE, "confirmed"), (Way.MINE, "waiting"), (Way.MINE, "offered")]
    return [_opening(number, way, status) for number, (way, status) in enumerate(ways, start=1)]


def _opening(number: int, way: Way, status: str) -> Opening:
    is_company = status == "confirmed"
    starts_on = date(2027, 2, 2) + number * timedelta(weeks=1)
    run = Run(
        pk=number,
        delivery=Run.Delivery.BLENDED,
        language="fi",
        kind=Run.Kind.COMPANY if is_company else Run.Kind.OPEN,
        organisation=Organisation(name="Pirkan Konepaja Oy") if is_company else None,
        venue=Venue(name="TAMKin pääkampus", city="Tampere"),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(weeks=10),
        enrolment_opens_at=datetime(2027, 1, 4, 7, tzinfo=UTC),
        enrolment_closes_at=datetime(2027, 2, 2, 7, tzinfo=UTC),
        price_net=Decimal(0 if way == Way.SOON else 890),
        vat_rate=Decimal("25.5"),
    )
    run.seats_left, run.waiting_count = (0, 7) if way == Way.QUEUE else (3, 0)
    enrolment = Enrolment(status=status) if status else None
    return Opening(run, way, way == Way.OVER, "https://example.org/", enrolment)


RELATED = [
    Neighbour(
        title=title,
        language="fi",
        url="#related",
        credits=None,
        institution=institution,
        next_start=start,
        threads=frozenset({thread}),
    )
    for title, institution, start, thread in (
        ("Hajautetun tiimin johtaminen", "TTY", date(2027, 1, 25), 1),
        ("Kyberhäiriö pk-yrityksessä", "TaY", None, 2),
    )
]
