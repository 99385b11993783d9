"""What enrolling asks about marketing, and what the answer permits: nothing by itself (GDPR Art. 7; 917/2014 § 200)."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from consent import ledger, permission
from consent.models import Event, Evidence
from courses import enrolment
from courses.marketing import Answers
from courses.models import Enrolment
from mailing.models import Delivery
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ASKED = Answers("en", no_similar=False)


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def anna():
    return factories.user("anna@example.org", name="Anna Virtanen")


@pytest.fixture
def signed_in(client, anna):
    client.force_login(anna)
    return client


def url(run, page="run_enrol"):
    with translation.override("en"):
        return reverse(f"courses:{page}", args=[run.course.slug, run.pk])


def events():
    return [(each.action, each.purpose, each.basis) for each in Event.objects.order_by("pk")]


def similar(person, run):
    return permission.may_contact(person, "similar", controller=run.course.institution).rule


# --- the verb -------------------------------------------------------------------------


def test_without_answers_nothing_is_recorded():
    enrolment.enrol(factories.run(), factories.person())
    assert events() == []


def test_buying_without_refusing_permits_similar_training_of_that_institution():
    person, run = factories.person(), factories.run()
    mine, _ = enrolment.enrol(run, person, ASKED)
    event = Event.objects.get()
    assert events() == [("soft_opt_in", "similar", "customer")]
    assert event.source == f"enrolment {mine.pk}"
    assert event.wording == ledger.wording_of("similar", "en")
    assert similar(person, run) == "customer"
    other = factories.institution("tty")
    assert not permission.may_contact(person, "similar", controller=other).allowed


def test_refusing_ends_what_an_earlier_purchase_permitted():
    person, run = factories.person(), factories.run()
    enrolment.enrol(run, person, ASKED)
    enrolment.enrol(factories.run(run.course), person, Answers("fi", no_similar=True))
    assert similar(person, run) == "withdrawn"


def test_a_later_purchase_does_not_lift_a_refusal():
    person, run = factories.person(), factories.run()
    ledger.withdraw(person, "similar", controller=run.course.institution, method="form")
    mine, _ = enrolment.enrol(run, person, ASKED)
    assert mine.status == "confirmed"
    assert similar(person, run) == "withdrawn"
    assert Event.objects.count() == 1


@pytest.mark.parametrize("price", [Decimal(0), None])
def test_what_is_not_bought_permits_nothing(price):
    enrolment.enrol(factories.run(price_net=price), factories.person(), ASKED)
    assert events() == []


def test_what_the_employer_bought_permits_nothing():
    person = factories.person()
    run = factories.run(kind="company", organisation=factories.organisation("Oy", person))
    enrolment.enrol(run, person, ASKED)
    assert events() == []


def test_a_place_in_the_queue_is_no_purchase_but_the_seat_taken_later_is():
    person, run = factories.person(), factories.run(seats=1)
    factories.enrolment(run)
    mine, _ = enrolment.enrol(run, person, ASKED)
    assert (mine.status, events()) == ("waiting", [])
    enrolment.cancel(Enrolment.objects.get(status="confirmed"))
    enrolment.accept_offer(Enrolment.objects.get(pk=mine.pk), ASKED)
    assert events() == [("soft_opt_in", "similar", "customer")]


def test_the_newsletter_is_permitted_by_its_tick_alone():
    person, run = factories.person(), factories.run(price_net=Decimal(0))
    enrolment.enrol(run, person, Answers("sv", newsletter=True))
    assert events() == [("granted", "newsletter", "consent")]
    assert Event.objects.get().wording == ledger.wording_of("newsletter", "sv")
    assert permission.may_contact(person, "newsletter").allowed


def test_asking_twice_records_once():
    person, run = factories.person(), factories.run()
    answers = Answers("fi", newsletter=True, no_similar=False)
    for _ in range(2):
        enrolment.enrol(run, person, answers)
    assert len(events()) == 2


# --- the pages ------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["a visitor", "a member"])
def test_no_box_is_ticked_and_the_texts_are_shown(client, anna, page):
    if page == "a member":
        client.force_login(anna)
    shown = client.get(url(factories.run())).content.decode()
    assert ledger.wording_of("newsletter", "en").body in shown
    assert ledger.wording_of("similar", "en").body in shown
    assert "checked" not in shown


@pytest.mark.parametrize("fields", [{"price_net": Decimal(0)}, {"seats": 0}])
def test_where_nothing_is_bought_there_is_nothing_to_refuse(signed_in, fields):
    shown = signed_in.get(url(factories.run(**fields))).content.decode()
    assert 'name="newsletter"' in shown
    assert 'name="no_similar"' not in shown


def test_enrolling_with_all_boxes_empty(signed_in, anna):
    run = factories.run()
    signed_in.post(url(run), {"expects": "seat"})
    assert events() == [("soft_opt_in", "similar", "customer")]
    assert not permission.may_contact(anna.person, "newsletter").allowed


def test_ticks_of_a_member_are_proven(signed_in, anna):
    run = factories.run()
    signed_in.post(url(run), {"expects": "seat", "newsletter": "on", "no_similar": "on"})
    assert events() == [("granted", "newsletter", "consent"), ("withdrawn", "similar", "")]
    assert {each.address for each in Evidence.objects.all()} == {"anna@example.org"}


def test_ticks_of_a_visitor_count_when_the_code_is_right(client):
    run = factories.run()
    visitor = {"name": "Anna Virtanen", "email": "anna@example.org", "expects": "seat"}
    client.post(url(run), {**visitor, "newsletter": "on"})
    assert events() == []
    code = Delivery.objects.latest("pk").message.secrets["code"]
    client.post(url(run, "run_enrol_code").replace("/en/", "/sv/"), {"code": code})
    client.post(url(run, "run_enrol_code"), {"code": code})
    assert [action for action, _, _ in events()] == ["granted", "soft_opt_in"]
    assert {each.wording.language for each in Event.objects.all()} == {"en"}


def test_a_seat_that_came_without_being_asked_about_is_no_permission(signed_in):
    """The page promised a place in the queue, and a seat had become free meanwhile."""
    signed_in.post(url(factories.run()), {"expects": "queue"})
    assert Enrolment.objects.get().status == "confirmed"
    assert events() == []


def test_taking_an_offered_seat_asks_again(signed_in, anna):
    run = factories.run(seats=1)
    mine = factories.enrolment(run, anna.person, status="offered")
    with translation.override("en"):
        page = reverse("courses:enrolment_accept", args=[mine.pk])
    assert 'name="no_similar"' in signed_in.get(page).content.decode()
    signed_in.post(page, {"no_similar": "on"})
    assert Enrolment.objects.get().status == "confirmed"
    assert events() == [("withdrawn", "similar", "")]
