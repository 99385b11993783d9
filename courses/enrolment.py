"""Enrol, accept an offer, cancel: each one transaction of seat, timeline entry and mail under the run's lock (A5.1)."""

import logging

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from consent.models import Person
from courses import customers, kinds, marketing, notices, seats
from courses.marketing import Answers
from courses.models import Enrolment, Run
from courses.notices import Facts
from courses.seats import LockedRun
from crm import named_contacts

log = logging.getLogger(__name__)

# How long one waits for a run's lock: as long as a browser does. The settings' seconds would turn people away only
# because many came at once; a holder that froze is ended by idle_in_transaction_session_timeout.
PATIENCE = "60s"


class StartedError(Exception):
    """The run has begun: leaving it is agreed with the contact person."""


def enrol(run: Run, person: Person, answers: Answers | None = None) -> tuple[Enrolment, bool]:
    """Give the person a seat, or a place in the queue when the run is full, and tell them; say whether that is new.

    Asking twice returns the same enrolment, sends and records nothing. Raises EnrolmentClosedError. What the mail says of the
    run is read before the transaction: under the lock there is only what needs it.
    """
    told = notices.facts(run, person.language)
    contact = named_contacts.choose(person, interest=customers.interest_of(run.course))
    return take_place(run, person, told, answers, contact)


@transaction.atomic
def take_place(
    run: Run, person: Person, told: Facts, answers: Answers | None, contact: User | None
) -> tuple[Enrolment, bool]:
    """The transaction of `enrol`; `contact` is who becomes the person's named contact if they have none."""
    locked = lock(run)
    settle(locked)
    enrolment, is_new = seats.claim(locked, person)
    if is_new and contact:
        named_contacts.ensure(person, chosen=contact)
    if is_new and enrolment.status == Enrolment.Status.CONFIRMED:
        notices.tell(kinds.ENROLLED, enrolment, told)
    elif is_new:
        notices.tell(
            kinds.QUEUED,
            enrolment,
            told,
            place_in_queue=place_in_queue(enrolment),
            offer_hours=settings.OFFER_HOURS,
        )
    if is_new and answers:
        marketing.record(enrolment, answers)
    return enrolment, is_new


@transaction.atomic
def accept_offer(enrolment: Enrolment, answers: Answers | None = None) -> Enrolment:
    """Take the seat on offer; a second time changes nothing. Raises OfferLapsedError when it is too late."""
    told = notices.facts(enrolment.run, enrolment.person.language)
    is_new = seats.accept(lock(enrolment.run), enrolment)
    if is_new:
        notices.tell(kinds.ENROLLED, enrolment, told)
    enrolment.refresh_from_db()
    if is_new and answers:
        marketing.record(enrolment, answers)
    return enrolment


@transaction.atomic
def cancel(enrolment: Enrolment) -> Enrolment:
    """Give up the seat, the offer or the place in the queue; a freed seat is offered to the first in the queue.

    One that has already ended stays as it is. Raises StartedError for a seat on a run that has begun.
    """
    if has_started(enrolment):
        raise StartedError
    told = notices.facts(enrolment.run, enrolment.person.language)
    locked = lock(enrolment.run)
    was = Enrolment.objects.get(pk=enrolment.pk).status
    if seats.release(locked, enrolment):
        notices.tell(kinds.CANCELLED, enrolment, told, was=was)
        settle(locked)
    enrolment.refresh_from_db()
    return enrolment


def has_started(enrolment: Enrolment) -> bool:
    """Whether the person holds a seat on a run whose first day has come (Europe/Helsinki)."""
    starts_on = enrolment.run.starts_on
    holds = enrolment.status == Enrolment.Status.CONFIRMED
    return holds and starts_on is not None and starts_on <= timezone.localdate()


def settle(run: LockedRun) -> list[Enrolment]:
    """End the offers whose time is up, offer free seats to who waits longest, and tell them; returns the offers."""
    if seats.is_settled(run):
        return []
    notices.tell_about(kinds.LAPSED, seats.end_lapsed(run))
    offers = seats.offer_free(run)
    notices.tell_about(kinds.OFFERED, offers)
    return offers


def settle_all() -> int:
    """Settle every run with a move due, each in a transaction of its own; how many offers were made.

    Nothing waits for this to be right: whoever touches a run settles it first. The job makes it prompt.
    """
    due = Run.objects.filter(pk__in=Enrolment.objects.unsettled().values("run"))
    made = 0
    for run in due:
        try:
            with transaction.atomic():
                made += len(settle(lock(run)))
        except DatabaseError as error:  # one busy run does not hold up the others
            log.warning("Run %s was not settled: %s", run.pk, type(error).__name__)
    return made


def lock(run: Run) -> LockedRun:
    """The run's lock, waited for with PATIENCE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %(patience)s, true),"
            " set_config('statement_timeout', %(patience)s, true)",
            {"patience": PATIENCE},
        )
    return seats.lock(run)


def place_in_queue(enrolment: Enrolment) -> int:
    """1 for the first of those who wait."""
    queue = Enrolment.objects.queue(enrolment.run)
    return queue.filter(queue_no__lte=enrolment.queue_no).count()
