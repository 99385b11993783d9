"""May somebody be contacted: the table's rules one by one, and the law's matrix (D3.4)."""

import itertools
import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import translation

from consent import ledger, people, permission
from consent.ledger import NotForWorkError, RefusalStandsError
from consent.models import Address, Person, Preference, Verification
from consent.permission import Decision
from consent.rules import RULES
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


def rule(person, purpose="newsletter", **question):
    return permission.may_contact(person, purpose, **question).rule


# --- grounds --------------------------------------------------------------------------------


def test_without_a_ground_there_is_no_marketing():
    person = factories.person()
    assert permission.may_contact(person, "newsletter") == Decision("no_ground")
    assert permission.may_contact(person, "service") == Decision("service")
    assert permission.may_contact(person, "legal") == Decision("legal")


def test_consent_is_a_ground_and_is_named():
    person = factories.person()
    event = factories.grant(person)
    decision = permission.may_contact(person, "newsletter")
    assert decision == Decision("consent", event.pk)
    assert (decision.allowed, decision.basis) == (True, "consent")
    with translation.override("fi"):
        assert decision.why == "Henkilö on antanut suostumuksen."


def test_consent_is_for_one_purpose_channel_and_controller():
    person, tamk = factories.person(), factories.institution("tamk")
    factories.grant(person)
    assert rule(person, "similar") == "no_ground"
    assert rule(person, channel="sms") == "no_ground"
    assert rule(person, controller=tamk) == "no_ground"


def test_consent_to_every_topic_covers_each_but_not_the_other_way_round():
    person, other = factories.person(), factories.person()
    digi, talous = factories.topic("digi"), factories.topic("talous")
    factories.grant(person)
    factories.grant(other, topic=digi)
    assert [rule(person, topic=topic) for topic in (None, digi, talous)] == ["consent"] * 3
    assert [rule(other, topic=topic) for topic in (None, digi, talous)] == [
        "no_ground",
        "consent",
        "no_ground",
    ]


def test_a_sale_permits_similar_training_of_the_same_institution_alone():
    person = factories.person()
    tamk, tty = factories.institution("tamk"), factories.institution("tty")
    event = factories.sale(person, tamk)
    decision = permission.may_contact(person, "similar", controller=tamk)
    assert decision == Decision("customer", event.pk)
    assert rule(person, "similar", controller=tty) == "no_ground"
    assert rule(person, "similar") == "no_ground"
    assert rule(person, "newsletter", controller=tamk) == "no_ground"


def test_an_unknown_purpose_permits_nothing():
    person, wording = factories.person(), ledger.wording_of("newsletter", "fi")
    assert rule(person, "raffle") == "unknown_purpose"
    assert list(permission.permitted(Person.objects.all(), "raffle")) == []
    assert wording.purpose == "newsletter"


# --- the law's matrix: who × sale × free mail × refused ----------------------------------------

WHO = {
    "organisation": ("organisation", "info"),
    "person at work": ("natural", "anna.ost"),
    "person": ("natural", "anna"),
}
MATRIX = list(itertools.product(WHO, [False, True], [False, True], [False, True]))


@pytest.mark.parametrize(("who", "sale", "freemail", "refused"), MATRIX)
def test_sections_200_and_202(who, sale, freemail, refused):
    """24 cases: an organisation's address and a person reached about their job are opt-out, a customer is opt-out for
    the same institution's similar training, everybody else is opt-in; a free mail address is a person's; no is no."""
    kind, name = WHO[who]
    domain = "gmail.com" if freemail else "konepaja.fi"
    person = factories.person(f"{name}@{domain}", kind=kind)
    about = {"controller": factories.institution("tamk"), "topic": factories.topic()}
    if sale:
        factories.sale(person, about["controller"])
    is_work = who != "person" and not freemail
    if who != "person":
        work = lambda: ledger.legal_person(person, "similar", source="card 1", **about)  # noqa: E731  short for this test
        if freemail:
            with pytest.raises(NotForWorkError):
                work()
        else:
            work()
    if refused:
        ledger.withdraw(person, "similar", controller=about["controller"], method="one_click")
    expected = (
        "withdrawn"
        if refused
        else "customer"
        if sale
        else "legal_person"
        if is_work
        else "no_ground"
    )
    assert rule(person, "similar", **about) == expected
    assert permission.permitted(Person.objects.all(), "similar", **about).exists() == (
        not refused and (sale or is_work)
    )


def test_the_matrix_is_whole():
    assert len(MATRIX) == 24


def test_a_work_address_is_for_the_topic_of_the_work_alone():
    person, digi, talous = (
        factories.person("a@konepaja.fi"),
        factories.topic("digi"),
        factories.topic("talous"),
    )
    ledger.legal_person(person, "newsletter", topic=digi, source="card 1")
    assert rule(person, topic=digi) == "legal_person"
    assert (rule(person, topic=talous), rule(person)) == ("no_ground", "no_ground")


def test_moving_to_a_free_mail_address_ends_the_ground_of_work():
    person, digi = factories.person("a@konepaja.fi"), factories.topic("digi")
    ledger.legal_person(person, "newsletter", topic=digi, source="card 1")
    Address.objects.update(email="a@gmail.com")
    assert rule(person, topic=digi) == "no_ground"


# --- calls and letters ------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["phone", "post"])
def test_somebody_may_be_called_or_sent_a_letter_until_they_refuse(channel):
    person = factories.person()
    decision = permission.may_contact(person, "newsletter", channel)
    assert (decision.rule, decision.allowed, decision.basis) == ("live_call", True, "interest")
    ledger.withdraw(person, "newsletter", channel=channel, method="form")
    assert rule(person, channel=channel) == "withdrawn"
    assert rule(person, "raffle", channel=channel) == "unknown_purpose"


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_nothing_is_written_to_somebody_who_has_said_nothing(channel):
    assert rule(factories.person(), channel=channel) == "no_ground"


def test_who_objects_or_is_restricted_is_not_called():
    person, other = factories.person(), factories.person()
    ledger.object_to_marketing(person, method="reply")
    ledger.restrict(other, method="form")
    assert rule(person, channel="phone") == "objected"
    assert rule(other, channel="phone") == "restricted"


# --- many questions at once ---------------------------------------------------------------------


def test_many_questions_are_answered_as_each_alone(django_assert_num_queries):
    person, digi, tamk = factories.person(), factories.topic(), factories.institution("tamk")
    factories.grant(person, topic=digi)
    factories.sale(person, tamk)
    ledger.withdraw(person, "newsletter", channel="phone", method="form")
    questions = [
        permission.Question(purpose, channel, topic, controller)
        for purpose in ("newsletter", "similar", "service", "raffle")
        for channel in ("email", "phone")
        for topic in (None, digi)
        for controller in (None, tamk)
    ]
    alone = [permission.may_contact(person, *each) for each in questions]
    permission.answers(person, questions)  # the connection plans the statement once
    with django_assert_num_queries(1):
        assert permission.answers(person, questions) == alone
    assert {each.rule for each in alone} == {
        *("consent", "customer", "live_call", "no_ground", "service", "unknown_purpose"),
        "withdrawn",
    }


# --- what beats what --------------------------------------------------------------------------


def test_an_objection_beats_every_ground_of_marketing():
    person = factories.person("info@konepaja.fi", kind="organisation")
    tamk = factories.institution("tamk")
    factories.grant(person)
    factories.sale(person, tamk)
    ledger.legal_person(person, "similar", controller=tamk, source="card 1", channel="post")
    objection = ledger.object_to_marketing(person, method="reply")
    assert permission.may_contact(person, "newsletter") == Decision("objected", objection.pk)
    assert rule(person, "similar", controller=tamk) == "objected"
    assert rule(person, "similar", controller=tamk, channel="post") == "objected"
    assert rule(person, "service") == "service"


def test_a_new_consent_lifts_an_objection_for_what_it_says_alone():
    person, tamk = factories.person(), factories.institution("tamk")
    factories.sale(person, tamk)
    ledger.object_to_marketing(person, method="form")
    factories.grant(person)
    assert rule(person) == "consent"
    assert rule(person, "similar", controller=tamk) == "objected"


def test_a_topic_that_was_refused_stays_so_until_it_is_permitted_itself():
    person, digi = factories.person(), factories.topic()
    ledger.withdraw(person, "newsletter", topic=digi, method="form")
    factories.grant(person)
    assert (rule(person), rule(person, topic=digi)) == ("consent", "withdrawn")
    factories.grant(person, topic=digi)
    assert rule(person, topic=digi) == "consent"


def test_a_topic_permitted_after_everything_was_refused_counts():
    person, digi = factories.person(), factories.topic()
    factories.grant(person)
    ledger.withdraw(person, "newsletter", method="form")
    factories.grant(person, topic=digi)
    assert (rule(person), rule(person, topic=digi)) == ("withdrawn", "consent")
    ledger.withdraw(person, "newsletter", method="form")
    assert rule(person, topic=digi) == "withdrawn"


def test_a_restriction_beats_all_but_legal_messages():
    person = factories.person()
    factories.grant(person)
    restriction = ledger.restrict(person, method="form")
    assert permission.may_contact(person, "newsletter") == Decision("restricted", restriction.pk)
    assert (rule(person, "service"), rule(person, "legal")) == ("restricted", "legal")
    ledger.release(person, method="form")
    assert rule(person) == "consent"


def test_a_closed_address_beats_all():
    person = factories.person()
    factories.grant(person)
    people.close_address(person.addresses.get(), "complaint", now=NOW)
    assert {rule(person, purpose) for purpose in ("newsletter", "service", "legal")} == {
        "closed_address"
    }
    assert rule(person, "service", channel="post") == "service"


def test_the_address_mail_goes_to_is_the_one_that_counts():
    person = factories.person()
    people.close_address(person.addresses.get(), "hard_bounce", now=NOW)
    other = Address.objects.create(person=person, email="other@example.org", is_primary=False)
    ask = lambda email: permission.decide(person.pk, "service", address=email).rule  # noqa: E731  short for this test
    assert ask("new@example.org") == ask("OTHER@example.org") == "service"
    people.close_address(other, "complaint", now=NOW)
    assert ask("OTHER@example.org") == "closed_address"


def test_a_closed_address_keeps_its_first_reason():
    address = factories.person().addresses.get()
    people.close_address(address, "complaint", now=NOW)
    people.close_address(address, "hard_bounce", now=NOW + DAY)
    assert (address.closed_because, address.closed_at) == ("complaint", NOW)


def test_who_has_no_address_gets_no_mail():
    person = factories.person()
    person.addresses.all().delete()
    assert rule(person, "legal") == "closed_address"


def test_a_pause_ends_on_its_day(set_clock):
    set_clock(NOW)
    person = factories.person()
    factories.grant(person)
    until = date(2026, 11, 25)
    Preference.objects.create(person=person, purpose="newsletter", paused_until=until)
    assert rule(person) == "paused"
    set_clock(datetime(2026, 11, 24, 21, 59, tzinfo=UTC))
    assert rule(person) == "paused"
    set_clock(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))  # midnight in Helsinki
    assert rule(person) == "consent"


def test_after_a_merge_the_strictest_wins():
    kept, other = factories.person(), factories.person()
    factories.grant(kept)
    ledger.withdraw(other, "newsletter", method="form")
    factories.grant(kept)
    ledger.join(kept, other)
    assert rule(kept) == "withdrawn"
    factories.grant(kept)
    assert rule(kept) == "consent"


def test_a_failed_examination_stops_marketing():
    person = factories.person()
    factories.grant(person)
    Verification.objects.create(events=1, is_intact=False)
    assert (rule(person), rule(person, "service")) == ("ledger_broken", "service")


def test_every_rule_says_why_in_every_language():
    said = []
    for language in ("fi", "sv", "en"):
        with translation.override(language):
            said += [Decision(each.name).why for each in RULES]
    assert len(set(said)) == 3 * len(RULES)


# --- for many ----------------------------------------------------------------------------------


def test_permitted_is_one_query_that_goes_on(django_assert_num_queries):
    yes, no = factories.person(name="Anna"), factories.person(name="Bo")
    factories.grant(yes)
    factories.grant(no)
    ledger.withdraw(no, "newsletter", method="form")
    with django_assert_num_queries(1):
        chosen = permission.permitted(Person.objects.all(), "newsletter").order_by("name")
        assert list(chosen.values_list("name", flat=True)) == ["Anna"]
    assert permission.permitted(Person.objects.filter(name="Bo"), "newsletter").count() == 0


def test_a_decision_is_one_query(django_assert_num_queries):
    person = factories.person()
    permission.decide(person.pk, "newsletter", lock=True)
    with django_assert_num_queries(1):
        permission.decide(person.pk, "newsletter", lock=True)


def test_who_is_gone_may_not_be_contacted():
    person = factories.person()
    key = person.pk
    person.delete()
    assert permission.decide(key, "service") == Decision("no_ground")


# --- the gate's lock ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction():
    person = factories.person()
    with pytest.raises(TransactionManagementError):
        permission.decide(person.pk, "newsletter", lock=True)


def in_a_thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
                " OR NOT granted AND locktype = 'transactionid'"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    pytest.fail("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_waits_for_a_gate_that_has_decided():
    person, done = factories.person(), []
    factories.grant(person)

    def withdraw():
        ledger.withdraw(person, "newsletter", method="one_click")
        done.append("withdrawn")

    with transaction.atomic():
        assert permission.decide(person.pk, "newsletter", lock=True).allowed is True
        thread = in_a_thread(withdraw)
        wait_until_somebody_waits()
        assert done == []
    thread.join()
    assert done == ["withdrawn"]
    with transaction.atomic():
        assert permission.decide(person.pk, "newsletter", lock=True).rule == "withdrawn"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("lock", "seen"), [(True, "objected"), (False, "consent")])
def test_a_gate_that_comes_second_sees_the_objection(lock, seen):
    """It waits for the head's lock and reads after it; the control without a lock does not, and sees too little."""
    person, answers = factories.person(), []
    factories.grant(person)

    def gate():
        with transaction.atomic():
            answers.append(permission.decide(person.pk, "newsletter", lock=lock).rule)

    with transaction.atomic():
        ledger.object_to_marketing(person, method="form")
        thread = in_a_thread(gate)
        if lock:
            wait_until_somebody_waits()
        else:
            thread.join()
    thread.join()
    assert answers == [seen]


@pytest.mark.django_db(transaction=True)
def test_two_gates_do_not_wait_for_each_other():
    person, answers = factories.person(), []
    factories.grant(person)

    def gate():
        with transaction.atomic():
            answers.append(permission.decide(person.pk, "newsletter", lock=True).rule)

    with transaction.atomic():
        permission.decide(person.pk, "newsletter", lock=True)
        in_a_thread(gate).join()
    assert answers == ["consent"]


def test_a_refused_import_says_so():
    person = factories.person()
    ledger.object_to_marketing(person, method="form")
    with pytest.raises(RefusalStandsError):
        factories.grant(person, method="import")
