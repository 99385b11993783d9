"""Seats as rows: claimed, queued for, offered, passed on; refused by the database whatever the code does (A5.1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses import seats
from courses.models import Enrolment, Run, Seat
from courses.seats import EnrolmentClosedError, OfferLapsedError, SeatsHeldError
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def claim(run, person):
    with transaction.atomic():
        return seats.claim(seats.lock(run), person)


def offer_free(run):
    with transaction.atomic():
        return seats.offer_free(seats.lock(run))


def states(run):
    return list(
        Enrolment.objects.filter(run=run)
        .order_by("pk")
        .values_list("status", "seat__no", "queue_no")
    )


def test_a_free_seat_is_taken_lowest_number_first():
    run = factories.run(seats=2)
    mine, is_new = claim(run, factories.person())
    assert (mine.status, mine.seat.no, mine.queue_no, is_new) == ("confirmed", 1, None, True)


def test_a_full_run_queues_from_one():
    run = factories.run(seats=1)
    for _ in range(3):
        claim(run, factories.person())
    assert states(run) == [("confirmed", 1, None), ("waiting", None, 1), ("waiting", None, 2)]


def test_the_price_of_the_moment_is_kept():
    run = factories.run()
    mine, _ = claim(run, factories.person())
    Run.objects.update(price_net=5)
    mine.refresh_from_db()
    assert (mine.price.net, mine.price.gross) == (1000, 1255)


def test_asking_twice_returns_the_same_enrolment():
    run, person = factories.run(), factories.person()
    first, _ = claim(run, person)
    assert claim(run, person) == (first, False)
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"enrolment_closes_at": NOW},
        {"enrolment_opens_at": NOW + timedelta(seconds=1)},
        {"state": "cancelled"},
        {"state": "draft"},
        {"capacity": None},
    ],
    ids=lambda change: next(iter(change)) + "=" + str(next(iter(change.values()))),
)
def test_a_run_that_takes_no_enrolments_refuses_and_writes_nothing(change):
    run = factories.run(enrolment_opens_at=NOW - DAY)
    Run.objects.filter(pk=run.pk).update(**change)
    with pytest.raises(EnrolmentClosedError):
        claim(run, factories.person())
    assert not Enrolment.objects.exists()


def test_nobody_gets_a_seat_past_those_who_wait():
    run = factories.run(seats=1)
    factories.enrolment(run, status="waiting")
    mine, _ = claim(run, factories.person())
    assert (mine.status, mine.queue_no) == ("waiting", 2)


def test_the_lock_is_seen_in_the_query():
    run = factories.run()
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        transaction.atomic(),
    ):
        seats.lock(run)
    assert "FOR NO KEY UPDATE" in queries[1]["sql"]


def test_releasing_frees_the_seat_once():
    run = factories.run(seats=1)
    mine, _ = claim(run, factories.person())
    with transaction.atomic():
        locked = seats.lock(run)
        assert seats.release(locked, mine)
        assert not seats.release(locked, mine)
    mine.refresh_from_db()
    assert (mine.status, mine.seat, mine.ended_at) == ("cancelled", None, NOW)


def test_a_free_seat_is_offered_to_who_waits_longest():
    run = factories.run(seats=1)
    first, second = (factories.enrolment(run, status="waiting") for _ in range(2))
    assert offer_free(run) == [first]
    assert states(run) == [("offered", 1, 1), ("waiting", None, 2)]
    assert second.status == "waiting"


def test_an_offer_lasts_48_hours():
    run = factories.run(seats=1)
    factories.enrolment(run, status="waiting")
    (offer,) = offer_free(run)
    assert offer.offer_expires_at == NOW + timedelta(hours=48)


def test_48_hours_are_48_hours_over_the_change_of_clocks(set_clock):
    before = NOW.replace(month=10, day=24)
    set_clock(before)
    run = factories.run(seats=1)
    factories.enrolment(run, status="waiting")
    (offer,) = offer_free(run)
    assert offer.offer_expires_at - before == timedelta(hours=48)


def test_an_offer_ends_with_enrolment_at_the_latest():
    run = factories.run(seats=1, enrolment_closes_at=NOW + timedelta(hours=3))
    factories.enrolment(run, status="waiting")
    (offer,) = offer_free(run)
    assert offer.offer_expires_at == NOW + timedelta(hours=3)


def test_nothing_is_offered_after_enrolment():
    run = factories.run(seats=1, enrolment_closes_at=NOW)
    factories.enrolment(run, status="waiting")
    assert offer_free(run) == []
    assert states(run) == [("waiting", None, 1)]


def test_an_offer_is_accepted_once():
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    with transaction.atomic():
        locked = seats.lock(run)
        assert seats.accept(locked, offer)
        assert not seats.accept(locked, offer)
    assert states(run) == [("confirmed", 1, None)]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
def test_an_offer_is_too_late_at_its_end(set_clock, late):
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    set_clock(offer.offer_expires_at + late)
    with pytest.raises(OfferLapsedError), transaction.atomic():
        seats.accept(seats.lock(run), offer)
    assert states(run) == [("offered", 1, None)]


def test_an_offer_of_a_cancelled_run_cannot_be_accepted():
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    Run.objects.update(state="cancelled")
    with pytest.raises(OfferLapsedError), transaction.atomic():
        seats.accept(seats.lock(run), offer)


def test_a_lapsed_offer_ends_and_frees_its_seat(set_clock):
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    set_clock(offer.offer_expires_at)
    with transaction.atomic():
        assert seats.end_lapsed(seats.lock(run)) == [offer]
    assert states(run) == [("expired", None, None)]


def test_an_offer_is_cut_when_enrolment_is_made_to_end_earlier():
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    Run.objects.update(enrolment_closes_at=NOW + DAY)
    with transaction.atomic():
        assert seats.end_lapsed(seats.lock(run)) == []
    offer.refresh_from_db()
    assert offer.offer_expires_at == NOW + DAY


def test_fewer_seats_than_people_hold_are_refused():
    run = factories.run(seats=20)
    for _ in range(18):
        factories.enrolment(run)
    with pytest.raises(SeatsHeldError) as refusal:
        seats.set_capacity(run, 15)
    assert refusal.value.held == 18
    assert (Seat.objects.count(), Run.objects.get().capacity) == (20, 20)


def test_free_seats_go_first():
    run = factories.run(seats=3)
    factories.enrolment(run)
    seats.set_capacity(run, 1)
    assert list(Seat.objects.values_list("no", flat=True)) == [1]
    assert Run.objects.get().capacity == 1


def test_new_seats_get_new_numbers():
    run = factories.run(seats=2)
    Seat.objects.filter(no=1).delete()
    seats.set_capacity(run, 3)
    assert sorted(Seat.objects.values_list("no", flat=True)) == [2, 3, 4]


def test_the_database_refuses_a_second_holder_of_a_seat():
    run = factories.run(seats=1)
    held = factories.enrolment(run).seat
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(run=run, person=factories.person(), seat=held, status="confirmed")


def test_the_database_refuses_a_seat_of_another_run():
    run, other = factories.run(seats=1), factories.run(seats=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(
            run=run, person=factories.person(), seat=other.seats.get(), status="confirmed"
        )


def test_the_database_refuses_a_seat_held_without_one():
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(run=factories.run(), person=factories.person(), status="confirmed")


def test_the_database_refuses_a_person_twice_on_a_run():
    run, person = factories.run(seats=2), factories.person()
    factories.enrolment(run, person)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.enrolment(run, person, status="waiting")


def test_the_database_refuses_to_remove_a_held_seat():
    run = factories.run(seats=1)
    held = factories.enrolment(run).seat
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM courses_seat WHERE id = %s", [held.pk])
