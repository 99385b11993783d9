"""Merges are undone in any order: what is left is what there would be had only the others been done (C1.4)."""

import itertools

import pytest
from django.db import connection

from accounts.models import User
from consent import ledger, people
from consent.ledger import Proof
from consent.models import Alias, Person
from crm import merging, undoing, unwinding
from crm.models import (
    ContactPerson,
    Encounter,
    Organisation,
    OrganisationName,
)
from portal import invariants
from tests import factories
from tests.crm.merges import full, may, owned, rows
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def by():
    return factories.staff(None, "manager", "manager@example.org")


@pytest.fixture
def anna():
    return factories.person("anna@example.org", name="Anna")


@pytest.fixture
def bea():
    return factories.person("bea@example.org", name="Bea")


@pytest.fixture
def cia():
    return factories.person("cia@example.org", name="Cia")


def chain_of_merges(anna, bea, cia, by):
    """Anna into Bea, then Bea into Cia."""
    for number, each in enumerate((anna, bea, cia), start=1):
        full(each, number, by)
    before = {each.pk: owned(each) for each in (anna, bea, cia)}
    return before, merging.merge(bea, anna, {}, by=by), merging.merge(cia, bea, {}, by=by)


def test_a_former_entry_of_a_former_entry_leads_to_who_is_left(anna, bea, cia, by):
    _before, first, _second = chain_of_merges(anna, bea, cia, by)
    assert merging.survivor_of("person", anna.pk) == cia
    assert merging.survivor_of("person", bea.pk) == cia
    first.refresh_from_db()
    assert first.person == cia


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_merges_are_undone_in_either_order(anna, bea, cia, by, order):
    before, *merges = chain_of_merges(anna, bea, cia, by)
    for number in order:
        undoing.undo(merges[number], by=by)
        assert invariants.broken() == {}
    assert {each.pk: owned(each) for each in (anna, bea, cia)} == before
    assert not Alias.objects.exists()
    assert [Person.objects.get(pk=each.pk).name for each in (anna, bea, cia)] == [
        "Anna",
        "Bea",
        "Cia",
    ]
    assert sorted(Encounter.objects.filter(kind="crm.call").values_list("person", flat=True)) == [
        anna.pk,
        bea.pk,
        cia.pk,
    ]


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_three_merges_are_undone_in_any_order(anna, bea, cia, by, order):
    dora = factories.person("dora@example.org", name="Dora")
    every = (anna, bea, cia, dora)
    for number, each in enumerate(every, start=1):
        full(each, number, by)
    before, other = rows(), {"name": "other", "email": "other", "title": "other"}
    merges = [
        merging.merge(bea, anna, other, by=by),
        merging.merge(cia, bea, other, by=by),
        merging.merge(dora, cia, other, by=by),
    ]
    for number in order:
        undoing.undo(merges[number], by=by)
        assert invariants.broken() == {}
    assert rows() == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("into_one", [False, True])
def test_each_signs_in_as_themself_whatever_is_undone_first(by, bea, cia, order, into_one):
    user = factories.user("anna@example.org", name="Anna")
    anna = user.person
    for each in (anna, bea, cia):
        factories.grant(each)
    place = factories.enrolment(factories.run(), bea)
    before = rows()
    merges = [
        merging.merge(cia if into_one else bea, anna, {}, by=by),
        merging.merge(cia, bea, {}, by=by),
    ]
    for number in order:
        undoing.undo(merges[number], by=by)
    signed_in = people.person_of(User.objects.get(pk=user.pk))
    assert signed_in == anna
    assert rows() == before
    assert Person.objects.get(pk=bea.pk).email == "bea@example.org"
    place.refresh_from_db()
    assert place.person == bea


def test_control_with_the_later_merge_left_as_it_is_one_gets_anothers_account(
    by, bea, cia, monkeypatch
):
    user = factories.user("anna@example.org", name="Anna")
    merges = [merging.merge(bea, user.person, {}, by=by), merging.merge(cia, bea, {}, by=by)]
    monkeypatch.setattr(unwinding, "unwind", lambda _merge: [])
    for merge in merges:
        undoing.undo(merge, by=by)
    assert Person.objects.get(user=user) == bea


def test_a_name_corrected_while_they_were_one_stays_with_the_kept_one(by, bea):
    user = factories.user("anna@example.org", name="Anna")
    done = merging.merge(bea, user.person, {}, by=by)
    people.correct(Person.objects.get(pk=bea.pk), name="Bea Aalto", language="sv")
    assert undoing.undo(done, by=by).left == 0
    user.refresh_from_db()
    assert (user.name, user.language, user.person.name) == ("Anna", "fi", "Anna")
    assert Person.objects.get(pk=bea.pk).name == "Bea Aalto"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("into_one", [False, True])
def test_each_organisation_has_its_own_business_id_again(by, order, into_one):
    a, b, c = (factories.organisation(f"Firma {letter} Oy") for letter in "ABC")
    Organisation.objects.filter(pk=a.pk).update(business_id="2077474-0", parent=None)
    Organisation.objects.filter(pk=b.pk).update(parent=factories.organisation("Konserni Oy"))
    before = rows()
    a, b, c = Organisation.objects.filter(pk__in=[a.pk, b.pk, c.pk]).order_by("pk")
    first = merging.merge(c if into_one else b, a, {"name": "other"}, by=by)
    kept, other = Organisation.objects.get(pk=c.pk), Organisation.objects.get(pk=b.pk)
    merges = [first, merging.merge(kept, other, {"name": "other"}, by=by)]
    kept.refresh_from_db()
    assert (kept.business_id, kept.parent.name) == ("2077474-0", "Konserni Oy")
    for number in order:
        undoing.undo(merges[number], by=by)
    assert rows() == before


def test_what_the_undone_one_had_given_is_the_others_no_more(anna, bea, cia, by):
    """Of three the last takes the second's value once the first, whose value it had, is gone."""
    Person.objects.filter(pk=cia.pk).update(name="")
    cia.refresh_from_db()
    first = merging.merge(cia, anna, {}, by=by)
    merging.merge(Person.objects.get(pk=cia.pk), bea, {}, by=by)
    assert Person.objects.get(pk=cia.pk).name == "Anna"
    undoing.undo(first, by=by)
    assert Person.objects.get(pk=cia.pk).name == "Bea"


def test_an_edit_stays_when_an_earlier_merge_is_undone(anna, bea, cia, by):
    for number, each in enumerate((anna, bea, cia), start=1):
        full(each, number, by)
    first = merging.merge(bea, anna, {"title": "other"}, by=by)
    second = merging.merge(cia, bea, {"name": "other", "title": "other"}, by=by)
    Person.objects.filter(pk=cia.pk).update(name="Cia-Bea")
    assert undoing.undo(first, by=by).left == 0
    cia.refresh_from_db()
    assert (cia.name, cia.contact_card.title) == ("Cia-Bea", "johtaja 2")
    assert undoing.undo(second, by=by).left == 1
    cia.refresh_from_db()
    assert (cia.name, ContactPerson.objects.get(person=cia).title) == ("Cia-Bea", "johtaja 3")
    assert Person.objects.get(pk=bea.pk).name == "Bea"


def test_a_name_that_went_and_was_edited_is_still_found(by):
    a, b, c = (factories.organisation(f"Firma {letter} Oy") for letter in "ABC")
    first = merging.merge(b, a, {}, by=by)
    merging.merge(c, b, {"name": "other"}, by=by)
    Organisation.objects.filter(pk=c.pk).update(name="Uusi Oy")
    undoing.undo(first, by=by)
    assert sorted(
        OrganisationName.objects.filter(organisation=c).values_list("name", flat=True)
    ) == [
        "Firma B Oy",
        "Firma C Oy",
    ]


def test_an_account_that_is_gone_does_not_come_back(bea, cia, by):
    user = factories.user("anna@example.org", name="Anna")
    done = merging.merge(bea, user.person, {}, by=by)
    Person.objects.filter(user=user).update(user=None)
    user.delete()
    undoing.undo(done, by=by)
    assert not Person._base_manager.filter(user__isnull=False).exclude(user=by).exists()
    connection.check_constraints()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("said_after", [0, 1])
def test_a_refusal_between_merges_is_lost_in_no_order(anna, bea, cia, by, order, said_after):
    for each in (anna, bea, cia):
        factories.grant(each)
    merges = [merging.merge(bea, anna, {}, by=by)]
    if said_after == 0:
        ledger.withdraw(bea, "newsletter", method="form")
    merges.append(merging.merge(cia, bea, {}, by=by))
    if said_after == 1:
        ledger.withdraw(cia, "newsletter", method="form")
    refused = (anna, bea, cia) if said_after == 1 else (anna, bea)
    for number in order:
        undoing.undo(merges[number], by=by)
        now = [Person._base_manager.get(pk=each.pk).standing for each in refused]
        assert {may(each) for each in now} == {"withdrawn"}
    expected = ["withdrawn", "withdrawn", "withdrawn" if said_after == 1 else "consent"]
    assert [may(each) for each in (anna, bea, cia)] == expected


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("who", [0, 1, 2])
def test_a_permission_since_is_only_theirs_in_any_order(anna, bea, cia, by, order, who):
    everybody = (anna, bea, cia)
    email = everybody[who].email
    merges = [merging.merge(bea, anna, {}, by=by), merging.merge(cia, bea, {}, by=by)]
    factories.grant(cia, evidence=Proof(address=email))
    for number in order:
        undoing.undo(merges[number], by=by)
    assert [may(each) for each in everybody] == [
        "consent" if number == who else "withdrawn" for number in range(3)
    ]


def test_the_first_undone_the_second_stands(anna, bea, cia, by):
    _before, first, _second = chain_of_merges(anna, bea, cia, by)
    undoing.undo(first, by=by)
    assert merging.survivor_of("person", anna.pk) is None
    assert merging.survivor_of("person", bea.pk) == cia
    assert [each.email for each in anna.addresses.all()] == ["anna@example.org"]
    assert sorted(each.email for each in cia.addresses.all()) == [
        "bea@example.org",
        "cia@example.org",
    ]


def test_merged_again_after_an_undoing(anna, bea, by):
    undoing.undo(merging.merge(anna, bea, {}, by=by), by=by)
    again = merging.merge(bea, anna, {}, by=by)
    assert merging.survivor_of("person", anna.pk) == bea
    undoing.undo(again, by=by)
    assert Person.objects.exclude(user=by).count() == 2
