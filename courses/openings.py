"""What a person can do about a run now: enrol, queue, go to the institution's own page, or wait."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch

from accounts.models import User
from courses.models import Course, Enrolment, Run, Session


class Way(StrEnum):
    """The way on from a run."""

    MINE = "mine"
    ENROL = "enrol"
    QUEUE = "queue"
    SOON = "soon"
    ELSEWHERE = "elsewhere"
    ASK = "ask"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVER = "over"


@dataclass(frozen=True)
class Opening:
    """A run with the way on from it; `url` leads to the institution's own page, `enrolment` is the person's own."""

    run: Run
    way: Way
    is_past: bool
    url: str
    enrolment: Enrolment | None

    @property
    def is_cancelled(self) -> bool:
        return self.way == Way.CANCELLED

    @property
    def tells_seats(self) -> bool:
        """Whether the number of free seats means anything to the reader."""
        return self.way in {Way.ENROL, Way.QUEUE, Way.MINE, Way.SOON, Way.CANCELLED}

    @property
    def ahead(self) -> int:
        """How many wait already."""
        return self.run.waiting_count


def openings(
    course: Course, user: User | AnonymousUser, *, now: datetime, today: date
) -> list[Opening]:
    """The course's runs that the user may see, in the order of their dates."""
    runs = (
        Run.objects.visible_to(user)
        .filter(course=course)
        .with_seats_left()
        .with_is_enrollable()
        .select_related("venue", "organisation")
        .prefetch_related(Prefetch("sessions", Session.objects.select_related("venue", "trainer")))
    )
    mine = {
        enrolment.run_id: enrolment
        for enrolment in Enrolment.objects.of(user).live().filter(run__course=course)
    }
    return [
        Opening(
            run=run,
            way=_way(run, course, mine.get(run.pk), now=now, today=today),
            is_past=_is_past(run, today),
            url=run.apply_url or course.source_url,
            enrolment=mine.get(run.pk),
        )
        for run in runs
    ]


def _way(
    run: Run, course: Course, enrolment: Enrolment | None, *, now: datetime, today: date
) -> Way:
    """The first that holds."""
    opens_at = run.enrolment_opens_at
    ways = [
        (Way.CANCELLED, run.state == Run.State.CANCELLED),
        (Way.MINE, enrolment is not None),
        (Way.ENROL, run.is_enrollable and (run.seats_left or 0) > 0),
        (Way.QUEUE, run.is_enrollable),
        (Way.OVER, _is_past(run, today)),
        (Way.SOON, opens_at is not None and opens_at > now),
        (Way.CLOSED, run.capacity is not None),
        (Way.ELSEWHERE, bool(run.apply_url or course.source_url)),
        (Way.ASK, True),
    ]
    return next(way for way, holds in ways if holds)


def _is_past(run: Run, today: date) -> bool:
    """Begun before today; a run without a beginning is past once it has ended."""
    day = run.starts_on or run.ends_on
    return day is not None and day < today
