"""A merge is undone within thirty days, in any order, also after new data came (C1.4)."""

import itertools

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.query import QuerySet

from accounts.audit import Change
from accounts.models import User
from consent import erasure, ledger, people, permission, subjects, suppression
from consent.ledger import Proof
from consent.models import Address, Alias, Person, SubjectRequest
from crm import joining, merging, named_contacts, undoing, unwinding
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    Merge,
    Organisation,
    OrganisationName,
    Task,
)
from mailing.models import SignUp
from portal import invariants
from tests import factories
from tests.crm.test_merging import full
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db
OWN = {
    "crm.Merge",
    "crm.Duplicate",
    "crm.Encounter",
    "consent.Chain",
    "consent.Event",
    "consent.State",
}


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


def as_told(row):
    """A row in words, without the count of its edits."""
    return str({name: value for name, value in row.items() if name != "version"})


def rows():
    """Every row of every table but those the merge itself and the audit write, as they are."""
    return {
        model._meta.label: sorted(map(as_told, QuerySet(model=model).values()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "pghistory"
        and model._meta.label not in OWN
        and not issubclass(model, Change)
    }


def owned(person):
    """The keys of a person's rows, by rule."""
    return {
        rule.name: sorted(joining.keys(rule.rows(person)))
        for rule in joining.rules_of(person)
        if rule.name.partition(".")[2].partition(".")[0]
        not in {"merge", "duplicate", "alias", "encounter"}
    }


def words(person):
    return [entry.kind for entry in person.encounters.order_by("pk")]


def test_all_is_as_it_was(anna, bea, by):
    full(anna, 1, by)
    full(bea, 2, by)
    before = rows()
    done = merging.merge(anna, bea, {"name": "other", "email": "other"}, by=by)
    outcome = undoing.undo(done, by=by)
    assert rows() == before
    assert (outcome.left, outcome.withdrawn) == (0, 0)
    assert outcome.returned == 12
    assert words(anna) == ["crm.call", "crm.merged", "crm.merge_undone"]
    assert words(bea) == ["crm.call", "crm.merge_undone"]
    done.refresh_from_db()
    assert (done.image, done.moved, done.undone_by) == ({}, {}, by)
    assert Duplicate.objects.get().verdict == "distinct"
    assert invariants.broken() == {}


def test_an_account_and_its_address_go_back(anna, by):
    user = factories.user("bea@example.org", name="Bea")
    bea = user.person
    factories.grant(anna)
    factories.grant(bea)
    before = rows()
    undoing.undo(merging.merge(anna, bea, {}, by=by), by=by)
    assert rows() == before


def test_what_came_since_stays_with_the_kept_one(anna, bea, by):
    Task.objects.create(person=bea, what="vanha", due_at=NOW)
    done = merging.merge(anna, bea, {}, by=by)
    Task.objects.create(person=anna, what="uusi", due_at=NOW)
    Address.objects.create(person=anna, email="new@example.org", is_primary=False)
    undoing.undo(done, by=by)
    assert [each.what for each in anna.tasks.all()] == ["uusi"]
    assert [each.what for each in bea.tasks.all()] == ["vanha"]
    assert Address.objects.get(email="new@example.org").person == anna


def test_what_was_edited_since_stays_as_it_is_and_is_counted(anna, bea, by):
    done = merging.merge(anna, bea, {"name": "other"}, by=by)
    Person.objects.filter(pk=anna.pk).update(name="Anna-Bea")
    outcome = undoing.undo(done, by=by)
    assert Person.objects.get(pk=anna.pk).name == "Anna-Bea"
    assert Person.objects.get(pk=bea.pk).name == "Bea"
    assert outcome.left == 1


def test_a_card_that_was_made_goes_unless_it_is_used(anna, bea, by):
    card = ContactPerson.objects.create(person=bea, title="johtaja")
    ContactPhone.objects.create(contact=card, number="+358401234567")
    undoing.undo(merging.merge(anna, bea, {}, by=by), by=by)
    assert list(ContactPerson.objects.values_list("person", flat=True)) == [bea.pk]
    done = merging.merge(anna, bea, {}, by=by)
    ContactPhone.objects.create(contact=anna.contact_card, number="+358407654321")
    undoing.undo(done, by=by)
    assert sorted(ContactPerson.objects.values_list("person", flat=True)) == [anna.pk, bea.pk]
    assert ContactPhone.objects.get(contact=anna.pk).number == "+358407654321"


def test_organisations_part_again(anna, by):
    kept, other = factories.organisation("Konepaja Oy", anna), factories.organisation("Verkstad Ab")
    Organisation.objects.filter(pk=other.pk).update(business_id="2077474-0")
    other.refresh_from_db()
    child = Organisation.objects.create(name="Tytär Oy", parent=other)
    done = merging.merge(kept, other, {"name": "other"}, by=by)
    undoing.undo(done, by=by)
    for each in (kept, other, child):
        each.refresh_from_db()
    assert (kept.name, kept.business_id) == ("Konepaja Oy", "")
    assert (other.name, other.business_id, child.parent) == ("Verkstad Ab", "2077474-0", other)
    assert not OrganisationName.objects.exists()
    assert Organisation.objects.count() == 3


# --- what is permitted ----------------------------------------------------------------------------


def may(person):
    return permission.may_contact(person, "newsletter").rule


def test_a_refusal_since_holds_for_both(anna, bea, by):
    factories.grant(anna)
    factories.grant(bea)
    done = merging.merge(anna, bea, {}, by=by)
    ledger.withdraw(anna, "newsletter", method="form")
    undoing.undo(done, by=by)
    assert (may(anna), may(bea)) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize(
    ("address", "answers"),
    [
        ("bea@example.org", ("withdrawn", "consent")),
        ("anna@example.org", ("consent", "withdrawn")),
        ("", ("consent", "withdrawn")),
    ],
)
def test_a_permission_since_holds_for_who_gave_it(anna, bea, by, address, answers):
    done = merging.merge(anna, bea, {}, by=by)
    factories.grant(anna, evidence=Proof(address=address) if address else None)
    outcome = undoing.undo(done, by=by)
    assert (may(anna), may(bea)) == answers
    assert outcome.withdrawn == 1


def test_a_permission_of_old_is_not_taken_back(anna, bea, by):
    factories.grant(bea)
    done = merging.merge(anna, bea, {}, by=by)
    factories.grant(anna)
    undoing.undo(done, by=by)
    assert (may(anna), may(bea)) == ("consent", "consent")


def test_a_restriction_that_ended_meanwhile_holds_again_for_the_other(anna, bea, by):
    ledger.restrict(bea, method="form")
    done = merging.merge(anna, bea, {}, by=by)
    ledger.release(anna, method="form", evidence=Proof(address="anna@example.org"))
    undoing.undo(done, by=by)
    assert (may(anna), may(bea)) == ("no_ground", "restricted")


def reasons():
    return [suppression.reason_for(each) for each in ("anna@example.org", "bea@example.org")]


def test_an_address_left_out_of_imports_for_the_others_sake_may_come_again(anna, bea, by):
    ledger.object_to_marketing(bea, method="form")
    done = merging.merge(anna, bea, {}, by=by)
    assert reasons() == ["objected", "objected"]
    undoing.undo(done, by=by)
    assert reasons() == [None, "objected"]


def test_one_who_objected_meanwhile_stays_left_out(anna, bea, by):
    ledger.object_to_marketing(bea, method="form")
    done = merging.merge(anna, bea, {}, by=by)
    factories.grant(anna)
    ledger.object_to_marketing(anna, method="form")
    undoing.undo(done, by=by)
    assert reasons() == ["objected", "objected"]


# --- in any order -----------------------------------------------------------------------------------


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


# --- what is refused --------------------------------------------------------------------------------


def refused(error, merge, by):
    before = rows()
    with pytest.raises(error):
        undoing.undo(merge, by=by)
    assert rows() == before


def test_it_is_undone_once(anna, bea, by):
    done = merging.merge(anna, bea, {}, by=by)
    undoing.undo(done, by=by)
    refused(undoing.NotUndoableError, done, by)


def test_after_thirty_days_it_stands(anna, bea, by, set_clock):
    done = merging.merge(anna, bea, {}, by=by)
    set_clock(NOW + 30 * DAY)
    refused(undoing.NotUndoableError, done, by)


def test_control_on_the_thirtieth_day_it_can_be_undone(anna, bea, by, set_clock):
    done = merging.merge(anna, bea, {}, by=by)
    set_clock(NOW + 30 * DAY - DAY / 24)
    undoing.undo(done, by=by)
    assert Person.objects.filter(pk=bea.pk).exists()


def test_the_merge_of_somebody_erased_is_not_undone(anna, bea, by):
    done = merging.merge(anna, bea, {}, by=by)
    erasure.erase("anna@example.org")
    refused(undoing.NotUndoableError, done, by)


def test_not_while_they_are_being_erased(anna, bea, by):
    done = merging.merge(anna, bea, {}, by=by)
    erasure.receive(subjects.known_by("bea@example.org"), SubjectRequest.Right.ERASURE)
    refused(merging.ErasureUnderWayError, done, by)


# --- forgetting -------------------------------------------------------------------------------------


def test_how_it_was_is_forgotten_after_thirty_days(anna, bea, by, set_clock):
    full(anna, 1, by)
    full(bea, 2, by)
    SignUp.objects.all().delete()
    done = merging.merge(anna, bea, {}, by=by)
    late = Task.objects.create(person=bea, what="samalla hetkellä", due_at=NOW)
    set_clock(NOW + 29 * DAY)
    assert undoing.forget() == 0
    set_clock(NOW + 30 * DAY)
    assert (undoing.forget(), undoing.forget()) == (1, 0)
    done.refresh_from_db()
    assert (done.image, done.moved) == ({}, {})
    late.refresh_from_db()
    assert late.person == anna
    left = {name: keys for name, keys in owned(bea).items() if keys}
    assert left == {}
    assert merging.survivor_of("person", bea.pk) == anna  # the link of old still leads somewhere
    assert Affiliation.objects.filter(person=anna).count() == 2
    assert Merge.objects.count() == 1
    named_contacts.settle_missing()
    assert invariants.broken() == {}
