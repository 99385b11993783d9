"""Whom a course's page, mails and lists name: who answers today; and everybody who enrols gets somebody (C5.1, C5.2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from consent.models import Person
from courses import contacts, enrolment
from courses.seats import EnrolmentClosedError
from crm import absences, named_contacts
from crm.models import ContactRule, NamedContact
from mailing.models import Message
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk", email="tamk@example.org", phone="040 1")


@pytest.fixture
def aino(tamk):
    return factories.staff(tamk, "coordinator", "aino@example.org", name="Aino Mäkelä")


@pytest.fixture
def bo(tamk):
    return factories.staff(tamk, "sales", "bo@example.org", name="Bo Öst", hours_fi="ma–to 10–14")


def away(user, deputy):
    absences.mark(user, TODAY, TODAY + DAY, deputy)


def test_the_deputy_is_named_with_whom_they_stand_in_for(aino, bo, tamk):
    away(aino, bo)
    card = contacts.of_course(factories.course(contact=aino, institution=tamk))
    assert (card.name, card.instead_of, card.email) == ("Bo Öst", "Aino Mäkelä", "bo@example.org")
    assert (card.title, card.hours) == ("TAMK", "ma–to 10–14")


def test_who_has_left_is_not_named_but_the_institutions_contact(aino, bo, tamk):
    tamk.contact = bo
    tamk.save()
    aino.staff_roles.all().delete()
    card = contacts.of_course(factories.course(contact=aino, institution=tamk))
    assert (card.name, card.instead_of) == ("Bo Öst", "")


def test_where_nobody_is_left_the_institutions_own_address_is(aino, tamk):
    aino.staff_roles.all().delete()
    card = contacts.of_course(factories.course(contact=aino, institution=tamk))
    assert (card.name, card.email, card.user) == ("TAMK", "tamk@example.org", None)


def test_the_catalogue_and_the_page_behind_it_name_the_same_one(client, aino, bo, tamk):
    tamk.contact = aino
    tamk.save()
    away(aino, bo)
    factories.run(factories.course("Tekoäly", slug="tekoaly", institution=tamk))
    for path in ("/en/", "/en/courses/", "/en/courses/?institution=tamk", "/en/courses/tekoaly/"):
        page = html.fromstring(client.get(path).content)
        (card,) = page.cssselect(".person")
        told = " ".join(card.text_content().split())
        assert "Bo Öst" in told, path
        assert "Answers for Aino Mäkelä, who is away now" in told, path
        assert "by Tue 24 Nov at 16:00" in told, path


def test_the_next_day_the_promise_is_another(client, aino, tamk, set_clock):
    """The card is drawn once for equal values; a day later they are others."""
    tamk.contact = aino
    tamk.save()
    assert "Tue\xa024\xa0Nov" in client.get("/en/").content.decode()
    set_clock(NOW + DAY)
    assert "Wed\xa025\xa0Nov" in client.get("/en/").content.decode()


def queries(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as done:
        client.get(path)
    return len(done)


def test_naming_somebody_costs_a_course_page_one_query_and_the_catalogue_none(client, aino, tamk):
    course = factories.course("Tekoäly", slug="tekoaly", institution=tamk)
    factories.run(course)
    before = [queries(client, path) for path in ("/en/courses/tekoaly/", "/en/courses/", "/en/")]
    tamk.contact = course.contact = aino
    tamk.save(), course.save()
    after = [queries(client, path) for path in ("/en/courses/tekoaly/", "/en/courses/", "/en/")]
    assert after == [before[0] + 1, before[1], before[2]]


def test_a_mail_names_the_deputy(aino, bo, tamk):
    away(aino, bo)
    run = factories.run(factories.course(contact=aino, institution=tamk))
    enrolment.enrol(run, factories.person())
    assert Message.objects.get().context["contact"]["email"] == "bo@example.org"


# --- enrolling ----------------------------------------------------------------------------


def test_who_enrols_gets_somebody_by_the_courses_institution_and_topic(aino, bo, tamk):
    digi = factories.topic("digi")
    ContactRule.objects.create(user=aino)
    ContactRule.objects.create(user=bo, institution=tamk, topic=digi)
    person = factories.person()
    enrolment.enrol(factories.run(factories.course(institution=tamk, themes=("digi",))), person)
    assert NamedContact.objects.get(person=person).user == bo


def test_who_enrols_again_keeps_them(aino, bo):
    person = factories.person()
    named_contacts.name_by_hand(person, bo, by=aino)
    enrolment.enrol(factories.run(), person)
    assert NamedContact.objects.get(person=person).user == bo


def test_who_was_chosen_and_leaves_at_that_moment_is_replaced(aino, bo, monkeypatch):
    person, run = factories.person(), factories.run()
    real = enrolment.take_place

    def meanwhile(*arguments):
        aino.staff_roles.all().delete()
        return real(*arguments)

    monkeypatch.setattr(enrolment, "take_place", meanwhile)
    enrolment.enrol(run, person)
    assert NamedContact.objects.get(person=person).user == bo


def test_an_enrolment_that_is_refused_names_nobody(aino):
    person = factories.person()
    with pytest.raises(EnrolmentClosedError):
        enrolment.enrol(factories.run(enrolment_closes_at=NOW - DAY), person)
    assert not NamedContact.objects.exists()


def test_without_staff_one_enrols_all_the_same():
    person = factories.person()
    assert enrolment.enrol(factories.run(), person)[1]
    assert not NamedContact.objects.exists()


def test_the_runs_lock_is_held_for_four_statements_more(aino):
    """Whom to name is decided before the lock; under it: is there somebody, the naming, the timeline, who it is now."""
    run = factories.run()
    costs = []
    for chosen in (None, aino):
        person = factories.person()
        told = enrolment.notices.facts(run, "fi")
        person = Person.objects.prefetch_related("addresses").get(pk=person.pk)
        with CaptureQueriesContext(connection) as done:
            enrolment.take_place(run, person, told, None, chosen)
        costs.append(sum("SAVEPOINT" not in each["sql"] for each in done))
    assert costs[1] - costs[0] == 4
