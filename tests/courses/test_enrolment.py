"""Enrolling, accepting, cancelling: seat, timeline and mail are one; people are told in their language (A5.1)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from courses import enrolment, runs, seats
from courses.models import Enrolment, Run
from courses.seats import EnrolmentClosedError, OfferLapsedError
from crm.models import Encounter
from mailing import outbox
from mailing.models import Delivery, Message
from mailing.templates import render
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def told():
    """Kinds of encounters and templates of mails so far, in order."""
    return (
        list(Encounter.objects.order_by("pk").values_list("kind", flat=True)),
        list(Message.objects.order_by("pk").values_list("template", flat=True)),
    )


def waiting(run, **person):
    return factories.enrolment(run, factories.person(**person), status="waiting")


def test_enrolling_takes_a_seat_and_says_so():
    run, person = factories.run(), factories.person("anna@example.org")
    mine, is_new = enrolment.enrol(run, person)
    assert (mine.status, is_new) == ("confirmed", True)
    assert told() == (["courses.enrolled"], ["courses/enrolment"])
    assert Delivery.objects.get().address == "anna@example.org"


def test_the_timeline_names_the_course_and_the_organisation():
    person = factories.person()
    company = factories.organisation("Konepaja Oy", person)
    run = factories.run(kind="company", organisation=company)
    mine, _ = enrolment.enrol(run, person)
    entry = Encounter.objects.get()
    assert (entry.person, entry.organisation) == (person, company)
    assert entry.data == {"title": run.course.title, "run": run.pk, "enrolment": mine.pk}


def test_the_confirmation_carries_the_dates_for_the_calendar():
    run = factories.run()
    factories.session(run)
    enrolment.enrol(run, factories.person())
    (file,) = Message.objects.get().attachments
    assert (file["name"], file["content_type"]) == (f"{run.course.slug}.ics", "text/calendar")
    assert file["text"].startswith("BEGIN:VCALENDAR")


def test_a_run_without_dates_has_no_calendar_file():
    run = factories.run(starts_on=None)
    enrolment.enrol(run, factories.person())
    assert Message.objects.get().attachments == []


def test_a_full_run_queues_and_says_which_number():
    run = factories.run(seats=1)
    factories.enrolment(run)
    waiting(run)
    mine, _ = enrolment.enrol(run, factories.person())
    assert (mine.status, mine.queue_no) == ("waiting", 2)
    assert told() == (["courses.queued"], ["courses/queue"])
    assert Message.objects.get().context["place_in_queue"] == 2
    assert Message.objects.get().attachments == []


def test_the_place_in_the_queue_counts_those_still_waiting():
    run = factories.run(seats=1)
    factories.enrolment(run)
    enrolment.cancel(waiting(run))
    enrolment.enrol(run, factories.person())
    assert Message.objects.latest("pk").context["place_in_queue"] == 1


def test_enrolling_twice_tells_once():
    run, person = factories.run(), factories.person()
    first = enrolment.enrol(run, person)
    assert enrolment.enrol(run, person) == (first[0], False)
    assert told() == (["courses.enrolled"], ["courses/enrolment"])


def test_a_closed_run_tells_nothing():
    run = factories.run(enrolment_closes_at=NOW)
    with pytest.raises(EnrolmentClosedError):
        enrolment.enrol(run, factories.person())
    assert told() == ([], [])


def test_a_mail_that_cannot_be_queued_leaves_no_enrolment(monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(outbox.Delivery.objects, "create", broken)
    with pytest.raises(DatabaseError):
        enrolment.enrol(factories.run(), factories.person())
    assert not Enrolment.objects.exists()
    assert told() == ([], [])


def test_mails_are_in_the_language_of_the_person():
    course = factories.course("Tekoäly työssä", title_sv="AI i arbetet", title_en="AI at work")
    run = factories.run(course)
    for language in ("fi", "sv", "en"):
        enrolment.enrol(run, factories.person(language=language))
    mails = Message.objects.order_by("pk")
    assert [(mail.language, mail.context["title"]) for mail in mails] == [
        ("fi", "Tekoäly työssä"),
        ("sv", "AI i arbetet"),
        ("en", "AI at work"),
    ]


def test_cancelling_offers_the_seat_to_the_first_in_the_queue():
    run = factories.run(seats=1)
    mine, _ = enrolment.enrol(run, factories.person("alice@example.org"))
    first, second = waiting(run, email="bob@example.org"), waiting(run, email="carol@example.org")
    enrolment.cancel(mine)
    states = Enrolment.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["cancelled", "offered", "waiting"]
    assert told()[1] == ["courses/enrolment", "courses/cancellation", "courses/offer"]
    assert Delivery.objects.latest("pk").address == "bob@example.org"
    first.refresh_from_db()
    assert Message.objects.latest("pk").context["offer_expires_at"] == (
        first.offer_expires_at.isoformat()
    )
    assert second.queue_no == 2


@pytest.mark.parametrize("status", ["confirmed", "offered", "waiting"])
def test_the_cancellation_says_what_was_given_up(status):
    enrolment.cancel(factories.enrolment(factories.run(), status=status))
    assert Message.objects.get().context["was"] == status


def test_cancelling_twice_tells_once():
    mine = factories.enrolment(factories.run())
    enrolment.cancel(mine)
    enrolment.cancel(mine)
    assert told()[1] == ["courses/cancellation"]


def test_a_run_that_has_begun_is_not_left_by_a_click():
    run = factories.run(starts_on=NOW.date())
    mine = factories.enrolment(run)
    with pytest.raises(enrolment.StartedError):
        enrolment.cancel(mine)
    mine.refresh_from_db()
    assert (mine.status, told()) == ("confirmed", ([], []))


def test_the_queue_of_a_run_that_has_begun_can_be_left():
    mine = waiting(factories.run(starts_on=NOW.date()))
    assert enrolment.cancel(mine).status == "cancelled"


def test_who_cancelled_can_come_back_at_the_end():
    run = factories.run(seats=1)
    alice = factories.person()
    mine, _ = enrolment.enrol(run, alice)
    waiting(run)
    enrolment.cancel(mine)
    again, is_new = enrolment.enrol(run, alice)
    assert (again.status, again.queue_no, is_new) == ("waiting", 2, True)


def test_accepting_gives_the_seat_and_confirms_it():
    run = factories.run(seats=1)
    offer = factories.enrolment(run, status="offered")
    assert enrolment.accept_offer(offer).status == "confirmed"
    assert told() == (["courses.enrolled"], ["courses/enrolment"])


def test_accepting_twice_tells_once():
    offer = factories.enrolment(factories.run(), status="offered")
    enrolment.accept_offer(offer)
    assert enrolment.accept_offer(offer).status == "confirmed"
    assert told()[1] == ["courses/enrolment"]


def test_a_late_answer_changes_nothing(set_clock):
    offer = factories.enrolment(factories.run(), status="offered")
    set_clock(offer.offer_expires_at)
    with pytest.raises(OfferLapsedError):
        enrolment.accept_offer(offer)
    offer.refresh_from_db()
    assert (offer.status, told()) == ("offered", ([], []))


def test_a_lapsed_offer_moves_on_and_both_are_told(set_clock):
    run = factories.run(seats=1)
    late = factories.enrolment(run, factories.person("bob@example.org"), status="offered")
    waiting(run, email="carol@example.org")
    set_clock(late.offer_expires_at)
    assert enrolment.settle_all() == 1
    states = Enrolment.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["expired", "offered"]
    mails = Delivery.objects.order_by("pk").values_list("message__template", "address")
    assert list(mails) == [
        ("courses/offer_lapsed", "bob@example.org"),
        ("courses/offer", "carol@example.org"),
    ]


def test_settling_twice_does_it_once(set_clock):
    late = factories.enrolment(factories.run(seats=1), status="offered")
    set_clock(late.offer_expires_at)
    enrolment.settle_all()
    assert enrolment.settle_all() == 0
    assert told()[1] == ["courses/offer_lapsed"]


def test_a_seat_that_nobody_passed_on_is_found(set_clock):
    run = factories.run(seats=2)
    waiting(run)
    assert enrolment.settle_all() == 1


def test_a_lapsed_offer_needs_no_job(set_clock):
    run = factories.run(seats=1)
    late = factories.enrolment(run, status="offered")
    first = waiting(run)
    set_clock(late.offer_expires_at)
    newcomer, _ = enrolment.enrol(run, factories.person())
    first.refresh_from_db()
    late.refresh_from_db()
    assert (late.status, first.status, newcomer.status) == ("expired", "offered", "waiting")


def test_after_enrolment_a_lapsed_seat_stays_free(set_clock):
    run = factories.run(seats=1, enrolment_closes_at=NOW + DAY)
    late = factories.enrolment(run, status="offered")
    Enrolment.objects.update(offer_expires_at=NOW + DAY)
    waits = waiting(run)
    set_clock(NOW + DAY + timedelta(seconds=1))
    enrolment.settle_all()
    late.refresh_from_db()
    waits.refresh_from_db()
    assert (late.status, waits.status) == ("expired", "waiting")


def test_more_seats_are_offered_at_once():
    run = factories.run(seats=1)
    factories.enrolment(run)
    first, second = waiting(run), waiting(run)
    assert runs.set_capacity(run, 3) == [first, second]
    assert told()[1] == ["courses/offer", "courses/offer"]


def test_one_busy_run_does_not_hold_up_the_others(monkeypatch, set_clock):
    busy, other = factories.run(seats=1), factories.run(seats=1)
    for run in (busy, other):
        waiting(run)
    take = seats.lock

    def lock(run):
        if run.pk == busy.pk:
            raise DatabaseError
        return take(run)

    monkeypatch.setattr(seats, "lock", lock)
    assert enrolment.settle_all() == 1
    assert Run.objects.get(pk=other.pk).enrolments.get().status == "offered"


def test_somebody_without_an_address_does_not_stop_the_queue():
    run = factories.run(seats=1)
    mine = factories.enrolment(run)
    erased = waiting(run)
    erased.person.addresses.all().delete()
    enrolment.cancel(mine)
    erased.refresh_from_db()
    assert erased.status == "offered"
    assert Delivery.objects.latest("pk").state == "suppressed"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_mail_of_an_enrolment_can_be_written(language):
    run = factories.run(seats=1)
    factories.session(run, venue=factories.venue())
    mine, _ = enrolment.enrol(run, factories.person(language=language))
    enrolment.enrol(run, factories.person(language=language))
    enrolment.cancel(mine)
    Enrolment.objects.filter(status="offered").update(offer_expires_at=NOW)
    enrolment.settle_all()
    mails = Message.objects.order_by("pk")
    assert {mail.template for mail in mails} == {
        "courses/enrolment",
        "courses/queue",
        "courses/cancellation",
        "courses/offer",
        "courses/offer_lapsed",
    }
    for mail in mails:
        written = render(mail.template, mail.language, {"person_name": "Liisa", **mail.context})
        assert run.course.title in written.subject
        assert run.course.title in written.text
        assert len(written.html.encode()) < 60_000
