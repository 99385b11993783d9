"""A whole import is taken back while untouched; whatever somebody has changed since stays, and is named (C1.2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from consent import ledger
from consent.models import Address, Chain, ChainOwner, Event, Person
from crm import jobs, looks, notices, pairs, timeline
from crm.importing import report, rows, slices, steps, touched
from crm.importing.steps import Ground
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    Look,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)
from mailing.models import Delivery
from tests import factories
from tests.crm.importing import brought, run, undone
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

HEAD = "Yritys;Aputoiminimi;Verkkotunnus;Katuosoite;Nimi;Sähköposti;Puhelin;Titteli;Emoyhtiö\n"
ANNA = "Konepaja Oy;Paja;konepaja.fi;Katu 1;Anna Virtanen;anna@konepaja.fi;040 123 4567;rehtori;\n"
BO = "Konepaja Oy;;;;Bo Ek;bo@konepaja.fi;;;\n"
MADE = (
    Organisation,
    OrganisationName,
    OrganisationDomain,
    OrganisationAddress,
    Person,
    Address,
    ContactPerson,
    ContactPhone,
    Affiliation,
)


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def left():
    """How many rows there are of each kind that imports make."""
    return {model.__name__: count for model in MADE if (count := model.objects.count())}


def stays(imported):
    """What is said of the rows that stay: number, and (code, what)."""
    found = imported.rows.filter(state="stays").order_by("no")
    return [
        (
            row.no,
            sorted(
                {(each["code"], each["values"]["what"]) for each in row.problems if each["values"]}
            ),
        )
        for row in found
    ]


@pytest.mark.parametrize("size", [1, 500])
def test_everything_that_came_in_goes(tmp_path, monkeypatch, size):
    monkeypatch.setattr(rows, "SLICE", size)
    imported = brought(tmp_path, HEAD + ANNA + BO + "Tytär Oy;;;;;;;;Konepaja Oy\n")
    assert left()["Organisation"] == 2
    assert undone(imported).state == "undone"
    assert left() == {}
    assert set(imported.rows.values_list("state", flat=True)) == {"undone"}
    assert report.counts(imported).undone == 3


def test_known_customers_get_their_blanks_back(tmp_path):
    anna = factories.person("anna@konepaja.fi", name="")
    ContactPerson.objects.create(person=anna)
    where = factories.organisation("Konepaja Oy", anna)
    imported = brought(tmp_path, HEAD + ANNA)
    anna.refresh_from_db()
    assert anna.name == "Anna Virtanen"
    undone(imported)
    anna.refresh_from_db()
    assert (anna.name, anna.contact_card.title, anna.contact_card.phones.count()) == ("", "", 0)
    assert (where.names.count(), where.domains.count(), where.addresses.count()) == (0, 0, 0)
    assert left() == {
        "Organisation": 1,
        "Person": 1,
        "Address": 1,
        "ContactPerson": 1,
        "Affiliation": 1,
    }


def test_a_blank_that_was_filled_and_then_changed_stays(tmp_path):
    anna = factories.person("anna@konepaja.fi", name="")
    imported = brought(tmp_path, HEAD + ANNA)
    Person.objects.filter(pk=anna.pk).update(name="Anna Mäkelä")
    undone(imported)
    anna.refresh_from_db()
    assert anna.name == "Anna Mäkelä"
    assert stays(imported) == [(2, [("changed", "person")])]


def test_a_blank_is_restored_before_what_another_row_made_is_compared(tmp_path):
    imported = brought(tmp_path, "Yritys;Toimiala\nKonepaja Oy;\nKonepaja Oy;25620\n")
    assert Organisation.objects.get().industry == "25620"
    undone(imported)
    assert left() == {}


def call(person):
    timeline.record("crm.task_done", person=person, what="Soitto")


def enrol(person):
    factories.enrolment(factories.run(), person)


def add_phone(person):
    ContactPhone.objects.create(contact=person.contact_card, number="+358407654321")


def rename(person):
    Person.objects.filter(pk=person.pk).update(name="Anna Mäkelä")


def change_card(person):
    ContactPerson.objects.update(title="johtaja")


def sign_up(person):
    person.user = User.objects.create_user(person.email)
    person.save()


def add_address(person):
    Address.objects.create(person=person, email="anna@muu.fi", is_primary=False)


def permit(person):
    factories.grant(person)


def end_affiliation(person):
    Affiliation.objects.update(until=NOW + DAY)


TOUCHED = [
    (call, ("in_use", "person")),
    (enrol, ("in_use", "person")),
    (add_phone, ("in_use", "card")),
    (rename, ("changed", "person")),
    (change_card, ("changed", "card")),
    (sign_up, ("changed", "person")),
    (add_address, ("in_use", "person")),
    (permit, ("in_use", "person")),
    (end_affiliation, ("changed", "affiliation")),
]


@pytest.mark.parametrize(("touch", "said"), TOUCHED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_person_whom_somebody_has_touched_stays_whole_with_their_organisation(
    tmp_path, touch, said
):
    imported = brought(tmp_path, HEAD + ANNA)
    touch(Person.objects.get())
    before = left()
    undone(imported)
    assert left() == before
    ((number, told),) = stays(imported)
    assert (number, said in told) == (2, True)


def test_an_organisation_that_is_in_use_stays_and_its_untouched_people_go(tmp_path):
    imported = brought(tmp_path, HEAD + ANNA)
    timeline.record("crm.task_done", organisation=Organisation.objects.get(), what="Käynti")
    undone(imported)
    assert left() == {
        "Organisation": 1,
        "OrganisationName": 1,
        "OrganisationDomain": 1,
        "OrganisationAddress": 1,
    }
    assert stays(imported) == [(2, [("in_use", "organisation")])]


def test_an_organisation_stays_with_a_person_of_another_row(tmp_path):
    imported = brought(tmp_path, HEAD + ANNA + BO)
    call(Person.objects.get(name="Bo Ek"))
    undone(imported)
    assert list(Person.objects.values_list("name", flat=True)) == ["Bo Ek"]
    assert Affiliation.objects.get().organisation.name == "Konepaja Oy"
    assert [number for number, _said in stays(imported)] == [2, 3]


def test_another_import_that_knows_them_keeps_them(tmp_path):
    first = brought(tmp_path, HEAD + ANNA)
    brought(tmp_path, HEAD + ANNA)
    before = left()
    undone(first)
    assert left() == before


def test_a_named_contact_by_the_rules_keeps_nobody(tmp_path):
    imported = brought(tmp_path, HEAD + ANNA)
    seller = factories.user("myyja@example.org")
    customers = (
        {"person": Person.objects.get(name="Anna Virtanen")},
        {"organisation": Organisation.objects.get()},
    )
    for customer in customers:
        NamedContact.objects.create(**customer, user=seller, chosen="rule")
    undone(imported)
    assert not NamedContact.objects.exists()
    assert not Organisation.objects.exists()


def test_what_the_portal_itself_does_meanwhile_keeps_nobody(tmp_path):
    """The job names who answers and writes it on the timeline, a search at night finds somebody alike, staff look."""
    seller, known = factories.staff(None, "sales"), factories.person(name="Anna Virtanen")
    imported = brought(tmp_path, HEAD + ANNA)
    assert jobs.name_contacts() == 2
    anna = Person.objects.get(addresses__email="anna@konepaja.fi")
    Duplicate.objects.create(left_person=known, right_person=anna, score=80, reasons=["name_same"])
    looks.look(anna, seller)
    undone(imported)
    assert stays(imported) == []
    assert set(Person.objects.all()) == {known, seller.person}
    assert left() == {"Person": 2, "Address": 2}
    for model in (NamedContact, Encounter, Duplicate, Look):
        assert not model.objects.exists()


def test_what_staff_decided_of_a_pair_keeps_them(tmp_path):
    seller, known = factories.staff(None, "sales"), factories.person(name="Anna Virtanen")
    imported = brought(tmp_path, HEAD + ANNA)
    anna = Person.objects.get(addresses__email="anna@konepaja.fi")
    pair = Duplicate.objects.create(left_person=known, right_person=anna, score=80, reasons=[])
    pairs.set_apart(pair, by=seller)
    undone(imported)
    assert Person.objects.filter(pk=anna.pk).exists()
    assert Duplicate.objects.get().verdict == "distinct"


def test_a_named_contact_by_hand_keeps_them(tmp_path):
    imported = brought(tmp_path, HEAD + ANNA)
    where = Organisation.objects.get()
    NamedContact.objects.create(organisation=where, user=factories.user(), chosen="hand")
    undone(imported)
    assert Organisation.objects.get() == where


def test_who_has_been_told_stays(tmp_path, set_clock):
    imported = brought(tmp_path, HEAD + ANNA)
    set_clock(NOW + DAY)
    assert notices.inform(now=timezone.now()) == 1
    undone(imported)
    assert Person.objects.get().name == "Anna Virtanen"
    assert Delivery.objects.count() == 1


def test_a_ground_that_the_import_gave_keeps_nobody_and_its_events_stay_nobodys(tmp_path):
    ground = Ground("interest", "Messut", topic=factories.topic("digi"))
    imported = brought(tmp_path, HEAD + ANNA, ground)
    undone(imported)
    assert left() == {}
    assert (Event.objects.count(), Chain.objects.count(), ChainOwner.objects.count()) == (1, 1, 0)


def test_a_refusal_since_keeps_them(tmp_path):
    ground = Ground("interest", "Messut", topic=factories.topic("digi"))
    imported = brought(tmp_path, HEAD + ANNA, ground)
    ledger.withdraw(Person.objects.get(), "newsletter", method="one_click")
    undone(imported)
    assert Person.objects.get().name == "Anna Virtanen"


def test_a_parent_that_staff_have_changed_stays_with_what_it_is_the_parent_of(tmp_path):
    imported = brought(tmp_path, "Yritys;Emoyhtiö\nTytär Oy;Emo Oy\nEmo Oy;\n")
    other = factories.organisation("Toinen Oy")
    Organisation.objects.filter(name="Tytär Oy").update(parent=other)
    undone(imported)
    assert sorted(Organisation.objects.values_list("name", "parent__name")) == [
        ("Toinen Oy", None),
        ("Tytär Oy", "Toinen Oy"),
    ]
    assert stays(imported) == [(2, [("changed", "organisation"), ("changed", "parent")])]


def test_queries_of_taking_back_do_not_grow_with_the_rows(tmp_path):
    asked = []
    for length in (20, 80):
        lines = "".join(
            f"Yritys {no // 5} Oy;;y{no}.fi;Katu 1;Etu {no};e{no}@y{no}.fi;040 12345{no:02};;\n"
            for no in range(length)
        )
        imported = brought(tmp_path, HEAD + lines)
        steps.undo(imported)
        with CaptureQueriesContext(connection) as queries:
            slices.work(imported, now=timezone.now())
        asked.append(len(queries))
        assert set(imported.rows.values_list("state", flat=True)) == {"undone"}
        run(imported)
    assert asked[0] == asked[1]


def test_a_control_that_looks_for_no_references_loses_what_staff_wrote(tmp_path, monkeypatch):
    imported = brought(tmp_path, HEAD + ANNA)
    call(Person.objects.get())
    monkeypatch.setattr(touched, "referred", lambda *_arguments: set())
    undone(imported)
    assert left() == {}
