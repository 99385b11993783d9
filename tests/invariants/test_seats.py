"""Never oversold, nobody twice, the queue in order: under many real connections at once (A5.1)."""

import threading
from datetime import timedelta
from itertools import count

import pytest
from django.db import IntegrityError, connection

from common.days import PortalNow
from courses import enrolment, seats
from courses.models import Enrolment, Seat
from courses.seats import OfferLapsedError
from mailing.models import Delivery
from portal import invariants
from portal.testing import WORKER
from tests import databases, factories
from tests.invariants.conftest import FAR_AHEAD

NUMBERS = count(1)

pytestmark = pytest.mark.django_db(transaction=True)


def hot_run(number_of_seats):
    run = factories.run(seats=number_of_seats, enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    return run


def people(number):
    return [factories.person() for _ in range(number)]


def test_200_people_at_once_for_the_last_50_seats(crowd, all_promises_hold):
    run = hot_run(50)
    given = []

    def enrol(person):
        mine, _ = enrolment.enrol(run, person)
        return mine

    taken = seats.claim

    def claim(locked, person):
        given.append(person.pk)  # appended under the run's lock: the order in which it was given
        return taken(locked, person)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seats, "claim", claim)
        crowd.all_at_once(enrol, people(200))

    assert crowd.errors == []
    by_person = {mine.person_id: mine for mine in Enrolment.objects.all()}
    in_order = [by_person[pk] for pk in given]
    assert [mine.status for mine in in_order] == ["confirmed"] * 50 + ["waiting"] * 150
    assert [mine.queue_no for mine in in_order[50:]] == list(range(1, 151))
    assert sorted(mine.seat.no for mine in in_order[:50]) == list(range(1, 51))
    assert Delivery.objects.count() == 200
    all_promises_hold()


def test_40_identical_requests_make_one_enrolment(crowd, all_promises_hold):
    run, (person,) = hot_run(50), people(1)
    crowd.all_at_once(lambda _: enrolment.enrol(run, person), range(40))
    assert crowd.errors == []
    assert len({mine.pk for mine, _ in crowd.answers}) == 1
    assert [is_new for _, is_new in crowd.answers].count(True) == 1
    assert (Enrolment.objects.count(), Delivery.objects.count()) == (1, 1)
    all_promises_hold()


def test_leaving_and_joining_at_once_passes_every_seat_on(crowd, all_promises_hold):
    run = hot_run(20)
    leaving = [enrolment.enrol(run, person)[0] for person in people(20)]
    waiting = [enrolment.enrol(run, person)[0] for person in people(20)]

    def do(thing):
        if isinstance(thing, Enrolment):
            return enrolment.cancel(thing)
        return enrolment.enrol(run, thing)

    crowd.all_at_once(do, leaving + people(20))
    assert crowd.errors == []
    held = Enrolment.objects.filter(seat__isnull=False).order_by("queue_no")
    assert [mine.pk for mine in held] == [mine.pk for mine in waiting]
    all_promises_hold()


def test_an_offer_is_accepted_or_lapses_never_both(all_promises_hold):
    """150 races of the answer against the sweep: the first surely in time, the last surely late, between them close."""
    run = hot_run(1)
    offer = factories.enrolment(run, status="offered")
    waits = factories.enrolment(run, status="waiting")
    ends = [60.0, *(step / 1000 for step in range(148)), -1.0]
    outcomes = [race(offer, waits, seconds) for seconds in ends]
    assert (outcomes[0], outcomes[-1], len(outcomes)) == ("accepted", "lapsed", 150)
    all_promises_hold()


def race(offer, waits, seconds):
    """Accept and sweep at once, the offer ending in so many seconds; answer and database must agree."""
    put_back(offer, waits, seconds)
    gate, answers = threading.Barrier(2), []

    def accept():
        gate.wait()
        try:
            enrolment.accept_offer(offer)
            answers.append("accepted")
        except OfferLapsedError:
            answers.append("lapsed")
        finally:
            connection.close()

    def sweep():
        gate.wait()
        enrolment.settle_all()
        connection.close()

    threads = [threading.Thread(target=accept), threading.Thread(target=sweep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    enrolment.settle_all()  # an end between the sweep and the answer is left for the next one
    offer.refresh_from_db()
    waits.refresh_from_db()
    expected = {"accepted": ("confirmed", "waiting"), "lapsed": ("expired", "offered")}
    assert (offer.status, waits.status) == expected[answers[0]]
    assert Enrolment.objects.filter(seat__isnull=False).count() == 1
    return answers[0]


def put_back(offer, waits, seconds):
    """The seat on offer to the one, the other waiting."""
    Enrolment.objects.filter(pk=waits.pk).update(
        status="waiting", seat=None, offer_expires_at=None, ended_at=None
    )
    Enrolment.objects.filter(pk=offer.pk).update(
        status="offered",
        seat=Seat.objects.get(),
        offer_expires_at=PortalNow() + timedelta(seconds=seconds),
        ended_at=None,
    )


# --- with a guard away -------------------------------------------------------------------


@pytest.fixture
def own_database(django_db_setup, django_db_blocker):
    """A database of the test's own, thrown away afterwards; yields a superuser's cursor in it."""
    name, usual = f"control_{WORKER or 'main'}", connection.settings_dict["NAME"]
    databases.clone(databases.template(), name)
    connection.settings_dict["NAME"] = name
    with databases.superuser(name) as cursor:
        yield cursor
    connection.close()
    connection.settings_dict["NAME"] = usual
    with databases.superuser("postgres") as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def without_the_lock(monkeypatch):
    """Everybody reads before anybody writes: what the lock is there to prevent, made certain."""
    monkeypatch.setattr(seats, "lock", lambda run: run)
    monkeypatch.setattr(seats, "next_queue_no", lambda run: next(NUMBERS))
    write = Enrolment.objects.create
    everybody_has_read = threading.Barrier(20)

    def create(**values):
        everybody_has_read.wait()
        return write(**values)

    monkeypatch.setattr(Enrolment.objects, "create", create)


def test_without_lock_and_constraint_the_run_is_oversold(own_database, without_the_lock, crowd):
    own_database.execute(
        "ALTER TABLE courses_enrolment DROP CONSTRAINT courses_enrolment_seat_id_key"
    )
    run = hot_run(3)
    crowd.all_at_once(lambda person: enrolment.enrol(run, person), people(20))
    assert crowd.errors == []
    assert Enrolment.objects.filter(status="confirmed").count() == 20
    assert set(invariants.broken()) == {"c1", "c6"}


def test_without_the_lock_the_database_refuses(without_the_lock, crowd, all_promises_hold):
    run = hot_run(3)
    crowd.all_at_once(lambda person: enrolment.enrol(run, person), people(20))
    assert {type(error) for error in crowd.errors} == {IntegrityError}
    assert len(crowd.errors) == 19
    assert Enrolment.objects.filter(status="confirmed").count() == 1
    all_promises_hold()
