"""Rows for tests: plain functions, the same every time, around one NOW."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import Institution, StaffRole, User
from consent import ledger
from consent.models import Address, Event, Person, Topic
from courses.models import Course, Enrolment, Run, Seat, Session, Theme, Trainer, Venue
from crm.models import Affiliation, ContactPerson, Organisation, Task

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, noon in Helsinki
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)

_numbers = count(1)


def user(email: str = "", *, name: str = "Liisa Virtanen", **fields: Any) -> User:
    """Somebody who can sign in, with the person behind the address."""
    email = email or f"user{next(_numbers)}@example.org"
    made = User.objects.create_user(email, name=name, **fields)
    person(email, name=name, user=made)
    return made


def person(email: str = "", *, name: str = "Liisa Virtanen", **fields: object) -> Person:
    """Somebody whose address we hold."""
    made = Person.objects.create(name=name, **fields)
    Address.objects.create(person=made, email=email or f"person{next(_numbers)}@example.org")
    return made


def institution(slug: str = "", **fields: object) -> Institution:
    slug = slug or f"institution-{next(_numbers)}"
    values = {"name": slug.upper(), "short_name": slug.upper(), **fields}
    return Institution.objects.get_or_create(slug=slug, defaults=values)[0]


def staff(institution: Institution | None, role: str, email: str = "", **fields: Any) -> User:
    """A user with the role at the institution, or at all of them."""
    made = user(email, is_staff=True, **fields)
    StaffRole.objects.create(user=made, institution=institution, role=role)
    return made


def organisation(name: str = "Konepaja Oy", *people: Person) -> Organisation:
    """A customer with these people as its members."""
    made = Organisation.objects.create(name=name)
    for member in people:
        Affiliation.objects.create(person=member, organisation=made, since=NOW - DAY)
    return made


def task(what: str = "Soita Liisalle", *, due_at: datetime = NOW, **fields: Any) -> Task:
    """Something to be done by NOW."""
    return Task.objects.create(what=what, due_at=due_at, **fields)


def contact(email: str = "", at: Organisation | None = None, **fields: Any) -> Person:
    """Somebody in the register, with a role in the organisation; `name` and `language` are the person's, `card` the rest."""
    card = fields.pop("card", {})
    made = person(email, **fields)
    ContactPerson.objects.create(person=made, **card)
    if at is not None:
        Affiliation.objects.create(person=made, organisation=at, since=NOW - DAY, is_primary=True)
    return made


def theme(slug: str = "digi", *, name: str = "", thread: int = 1) -> Theme:
    topic = Topic.objects.get_or_create(slug=slug, defaults={"name": name or slug.capitalize()})[0]
    return Theme.objects.get_or_create(
        topic=topic, defaults={"thread": thread, "position": thread}
    )[0]


def venue(city: str = "Tampere", name: str = "") -> Venue:
    number = next(_numbers)
    return Venue.objects.create(slug=f"venue-{number}", name=name or f"Talo {number}", city=city)


def trainer(name: str = "Petri Laakso", **fields: object) -> Trainer:
    return Trainer.objects.create(slug=f"trainer-{next(_numbers)}", name=name, **fields)


def course(title: str = "", *, themes: tuple[str, ...] = (), **fields: object) -> Course:
    """A published course; `themes` are slugs. Fields in the languages as in the model: `title_sv`."""
    number = next(_numbers)
    title = title or f"Koulutus {number}"
    values: dict[str, object] = {
        "slug": f"koulutus-{number}",
        "title_fi": title,
        "published_at": NOW - 30 * DAY,
        **fields,
    }
    if "institution" not in values:
        values["institution"] = institution("tamk")
    made = Course.objects.create(**values)
    made.themes.set([theme(slug) for slug in themes])
    return made


def run(on: Course | None = None, *, seats: int | None = 10, **fields: object) -> Run:
    """A published open run of the course, from 14 to 15 days from TODAY, enrolment open to the day before.

    `seats=None`: the portal keeps no seats for it.
    """
    starts_on = fields.get("starts_on", TODAY + 14 * DAY)
    values: dict[str, object] = {
        "course": on or course(),
        "starts_on": starts_on,
        "ends_on": starts_on + DAY if isinstance(starts_on, date) else None,
        "state": Run.State.PUBLISHED,
        "capacity": seats,
        "enrolment_closes_at": None if seats is None else NOW + 13 * DAY,
        "price_net": Decimal(1000),
        "vat_rate": Decimal("25.5"),
        **fields,
    }
    made = Run.objects.create(**values)
    Seat.objects.bulk_create(Seat(run=made, no=no) for no in range(1, (seats or 0) + 1))
    return made


def session(of: Run, *, starts_at: datetime = NOW + 14 * DAY, **fields: object) -> Session:
    """A meeting of six hours."""
    values = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=6), **fields}
    return Session.objects.create(run=of, **values)


def enrolment(on: Run, who: Person | None = None, status: str = "confirmed") -> Enrolment:
    """The person on the run: with the next free seat, or waiting with the next number."""
    seat = Seat.objects.free(on).first() if status in {"confirmed", "offered"} else None
    waiting = status == "waiting"
    queue_no = Enrolment.objects.filter(run=on, queue_no__isnull=False).count() + 1
    return Enrolment.objects.create(
        run=on,
        person=who or person(),
        status=status,
        seat=seat,
        queue_no=queue_no if waiting else None,
        offer_expires_at=NOW + 2 * DAY if status == "offered" else None,
        ended_at=None if status in {"confirmed", "offered", "waiting"} else NOW,
        price_net=on.price_net,
        vat_rate=on.vat_rate,
    )


def grant(
    to: Person | None = None, purpose: str = "newsletter", *, method: str = "form", **fields: Any
) -> Event:
    """The person's consent, in the Finnish wording of today; `topic`, `controller`, `by` as in ledger.grant."""
    wording = ledger.wording_of(purpose, "fi")
    return ledger.grant(to or person(), purpose, wording=wording, method=method, **fields)


def sale(
    to: Person, controller: Institution, *, source: str = "enrolment 1", **fields: Any
) -> Event:
    """Something bought from the institution, similar offers not refused."""
    wording = ledger.wording_of("similar", "fi")
    return ledger.soft_opt_in(to, controller, wording=wording, source=source, **fields)


def topic(slug: str = "digi") -> Topic:
    return Topic.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})[0]
