"""A merge is undone within thirty days, in any order, also after new data came (C1.4)."""

import pytest

from consent import erasure, ledger, subjects, suppression
from consent.ledger import Proof
from consent.models import Address, Person, SubjectRequest
from crm import merging, named_contacts, undoing
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Merge,
    Organisation,
    OrganisationName,
    Task,
)
from mailing.models import SignUp
from portal import invariants
from tests import factories
from tests.crm.merges import full, may, owned, rows
from tests.factories import DAY, NOW

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
