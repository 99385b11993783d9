"""Make the demo's offering from its texts; dates are relative to the day of seeding (Europe/Helsinki)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import Institution, User
from common.days import PortalNow
from consent.models import Person, Topic
from courses import seats
from courses.models import Course, Enrolment, Run, Seat, Session, Theme, Trainer, Venue
from crm.models import Organisation
from portal.demo import answering, content, customers, people
from portal.demo.content import Entry
from portal.demo.customers import Customer

Progress = Callable[[str], None]

TEXTS = (
    "title",
    "summary",
    "why",
    "what_and_how",
    "our_skill",
    "outcomes",
    "prerequisites",
    "audience",
)


def silent(_line: str) -> None:
    """Tell nobody."""


class Seeding:
    """What the courses refer to while they are being made."""

    institutions: dict[str, Institution]
    staff: dict[str, User]
    trainers: dict[str, Trainer]
    venues: dict[str, Venue]
    themes: dict[str, Theme]
    learners: list[Person]
    customers: list[Customer]
    company: Organisation

    def __init__(self, today: date) -> None:
        self.today = today
        self.institutions = people.make_institutions()
        self.staff = people.make_staff(self.institutions)
        people.make_logins(self.institutions)
        self.trainers = people.make_trainers(self.institutions)
        self.venues = people.make_venues(self.institutions)
        self.learners = people.make_learners()
        self.customers = customers.make(self.institutions, today)
        self.company = Organisation.objects.get(business_id=people.COMPANY["business_id"])
        self.themes = make_themes()


@transaction.atomic
def seed(today: date, *, scale: int = 1, progress: Progress = silent) -> int:
    """Make everything once and return how many courses there are; a seeded portal is left as it is.

    `scale` makes that many copies of each course, for measuring.
    """
    if Theme.objects.exists():
        return Course.objects.count()
    seeding = Seeding(today)
    entries = content.courses()
    for number, entry in enumerate(entries, 1):
        for copy in range(scale):
            make_course(seeding, entry, f"-{copy + 1}" if copy else "")
        progress(f"{number}/{len(entries)} {entry['slug']}")
    enrol_learner(today)
    answering.make(today, seeding.staff)
    return Course.objects.count()


def enrol_learner(today: date) -> None:
    """Give learner@ a seat on a coming course and a place in the queue of a full one."""
    learner = Person.objects.known_by("learner@example.org").get()
    coming = (
        Run.objects.listed()
        .enrollable()
        .with_seats_left()
        .filter(starts_on__gte=today + timedelta(days=21), course__format=Course.Format.COURSE)
        .order_by("starts_on", "pk")
    )
    roomy = [run for run in coming if (run.seats_left or 0) > 2]
    full = [run for run in coming if run.seats_left == 0]
    for run in roomy[:1] + full[:1]:
        seats.claim(seats.lock(run), learner)


def make_themes() -> dict[str, Theme]:
    """The six themes in the order of their threads."""
    themes = {}
    for number, each in enumerate(content.THEMES, 1):
        topic = Topic.objects.create(
            slug=each["slug"], name_fi=each["fi"], name_sv=each["sv"], name_en=each["en"]
        )
        themes[each["slug"]] = Theme.objects.create(topic=topic, thread=number, position=number)
    return themes


def make_course(seeding: Seeding, entry: Entry, suffix: str) -> Course:
    """One course or event with its runs."""
    course = Course.objects.create(
        slug=entry["slug"] + suffix,
        institution=seeding.institutions[entry["institution"]],
        format=entry["format"],
        credits=Decimal(str(entry["credits"])) if "credits" in entry else None,
        eqf_level=entry.get("eqf_level"),
        hours=entry.get("hours"),
        contact=seeding.staff[entry["contact"]],
        keywords=entry.get("keywords", []),
        published_at=PortalNow(),
        **content.texts(entry, *TEXTS),
    )
    course.co_institutions.set(
        seeding.institutions[slug] for slug in entry.get("co_institutions", [])
    )
    course.themes.set(seeding.themes[slug] for slug in entry["themes"])
    course.trainers.set(seeding.trainers[slug] for slug in entry.get("trainers", []))
    for run in entry.get("run", []):
        make_run(seeding, course, run)
    return course


def make_run(seeding: Seeding, course: Course, entry: Entry) -> Run:
    """One run with its sessions, seats and the people on it."""
    first = workday(seeding.today + timedelta(days=entry["starts"]))
    meetings = [
        (each, workday(first + timedelta(days=each.get("day", 0)))) for each in entry["sessions"]
    ]
    starts_at = local(meetings[0][1], meetings[0][0]["from"])
    company = entry.get("kind") == "company"
    run = Run.objects.create(
        course=course,
        kind=entry.get("kind", "open"),
        organisation=seeding.company if company else None,
        delivery=entry["delivery"],
        language=entry["language"],
        venue=seeding.venues.get(entry.get("venue", "")),
        starts_on=first,
        ends_on=max(day for _, day in meetings),
        enrolment_opens_at=starts_at - timedelta(days=180),
        enrolment_closes_at=closing(course, starts_at, entry["starts"]),
        minimum=entry.get("minimum", 0),
        price_net=Decimal(str(entry["price"])),
        vat_rate=Decimal(str(entry["vat"])),
        state=entry.get("state", "published"),
    )
    Session.objects.bulk_create(
        Session(
            run=run,
            starts_at=local(day, each["from"]),
            ends_at=local(day, each["to"]),
            venue=seeding.venues.get(each.get("venue", ""))
            or (None if each.get("online", entry["delivery"] == "online") else run.venue),
            trainer=seeding.trainers.get(each.get("trainer", "")),
            **content.texts(each, "topic"),
        )
        for each, day in meetings
    )
    seats.set_capacity(run, entry["capacity"])
    fill(seeding, run, entry.get("taken", 0), entry.get("waiting", 0))
    return run


def fill(seeding: Seeding, run: Run, taken: int, waiting: int) -> None:
    """Put invented learners on the run; each run begins at another of them, so that none is on all."""
    start = run.pk * 7
    pool = [
        seeding.learners[(start + step) % len(seeding.learners)] for step in range(taken + waiting)
    ]
    held = list(Seat.objects.free(run)[:taken])
    common = {"run": run, "price_net": run.price_net, "vat_rate": run.vat_rate}
    Enrolment.objects.bulk_create(
        [
            Enrolment(**common, person=person, seat=seat, status=Enrolment.Status.CONFIRMED)
            for person, seat in zip(pool, held, strict=False)
        ]
        + [
            Enrolment(**common, person=person, status=Enrolment.Status.WAITING, queue_no=number)
            for number, person in enumerate(pool[len(held) :], 1)
        ]
    )


def closing(course: Course, starts_at: datetime, days_ahead: int) -> datetime:
    """When enrolment closes: events at their start, courses a week before, or half-way when that has passed."""
    if course.format != Course.Format.COURSE:
        return starts_at
    return starts_at - timedelta(days=min(7, abs(days_ahead) // 2))


def workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def local(day: date, clock: str) -> datetime:
    """A moment in Europe/Helsinki from a day and a clock time such as 09:00."""
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))
