"""Claim, release and offer the seats of a run. Seats are rows; the run's row is the lock (A5.1).

Order of locks: the run first, then whatever else. A function that needs the lock asks for a LockedRun, which only
`lock` gives. The database's clock decides what is open and what has lapsed. What people are told is not here:
`courses.enrolment` and `courses.runs` call this and tell them.
"""

from datetime import timedelta
from typing import NewType

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max
from django.db.models.functions import Least

from common.days import PortalNow
from consent.models import Person
from courses.models import Enrolment, Run, Seat

Status = Enrolment.Status
LockedRun = NewType("LockedRun", Run)


class EnrolmentClosedError(Exception):
    """The run takes no enrolments: not open yet, closed, cancelled, or without seats in the portal."""


class SeatsHeldError(Exception):
    """Fewer seats were asked for than people hold; `held` says how many they hold."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


class OfferLapsedError(Exception):
    """The seat on offer is no longer held for the person."""


def lock(run: Run) -> LockedRun:
    """The run as it is now, locked until the end of the transaction."""
    return LockedRun(Run.objects.locked().get(pk=run.pk))


def claim(run: LockedRun, person: Person) -> tuple[Enrolment, bool]:
    """Give the person a seat, or a place in the queue when the run is full; say whether that is new.

    Asking twice returns the same enrolment. Nobody gets a seat past those who wait.
    """
    mine = Enrolment.objects.live().filter(run=run, person=person).first()
    if mine is not None:
        return mine, False
    if not is_open(run):
        raise EnrolmentClosedError
    seat = Seat.objects.free(run).filter(~Exists(Enrolment.objects.queue(run))).first()
    enrolment = Enrolment.objects.create(
        run=run,
        person=person,
        seat=seat,
        status=Status.CONFIRMED if seat else Status.WAITING,
        queue_no=None if seat else next_queue_no(run),
        price_net=run.price_net,
        vat_rate=run.vat_rate,
    )
    return enrolment, True


def is_open(run: LockedRun) -> bool:
    """Whether the run takes enrolments at this moment."""
    return Run.objects.enrollable().filter(pk=run.pk).exists()


def next_queue_no(run: LockedRun) -> int:
    """The number after the last one given on this run, from 1."""
    last = Enrolment.objects.filter(run=run).aggregate(last=Max("queue_no"))["last"]
    return (last or 0) + 1


def release(run: LockedRun, enrolment: Enrolment) -> bool:
    """End the enrolment and free its seat; false for one that has already ended, which stays as it is."""
    live = Enrolment.objects.live().filter(pk=enrolment.pk, run=run)
    return bool(
        live.update(status=Status.CANCELLED, seat=None, offer_expires_at=None, ended_at=PortalNow())
    )


def accept(run: LockedRun, enrolment: Enrolment) -> bool:
    """Turn the offer into a seat; false when it is one already. Raises OfferLapsedError when it is too late."""
    mine = Enrolment.objects.filter(pk=enrolment.pk, run=run)
    if mine.open_offers().update(status=Status.CONFIRMED, offer_expires_at=None):
        return True
    if mine.filter(status=Status.CONFIRMED).exists():
        return False
    raise OfferLapsedError


def is_settled(run: LockedRun) -> bool:
    """Whether nothing is due on the run: no offer has lapsed or outlives enrolment, no seat is free while people wait."""
    return not Enrolment.objects.unsettled().filter(run=run).exists()


def end_lapsed(run: LockedRun) -> list[Enrolment]:
    """End the offers whose time is up, and return them. An offer longer than enrolment is cut to its end first."""
    offers = Enrolment.objects.filter(run=run, status=Status.OFFERED)
    offers.filter(offer_expires_at__gt=run.enrolment_closes_at).update(
        offer_expires_at=run.enrolment_closes_at
    )
    lapsed = list(offers.lapsed())
    if lapsed:
        Enrolment.objects.filter(pk__in=[each.pk for each in lapsed]).update(
            status=Status.EXPIRED, seat=None, offer_expires_at=None, ended_at=PortalNow()
        )
    return lapsed


def offer_free(run: LockedRun) -> list[Enrolment]:
    """Offer every free seat to who waits longest, and return those offers.

    An offer lasts OFFER_HOURS, but not past the end of enrolment; after that nothing is offered.
    """
    queue = Enrolment.objects.queue(run)
    if not queue.exists() or not is_open(run):
        return []
    free = list(Seat.objects.free(run))
    return [
        offer(enrolment, seat, run)
        for enrolment, seat in zip(queue[: len(free)], free, strict=False)
    ]


def offer(enrolment: Enrolment, seat: Seat, run: LockedRun) -> Enrolment:
    """Hold the seat for the person until the offer's end."""
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=Status.OFFERED,
        seat=seat,
        offer_expires_at=Least(
            PortalNow() + timedelta(hours=settings.OFFER_HOURS), run.enrolment_closes_at
        ),
    )
    enrolment.refresh_from_db()
    return enrolment


@transaction.atomic
def set_capacity(run: Run, capacity: int) -> LockedRun:
    """Make the run have this many seats, and return it locked; free seats go first when there are fewer.

    Raises SeatsHeldError, changing nothing, when people hold more.
    """
    locked = lock(run)
    held = Enrolment.objects.filter(run=run, seat__isnull=False).count()
    if capacity < held:
        raise SeatsHeldError(held)
    have = Seat.objects.filter(run=run).count()
    if capacity < have:
        surplus = Seat.objects.free(run).reverse()[: have - capacity]
        Seat.objects.filter(pk__in=[seat.pk for seat in surplus]).delete()
    else:
        last = Seat.objects.filter(run=run).aggregate(last=Max("no"))["last"] or 0
        Seat.objects.bulk_create(
            Seat(run=run, no=last + step) for step in range(1, capacity - have + 1)
        )
    run.capacity = locked.capacity = capacity
    run.save(update_fields=["capacity"])
    return locked
