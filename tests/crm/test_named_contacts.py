"""Who is named for a customer: by rules, then by load; one at a time, with the history kept (C5.1)."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from accounts.roles import Role, permissions_of
from crm import affiliations, answering, choosing, leaving, named_contacts, organisations
from crm.affiliations import Part
from crm.choosing import NobodyLeftError
from crm.customers import Interest
from crm.models import Absence, Affiliation, ContactRule, Encounter, NamedContact
from crm.named_contacts import UnreachableError
from crm.organisations import Facts
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


def coordinator(name="Aino Mäkelä", at=None, **fields):
    return factories.staff(at, "coordinator", name=name, **fields)


def rule(user, institution=None, topic=None, share=100):
    return ContactRule.objects.create(user=user, institution=institution, topic=topic, share=share)


def pick(institution=None, *topics):
    interest = Interest(institution and institution.pk, frozenset(each.pk for each in topics))
    return choosing.load().pick(interest)


def name(user, customer=None):
    return NamedContact.objects.create(
        person=customer or factories.person(), user=user, chosen="rule"
    )


# --- choosing ---------------------------------------------------------------------------


def test_the_most_telling_rule_comes_first(tamk):
    digi = factories.topic()
    both, here, there, any_one = (coordinator(each) for each in "ABCD")
    for user, institution, topic in (
        (any_one, None, None),
        (there, None, digi),
        (here, tamk, None),
        (both, tamk, digi),
    ):
        rule(user, institution, topic)
    assert pick(tamk, digi) == both.pk
    assert pick(tamk) == here.pk
    assert pick(None, digi) == there.pk
    assert pick() == any_one.pk


def test_among_equals_the_one_with_the_least_customers_for_their_share():
    full, half = coordinator("A"), coordinator("B")
    rule(full), rule(half, share=50)
    for _ in range(3):
        name(full)
    name(half)
    assert pick() == half.pk  # 1 / 50 is less than 3 / 100
    name(half)
    assert pick() == full.pk  # 2 / 50 is more


def test_ties_go_by_key():
    first, second = coordinator("Z"), coordinator("A")
    rule(second), rule(first)
    assert pick() == first.pk


def test_one_load_of_rules_shares_out_many(tamk):
    full, half = coordinator("A"), coordinator("B")
    rule(full), rule(half, share=50)
    choice = choosing.load()
    picks = [choice.pick(Interest()) for _ in range(30)]
    assert (picks.count(full.pk), picks.count(half.pk)) == (20, 10)


@pytest.mark.parametrize("how", ["left", "no role", "auditor", "long away"])
def test_who_cannot_answer_is_passed_over(how):
    gone, here = coordinator("A"), coordinator("B")
    rule(gone)
    if how == "left":
        gone.is_active = False
        gone.save()
    elif how == "no role":
        gone.staff_roles.all().delete()
    elif how == "auditor":
        gone.staff_roles.update(role="auditor")
    else:
        Absence.objects.create(user=gone, deputy=here, since=TODAY, until=TODAY + 31 * DAY)
    assert pick() == here.pk


def test_who_is_away_for_a_month_or_less_still_gets_customers():
    away, here = coordinator("A"), coordinator("B")
    rule(away)
    Absence.objects.create(user=away, deputy=here, since=TODAY, until=TODAY + 30 * DAY)
    assert pick() == away.pk


def test_without_a_rule_it_is_the_institutions_contact_then_a_coordinator_near_then_any_staff(tamk):
    other = factories.institution("tty")
    seller = factories.staff(None, "sales")
    assert pick(tamk) == seller.pk
    elsewhere = coordinator("A", other)
    assert pick(tamk) == elsewhere.pk
    over_all = coordinator("B")
    assert pick(tamk) == over_all.pk
    near = coordinator("C", tamk)
    assert pick(tamk) == near.pk
    tamk.contact = seller
    tamk.save()
    assert pick(tamk) == seller.pk


def test_without_staff_nobody_is_named_and_nothing_fails():
    with pytest.raises(NobodyLeftError):
        pick()
    assert named_contacts.ensure(factories.person()) is None
    assert not NamedContact.objects.exists()


def test_a_persons_institution_and_topics_are_those_of_their_courses(tamk):
    digi = factories.topic("digi")
    mine, other = coordinator("A"), coordinator("B")
    rule(other), rule(mine, tamk, digi)
    course = factories.course(themes=("digi",), institution=tamk)
    person = factories.enrolment(factories.run(course)).person
    assert named_contacts.ensure(person).user == mine


def test_an_organisations_institution_is_the_one_that_brought_it_in(tamk):
    mine, other = coordinator("A"), coordinator("B")
    rule(other), rule(mine, tamk)
    customer = factories.organisation()
    customer.owner = tamk
    customer.save()
    assert named_contacts.ensure(customer).user == mine


# --- naming -----------------------------------------------------------------------------


def test_who_has_somebody_keeps_them():
    aino = coordinator()
    person = factories.person()
    first = named_contacts.ensure(person)
    coordinator("Henrik")
    assert named_contacts.ensure(person) == first
    assert (first.user, first.chosen, first.until) == (aino, "rule", None)


def test_naming_is_on_the_timeline():
    aino = coordinator()
    person = factories.person()
    named_contacts.ensure(person)
    encounter = Encounter.objects.get(person=person)
    assert (encounter.kind, encounter.data) == ("crm.contact_named", {"user": aino.pk})


def test_by_hand_the_one_before_stays_in_the_history():
    aino, by = coordinator("Aino"), coordinator("Matti")
    rule(aino)
    person = factories.person()
    named_contacts.ensure(person)
    henrik = factories.staff(None, "sales", name="Henrik")
    named_contacts.name_by_hand(person, henrik, by=by)
    history = NamedContact.objects.filter(person=person).order_by("pk")
    assert [(each.user, each.chosen, each.until is None, each.by) for each in history] == [
        (aino, "rule", False, None),
        (henrik, "hand", True, by),
    ]


def test_by_hand_the_same_one_becomes_chosen_by_hand():
    aino = coordinator()
    person = factories.person()
    named_contacts.ensure(person)
    named = named_contacts.name_by_hand(person, aino, by=aino)
    assert (named.chosen, NamedContact.objects.count()) == ("hand", 1)


def test_who_cannot_answer_is_not_named_by_hand_and_nothing_changes():
    aino, auditor = coordinator(), factories.staff(None, "auditor")
    person = factories.person()
    before = named_contacts.ensure(person)
    with pytest.raises(UnreachableError):
        named_contacts.name_by_hand(person, auditor, by=aino)
    assert list(NamedContact.objects.current()) == [before]


def test_the_database_refuses_a_second_one_at_a_time():
    aino, person = coordinator(), factories.person()
    name(aino, person)
    with pytest.raises(IntegrityError), transaction.atomic():
        name(aino, person)
    assert NamedContact.objects.count() == 1


def test_the_job_names_whom_the_verbs_did_not_see_and_a_second_run_nobody():
    coordinator()
    enrolled = factories.enrolment(factories.run()).person
    factories.enrolment(factories.run(), status="cancelled")
    employed = factories.person()
    organisation = factories.organisation("Konepaja Oy", employed)
    factories.person()  # nobody’s customer
    assert named_contacts.settle_missing() == 3
    named = NamedContact.objects.values_list("person", "organisation")
    assert set(named) == {(enrolled.pk, None), (employed.pk, None), (None, organisation.pk)}
    assert Encounter.objects.count() == 3
    assert named_contacts.settle_missing() == 0


# --- who answers --------------------------------------------------------------------------


def test_a_person_is_answered_by_their_own_then_by_the_primary_organisations():
    own, main, other = (coordinator(each) for each in "ABC")
    person = factories.person()
    side, primary = (factories.organisation(each, person) for each in ("Sivu Oy", "Pää Oy"))
    Affiliation.objects.filter(organisation=primary).update(is_primary=True)
    NamedContact.objects.create(organisation=side, user=other, chosen="rule")
    assert answering.of(person, on=TODAY) == (other, other)
    NamedContact.objects.create(organisation=primary, user=main, chosen="rule")
    assert answering.of(person, on=TODAY) == (main, main)
    name(own, person)
    assert answering.of(person, on=TODAY) == (own, own)


def test_who_belongs_to_it_no_more_is_not_answered_by_the_organisations():
    person = factories.person()
    organisation = factories.organisation("Konepaja Oy", person)
    NamedContact.objects.create(organisation=organisation, user=coordinator(), chosen="rule")
    Affiliation.objects.update(until=NOW - timedelta(hours=1))
    assert answering.of(person, on=TODAY) is None


def test_who_answers_costs_two_queries(django_assert_num_queries):
    person = factories.person()
    name(coordinator(), person)
    with django_assert_num_queries(2):
        answering.of(person, on=TODAY)


def test_the_card_says_how_to_reach_them():
    translation.activate("fi")
    aino = coordinator(phone="040 123 4501", hours_fi="ma–pe 9–15", title_fi="koordinaattori")
    henrik = coordinator("Henrik Lindroos")
    card = answering.card(aino, asked=henrik, of_whom="TAMK", now=NOW)
    assert (card.name, card.title, card.phone) == (
        "Aino Mäkelä",
        "koordinaattori, TAMK",
        "040 123 4501",
    )
    assert (card.hours, card.instead_of) == ("ma–pe 9–15", "Henrik Lindroos")
    assert card.answers_by.isoformat() == "2026-11-24T16:00:00+02:00"


# --- at once ------------------------------------------------------------------------------


def at_once(*verbs):
    """Run the verbs in threads with connections of their own; what they raised."""
    raised = []

    def run(verb):
        try:
            verb()
        except Exception as error:  # noqa: BLE001  told to the test
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_two_namings_at_once_name_one(set_clock):
    coordinator(), coordinator("Henrik")
    person = factories.person()
    assert at_once(*[lambda: named_contacts.ensure(person)] * 8) == []
    assert NamedContact.objects.filter(person=person).count() == 1
    assert Encounter.objects.filter(kind="crm.contact_named").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_hands_at_once_leave_one_in_force():
    aino, henrik = coordinator(), coordinator("Henrik")
    person = factories.person()
    named_contacts.ensure(person)
    verbs = [
        lambda user=user: named_contacts.name_by_hand(person, user, by=aino)
        for user in (aino, henrik) * 4
    ]
    assert at_once(*verbs) == []
    assert NamedContact.objects.current().filter(person=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_is_named_who_leaves_at_that_moment():
    leaver, stays = coordinator("Lähtevä"), coordinator("Jäävä")
    rule(leaver)
    people = [factories.person() for _ in range(12)]

    def leave():
        with transaction.atomic():
            leaver.staff_roles.all().delete()
            leaving.leave(leaver)

    namings = [lambda each=each: named_contacts.ensure(each) for each in people]
    assert at_once(*namings[:6], leave, *namings[6:]) == []
    current = NamedContact.objects.current().filter(person__in=people)
    assert (current.count(), set(current.values_list("user", flat=True))) == (12, {stays.pk})


# --- the database's rule and the table of roles ------------------------------------------


def test_every_role_but_the_auditors_answers():
    """`crm_is_reachable` names the one role that only reads; a new one of its kind must be named there too."""
    able = {
        role
        for role in Role
        if answering.who_can_answer().filter(pk=factories.staff(None, role).pk).exists()
    }
    assert able == {
        role
        for role in Role
        if not all(each.startswith(("see_", "use_")) for each in permissions_of(role))
    } | {Role.TRAINER}


def test_what_staff_add_has_somebody_at_once():
    aino = coordinator()
    made = organisations.create(Facts(name="Konepaja Oy"), by=aino)
    affiliations.begin(factories.person(), made, Part(), by=aino)
    assert [each.user for each in NamedContact.objects.all()] == [aino, aino]
