"""Two entries become one: every row goes over, no refusal is lost, and nobody sees the other any more (C1.4)."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models.query import QuerySet
from django.utils import translation

from accounts.audit import Change
from consent import erasure, ledger, permission, subjects, suppression
from consent.models import (
    Address,
    Alias,
    ChainOwner,
    Person,
    Preference,
    SubjectRequest,
    Suppression,
)
from courses.models import Enrolment
from crm import (
    joining,
    merging,
    pairs,
    rules,
    timeline,
    undoing,
)
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Merge,
    NamedContact,
    Organisation,
)
from mailing import outbox
from mailing.models import Delivery
from portal import invariants
from tests import factories
from tests.crm.merges import full
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def by():
    return factories.staff(None, "manager", "manager@example.org")


@pytest.fixture
def liisa():
    return factories.person("liisa.virtanen@konepaja.example", name="Liisa Virtanen")


@pytest.fixture
def lisa():
    return factories.person("lisa@example.org", name="Lisa Wirtanen")


def everywhere():
    """How many rows each table has; the audit's tables grow with every change."""
    return {
        model._meta.label: QuerySet(model=model).count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "pghistory" and not issubclass(model, Change)
    }


def pointing(model, of):
    """Every foreign key to the model, with a constraint in the database (an audit's copies have none)."""
    return {
        f"{each._meta.label_lower}.{column.name}"
        for each in of
        for column in each._meta.get_fields()
        if column.is_relation
        and column.concrete
        and column.related_model is model
        and getattr(column, "db_constraint", True)
    }


# --- the list of rules ------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Person, Organisation, ContactPerson])
def test_every_reference_to_a_customer_has_a_rule(model):
    """A new foreign key needs a rule in its app's plugs.py: what becomes of its rows when two entries are one?"""
    every = apps.get_models(include_auto_created=True)
    assert pointing(model, every) - {rule.name for rule in joining.rules} == set()


def test_control_a_reference_without_a_rule_is_found():
    class Visit(models.Model):  # noqa: DJ008  made for this test
        person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "crm"
            managed = False

    found = pointing(Person, [*apps.get_models(), Visit])
    del apps.all_models["crm"]["visit"]
    apps.clear_cache()
    assert found - {rule.name for rule in joining.rules} == {"crm.visit.person"}


def test_no_rule_speaks_of_what_is_not_there():
    for rule in joining.rules:
        assert rule.of in {Person, Organisation, ContactPerson}, rule.name


# --- what goes over -----------------------------------------------------------------------------


def test_every_row_goes_over_and_none_is_lost(liisa, lisa, by):
    full(liisa, 1, by)
    full(lisa, 2, by)
    before = everywhere()
    merging.merge(liisa, lisa, {}, by=by)
    after = everywhere()
    new = {"consent.Alias": 1, "crm.Merge": 1, "crm.Duplicate": 1, "crm.Encounter": 1}
    assert {
        name: after[name] - count for name, count in before.items() if after[name] != count
    } == new
    counts = {
        rule.name: (rule.rows(liisa).count(), rule.rows(lisa).count())
        for rule in joining.rules_of(liisa)
    }
    assert counts == {
        "crm.importrow.person": (0, 0),
        "crm.look.person": (0, 0),
        "consent.address.person": (2, 0),
        "consent.preference.person": (1, 1),  # one wish on the newsletter: the stricter of both
        "consent.chainowner.person": (2, 0),
        "consent.alias.kept": (1, 0),
        "consent.alias.person": (0, 1),
        "mailing.delivery.person": (2, 0),
        "mailing.signup.person": (2, 0),
        "mailing.inboundmail.person": (2, 0),
        "crm.contactperson.person": (1, 1),
        "crm.contactphone.contact": (2, 0),
        "crm.affiliation.person": (2, 0),
        "crm.situation.person": (2, 0),
        "crm.encounter.person": (3, 0),  # the merge itself is on the timeline
        "crm.task.person": (2, 0),
        "crm.namedcontact.person": (2, 0),
        "crm.duplicate.left_person": (1, 0),
        "crm.duplicate.right_person": (0, 1),
        "crm.merge.person": (1, 0),
        "courses.enrolment.person": (2, 0),
    }
    assert invariants.broken() == {}


def test_the_other_is_seen_nowhere_and_leads_to_the_kept_one(liisa, lisa, by):
    merging.merge(liisa, lisa, {}, by=by)
    assert list(Person.objects.exclude(user=by)) == [liisa]
    assert merging.survivor_of("person", lisa.pk) == liisa
    assert merging.survivor_of("person", liisa.pk) is None
    assert Person.objects.known_by("lisa@example.org").get() == liisa
    assert Person._base_manager.get(pk=lisa.pk).name == ""


def test_fields_are_chosen_one_by_one(liisa, lisa, by):
    Person.objects.filter(pk=lisa.pk).update(language="sv")
    ContactPerson.objects.create(person=liisa, title="johtaja")
    ContactPerson.objects.create(person=lisa, title="toimitusjohtaja", languages=["sv"])
    merging.merge(liisa, lisa, {"name": "other", "email": "other", "title": "kept"}, by=by)
    kept = Person.objects.get(pk=liisa.pk)
    assert (kept.name, kept.language, kept.email) == ("Lisa Wirtanen", "fi", "lisa@example.org")
    assert kept.contact_card.title == "johtaja"
    assert kept.contact_card.languages == ["sv"]  # the kept one had none


def test_of_two_primary_ones_one_stays_so(liisa, lisa, by):
    full(liisa, 1, by)
    full(lisa, 2, by)
    Affiliation.objects.update(is_primary=True)
    merging.merge(liisa, lisa, {}, by=by)
    for rows in (Address.objects.filter(person=liisa), liisa.affiliations.all()):
        assert rows.filter(is_primary=True).count() == 1
    assert ContactPhone.objects.get(is_primary=True).number == "+358401234561"
    assert NamedContact.objects.filter(until=None).count() == 1


def test_two_roles_at_one_organisation_become_the_wider_one(liisa, lisa, by):
    factories.organisation("Konepaja Oy", liisa, lisa)
    lisa.affiliations.update(rights="admin", title="omistaja")
    merging.merge(liisa, lisa, {}, by=by)
    now = liisa.affiliations.get(until=None)
    assert (now.rights, now.title) == ("admin", "omistaja")
    assert liisa.affiliations.get(until=NOW).title == "omistaja"


def test_the_longer_pause_and_the_rarer_pace_win(liisa, lisa, by):
    Preference.objects.create(person=liisa, purpose="newsletter", frequency="weekly")
    Preference.objects.create(
        person=lisa, purpose="newsletter", frequency="monthly", paused_until=date(2027, 1, 1)
    )
    merging.merge(liisa, lisa, {}, by=by)
    wish = liisa.preferences.get()
    assert (wish.frequency, wish.paused_until) == ("monthly", date(2027, 1, 1))


# --- what was refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("refuses", ["liisa", "lisa"])
def test_the_refusal_of_either_stands(refuses, liisa, lisa, by):
    factories.grant(liisa)
    factories.grant(lisa)
    who = {"liisa": liisa, "lisa": lisa}[refuses]
    ledger.object_to_marketing(Person.objects.get(pk=who.pk), method="form")
    merging.merge(liisa, lisa, {}, by=by)
    assert permission.may_contact(liisa, "newsletter").rule == "objected"
    assert {
        suppression.reason_for(email)
        for email in ("liisa.virtanen@konepaja.example", "lisa@example.org")
    } == {"objected"}
    assert invariants.broken() == {}


def test_what_is_said_to_a_letter_of_the_other_is_said_by_the_kept_one(liisa, lisa, by):
    """A link in a mail that both had got names the former entry."""
    factories.grant(liisa)
    factories.grant(lisa)
    merging.merge(liisa, lisa, {}, by=by)
    ledger.withdraw(Person._base_manager.get(pk=lisa.pk), "newsletter", method="one_click")
    assert permission.may_contact(liisa, "newsletter").rule == "withdrawn"
    assert ChainOwner.objects.filter(person=lisa).count() == 0


def test_a_letter_that_both_got_is_counted_for_both(liisa, lisa, by):
    message = outbox.queue("mailing/preferences", liisa, {}, language="fi").message
    twin = Delivery.objects.create(message=message, person=lisa)
    merging.merge(liisa, lisa, {}, by=by)
    twin.refresh_from_db()
    assert twin.person_id == lisa.pk
    assert invariants.broken() == {}


# --- what is refused ------------------------------------------------------------------------------


def refused(error, kept, other, by):
    before = everywhere()
    with pytest.raises(error):
        merging.merge(kept, other, {}, by=by)
    assert everywhere() == before
    assert not Alias.objects.exists()


def test_an_entry_is_not_merged_with_itself_or_with_another_kind(liisa, by):
    refused(merging.SameError, liisa, liisa, by)
    refused(merging.SameError, liisa, factories.organisation(), by)


def test_two_who_sign_in_stay_two(by):
    refused(merging.BothSignInError, factories.user().person, factories.user().person, by)


def test_who_is_being_erased_is_not_merged(liisa, lisa, by):
    erasure.receive(subjects.known_by("lisa@example.org"), SubjectRequest.Right.ERASURE)
    refused(merging.ErasureUnderWayError, liisa, lisa, by)
    refused(merging.ErasureUnderWayError, lisa, liisa, by)


def test_a_mail_that_is_leaving_is_waited_for(liisa, lisa, by):
    delivery = outbox.queue("mailing/preferences", lisa, {}, language="fi")
    Delivery.objects.filter(pk=delivery.pk).update(
        state="claimed", lease_token="0" * 32, lease_until=NOW
    )
    refused(rules.BusyError, liisa, lisa, by)


def test_who_is_no_more_is_not_merged_again(liisa, lisa, by):
    merging.merge(liisa, lisa, {}, by=by)
    for kept, other in ((liisa, lisa), (lisa, liisa), (factories.person(), lisa)):
        with pytest.raises(merging.GoneError):
            merging.merge(kept, other, {}, by=by)
    assert Merge.objects.count() == 1


def test_an_open_request_for_access_finds_the_kept_one(liisa, lisa, by):
    request = erasure.receive(subjects.known_by("lisa@example.org"), SubjectRequest.Right.ACCESS)
    merging.merge(liisa, lisa, {}, by=by)
    known = subjects.known_by("lisa@example.org")
    assert known.people == (liisa.pk, lisa.pk)
    mine = SubjectRequest.objects.of([suppression.digest_of(each) for each in known.emails])
    assert list(mine) == [request]


# --- who signs in ---------------------------------------------------------------------------------


def test_the_account_goes_over_with_its_address(liisa, by):
    user = factories.user("lisa@example.org", name="Lisa Wirtanen")
    merging.merge(liisa, user.person, {"email": "kept"}, by=by)
    kept = Person.objects.get(user=user)
    assert (kept, kept.email) == (liisa, "lisa@example.org")
    user.refresh_from_db()
    assert user.name == "Liisa Virtanen"
    assert invariants.broken() == {}


# --- on the same run ------------------------------------------------------------------------------


def test_of_two_places_on_a_run_the_better_stays_and_the_other_goes_to_the_queue(liisa, lisa, by):
    run = factories.run(seats=2)
    mine, theirs = factories.enrolment(run, liisa), factories.enrolment(run, lisa)
    third = factories.enrolment(run, status="waiting")
    assert len(merging.warnings(liisa, lisa)) == 1
    merging.merge(liisa, lisa, {}, by=by)
    for each in (mine, theirs, third):
        each.refresh_from_db()
    assert (mine.status, theirs.status, third.status) == ("confirmed", "cancelled", "offered")
    assert {mine.person, theirs.person} == {liisa}
    assert invariants.broken() == {}


def test_a_confirmed_place_of_the_other_stays_before_one_in_the_queue(liisa, lisa, by):
    run = factories.run(seats=1)
    theirs, mine = factories.enrolment(run, lisa), factories.enrolment(run, liisa, "waiting")
    merging.merge(liisa, lisa, {}, by=by)
    assert Enrolment.objects.live().get(person=liisa) == theirs
    mine.refresh_from_db()
    assert mine.status == "cancelled"


# --- erased afterwards ----------------------------------------------------------------------------


def test_erasing_the_kept_one_erases_the_other_and_the_image(liisa, lisa, by):
    full(liisa, 1, by)
    full(lisa, 2, by)
    merging.merge(liisa, lisa, {"name": "other"}, by=by)
    request = erasure.erase("lisa@example.org")
    assert request.finished_at is not None
    assert not Merge.objects.exists()
    assert not Alias.objects.exists()
    assert not ContactPerson.objects.exists()
    assert not Address.objects.exclude(person__user=by).exists()
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"erased"}
    assert list(Person._base_manager.all()) == [by.person]


def test_an_erasure_that_was_written_down_before_reaches_the_whole(liisa, lisa, by):
    """The window between finding whom it is about and locking them."""
    subject = subjects.known_by("lisa@example.org")
    merging.merge(liisa, lisa, {}, by=by)
    request = erasure.carry_out(erasure.receive(subject, SubjectRequest.Right.ERASURE))
    assert request.finished_at is not None
    assert not Person._base_manager.exclude(user=by).exists()


# --- the pair and the timeline ----------------------------------------------------------------------


def test_not_duplicates_goes_over_with_a_merge(liisa, lisa, by):
    third = factories.person()
    Duplicate.objects.create(left_person=liisa, right_person=third, score=80)
    Duplicate.objects.create(
        left_person=lisa, right_person=third, score=80, verdict="distinct", verdict_at=NOW
    )
    fourth = factories.person()
    Duplicate.objects.create(left_person=lisa, right_person=fourth, score=70)
    merging.merge(fourth, lisa, {}, by=by)
    merging.merge(liisa, fourth, {}, by=by)
    pair = Duplicate.objects.get(left_person=liisa, right_person=third)
    assert pair.verdict == "distinct"
    assert list(Duplicate.objects.open()) == []


def test_the_timeline_says_that_it_was_merged(liisa, lisa, by):
    done = merging.merge(liisa, lisa, {}, by=by)
    entry = liisa.encounters.get()
    assert (entry.kind, entry.by, entry.data) == ("crm.merged", by, {"merge": done.pk})
    assert entry.kind in timeline.kinds


def test_the_preview_counts_by_kind(liisa, lisa, by):
    full(lisa, 2, by)
    with translation.override("en"):
        told = {str(each.title): each.count for each in merging.preview(liisa, lisa)}
    assert told["tasks"] == told["enrolments"] == told["e-mail addresses"] == 1
    assert Merge.objects.count() == 0


def test_what_somebody_decided_on_the_pair_meanwhile_stands(liisa, lisa, by):
    pair = Duplicate.objects.create(left_person=liisa, right_person=lisa, score=80)
    pairs.set_apart(Duplicate.objects.get(pk=pair.pk), by=by)
    before = everywhere()
    with pytest.raises(pairs.DecidedError):
        merging.merge(liisa, lisa, {}, by=by, pair=pair)
    pair.refresh_from_db()
    assert (everywhere(), pair.verdict) == (before, "distinct")


# --- the two customers are locked -------------------------------------------------------------------


class Locks:
    """Tables in the order in which their rows are locked."""

    def __init__(self):
        self.tables = []

    def __call__(self, execute, sql, params, many, context):
        if "FOR UPDATE" in sql or "FOR NO KEY UPDATE" in sql:
            self.tables.append(sql.split('FROM "')[1].split('"')[0])
        return execute(sql, params, many, context)


def test_locks_are_taken_in_the_stated_order(liisa, lisa, by):
    factories.enrolment(factories.run(), lisa)
    pair = Duplicate.objects.create(left_person=liisa, right_person=lisa, score=80)
    locks = Locks()
    with connection.execute_wrapper(locks):
        merging.merge(liisa, lisa, {}, by=by, pair=pair)
    assert list(dict.fromkeys(locks.tables)) == [
        "courses_run",
        "mailing_delivery",
        "consent_person",
        "crm_duplicate",
        "consent_chain",
    ]


def test_undoing_locks_all_who_are_concerned_in_the_stated_order(liisa, lisa, by):
    factories.enrolment(factories.run(), lisa)
    first = merging.merge(liisa, lisa, {}, by=by)
    merging.merge(factories.person(), liisa, {}, by=by)
    locks = Locks()
    with connection.execute_wrapper(locks):
        undoing.undo(first, by=by)
    assert list(dict.fromkeys(locks.tables))[:5] == [
        "courses_run",
        "mailing_delivery",
        "consent_person",
        "consent_chain",
        "crm_merge",
    ]
