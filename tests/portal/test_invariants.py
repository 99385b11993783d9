"""Each promise finds the rows that break it, and nothing else."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from common.days import database_now
from consent import erasure, ledger, subjects
from consent.ledger import Proof
from consent.models import Address, Person, SubjectRequest
from courses.models import Enrolment, Run, Seat
from crm.models import ContactPerson, Import, ImportRow, Organisation, Task
from mailing import deliveries, newsletters, outbox
from mailing.models import Delivery, Message, SignUp
from portal import invariants
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

SEAT_ONCE = "ALTER TABLE courses_enrolment DROP CONSTRAINT courses_enrolment_seat_id_key"
REFUSALS_COUNT_FOR_NOTHING = """
    CREATE OR REPLACE FUNCTION consent_refusal(
      chain uuid, about text, by_channel text, on_topic bigint, for_controller bigint)
    RETURNS bigint STABLE LANGUAGE sql AS 'SELECT NULL::bigint'
"""
GUARDS = {
    "a6": REFUSALS_COUNT_FOR_NOTHING,
    "c1": SEAT_ONCE,
    "c5": "DROP INDEX enrolment_one_live_per_person",
    "c6": SEAT_ONCE,
    "b1": "ALTER TABLE mailing_delivery DROP CONSTRAINT delivery_once_per_person",
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def oversell():
    run = factories.run(seats=1)
    seat = factories.enrolment(run).seat
    Enrolment.objects.create(run=run, person=factories.person(), seat=seat, status="confirmed")


def leave_a_seat_unoffered():
    waits = factories.enrolment(factories.run(seats=1), status="waiting")
    Enrolment.objects.filter(pk=waits.pk).update(created_at=NOW - timedelta(minutes=3))


def jump_the_queue():
    run = factories.run(seats=1)
    factories.enrolment(run, status="waiting")
    second = factories.enrolment(run, status="waiting")
    Enrolment.objects.filter(pk=second.pk).update(
        status="confirmed", seat=Seat.objects.get(), created_at=NOW + DAY
    )


def outlive_enrolment():
    run = factories.run()
    factories.enrolment(run, status="offered")
    Run.objects.update(enrolment_closes_at=NOW + timedelta(hours=1))


def be_there_twice():
    run, person = factories.run(), factories.person()
    factories.enrolment(run, person)
    factories.enrolment(run, person)


def join_out_of_order():
    run = factories.run(seats=1)
    factories.enrolment(run)
    first, _ = (factories.enrolment(run, status="waiting") for _ in range(2))
    Enrolment.objects.filter(pk=first.pk).update(created_at=NOW + DAY)


def forget_a_seat():
    factories.run(seats=3).seats.filter(no=3).delete()


def close_a_circle():
    names = [factories.organisation(name).pk for name in "ABC"]
    without_triggers(
        *(
            f"UPDATE crm_organisation SET parent_id = {above} WHERE id = {below}"
            for below, above in zip(names, names[1:] + names[:1], strict=True)
        )
    )


def queue():
    return outbox.queue(
        "accounts/code", factories.person(), {"what": "sign_in"}, secrets={"code": "1"}
    )


def leave_a_customer_without_anybody():
    factories.staff(None, "sales")
    Organisation.objects.filter(pk=factories.organisation().pk).update(created_at=NOW - DAY)


def let_a_question_lie():
    late = NOW - DAY - timedelta(seconds=1)
    Task.objects.create(kind="question", what="?", person=factories.person(), due_at=late)


def send_twice():
    first = queue()
    Delivery.objects.create(message=first.message, person=first.person, address="b@example.org")


def send_to_one_address_twice():
    first = queue()
    Delivery.objects.create(
        message=first.message, person=factories.person("b@example.org"), address=first.address
    )


def campaign():
    factories.grant()
    return outbox.campaign(
        "mailing/newsletter",
        Person.objects.all(),
        {},
        purpose="newsletter",
        not_after=NOW + 10 * DAY,
    )


def transmit():
    (taken,) = deliveries.claim(1)
    assert deliveries.gate(taken)
    return taken


def lose_a_reader():
    campaign()
    without_triggers("DELETE FROM mailing_transition", "DELETE FROM mailing_delivery")


def send_unpermitted():
    campaign()
    transmit()
    without_triggers("UPDATE mailing_delivery SET permitted_by_id = NULL")


def send_in_spite_of_a_withdrawal():
    person = campaign().deliveries.get().person
    transmit()
    ledger.withdraw(person, "newsletter", method="form")
    without_triggers("UPDATE mailing_delivery SET transmit_at = transmit_at + interval '1 hour'")


def send_in_spite_of_an_objection():
    person = campaign().deliveries.get().person
    transmit()
    ledger.object_to_marketing(person, method="form")
    without_triggers("UPDATE mailing_delivery SET transmit_at = transmit_at + interval '1 hour'")


def leave_with_a_dead_worker():
    queue()
    deliveries.claim(1)
    Delivery.objects.update(lease_until=NOW - timedelta(minutes=11))


def leave_in_doubt():
    queue()
    deliveries.doubt(transmit(), "")
    without_triggers("UPDATE mailing_transition SET at = at - interval '25 hours'")


def lose_a_step():
    queue()
    without_triggers("DELETE FROM mailing_transition")


def keep_a_secret():
    queue()
    deliveries.sent(transmit(), "250 OK")
    Message.objects.update(secrets={"code": "1"})


def send_to_nobody():
    Message.objects.create(template="accounts/code", language="fi")


def sign_in_elsewhere():
    factories.user("anna@example.org")
    Address.objects.update(email="other@example.org")


def lose_the_primary_address():
    factories.person()
    Address.objects.update(is_primary=False)


def ask_for_the_newsletter(**fields):
    newsletters.request("anna@example.org", frequency="monthly", language="fi")
    SignUp.objects.update(**fields)


def keep_a_request():
    ask_for_the_newsletter(created_at=NOW - 10 * DAY)


def confirm_without_permission():
    ask_for_the_newsletter(confirmed_at=NOW)


def without_triggers(*statements):
    """What a superuser could do to the ledger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SET LOCAL ROLE portal_app")


def change_an_event():
    factories.grant()
    without_triggers("UPDATE consent_event SET source = 'x'")


def move_a_head():
    factories.grant()
    without_triggers("UPDATE consent_chain SET hash = 'x'")


def turn_a_state():
    factories.grant()
    without_triggers("UPDATE consent_state SET allowed = false")


def forge_evidence():
    factories.grant(evidence=Proof(note="a note"))
    without_triggers("UPDATE consent_evidence SET note = 'x'")


def show_another_text():
    factories.grant()
    without_triggers(
        "UPDATE consent_event SET wording_id = (SELECT min(id) FROM consent_wording WHERE purpose = 'similar')",
        "UPDATE consent_event e SET hash = consent_hash(e, consent_shown(w)) FROM consent_wording w"
        " WHERE w.id = e.wording_id",
        "UPDATE consent_chain SET hash = (SELECT hash FROM consent_event)",
    )


def import_over_a_refusal():
    person = factories.person()
    ledger.withdraw(person, "newsletter", method="form")
    factories.grant(person, method="import")


def ask():
    factories.person("anna@example.org")
    return erasure.receive(subjects.known_by("anna@example.org"), "erasure")


def leave_an_erasure_half_done():
    ask()
    SubjectRequest.objects.update(received_at=NOW - 2 * DAY)


def answer_too_late():
    ask()
    SubjectRequest.objects.update(due_on=TODAY - DAY)


def sign_in_though_erased():
    User.objects.create_user("erased-1@erased.invalid")


def imported(**fields):
    values = {"file_name": "a.csv", "headings": [], "begun_at": NOW, "done_at": NOW, **fields}
    return Import.objects.create(**values)


def tell_nobody():
    person = ContactPerson.objects.create(person=factories.person()).person
    told = imported(begun_at=NOW - 31 * DAY, done_at=NOW - 31 * DAY, state="done")
    ImportRow.objects.create(imported=told, no=2, state="done", verdict="new", person=person)


def leave_an_import_half_done():
    imported(state="importing", begun_at=NOW - timedelta(hours=7), done_at=None)


BREAKS = {
    "a1": (change_an_event, {"a1"}),
    "a2": (move_a_head, {"a2"}),
    "a3": (turn_a_state, {"a3"}),
    "a4": (forge_evidence, {"a4"}),
    "a5": (show_another_text, {"a5"}),
    "a6": (import_over_a_refusal, {"a6"}),
    "c1": (oversell, {"c1", "c6"}),
    "c2": (leave_a_seat_unoffered, {"c2"}),
    "c3": (jump_the_queue, {"c3"}),
    "c4": (outlive_enrolment, {"c4"}),
    "c5": (be_there_twice, {"c5"}),
    "c6": (oversell, {"c1", "c6"}),
    "c7": (join_out_of_order, {"c7"}),
    "c8": (forget_a_seat, {"c8"}),
    "b1": (send_twice, {"b1"}),
    "b2": (send_to_one_address_twice, {"b2"}),
    "b3": (lose_a_reader, {"b3"}),
    "b4": (send_unpermitted, {"b4"}),
    "b4, later": (send_in_spite_of_a_withdrawal, {"b4"}),
    "b5": (leave_with_a_dead_worker, {"b5"}),
    "b6": (leave_in_doubt, {"b6"}),
    "b7": (lose_a_step, {"b7"}),
    "b8": (send_in_spite_of_an_objection, {"b8"}),
    "k1": (leave_a_customer_without_anybody, {"k1"}),
    "k2": (let_a_question_lie, {"k2"}),
    "m1": (keep_a_secret, {"m1"}),
    "m2": (send_to_nobody, {"m2"}),
    "n1": (keep_a_request, {"n1"}),
    "n2": (confirm_without_permission, {"n2"}),
    "k3": (close_a_circle, {"k3"}),
    "r1": (leave_an_erasure_half_done, {"r1"}),
    "r2": (answer_too_late, {"r2"}),
    "r3": (sign_in_though_erased, {"r3"}),
    "k4": (tell_nobody, {"k4"}),
    "k5": (leave_an_import_half_done, {"k5"}),
    "p1": (sign_in_elsewhere, {"p1"}),
    "p2": (lose_the_primary_address, {"p2"}),
}


def test_every_promise_is_broken_here():
    assert set(BREAKS) >= {each.name for each in invariants.INVARIANTS}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_found(name):
    breaking, found = BREAKS[name]
    if name in GUARDS:
        drop(GUARDS[name])
    assert invariants.broken() == {}
    breaking()
    assert set(invariants.broken()) == found


def drop(guard):
    """Take the database's own guard away, as its superuser, until this test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(guard)
        cursor.execute("SET LOCAL ROLE portal_app")


def test_the_command_is_content_when_all_hold(capsys):
    call_command("check_invariants", json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert set(report["invariants"]) == {each.name for each in invariants.INVARIANTS}


def test_the_command_fails_and_names_the_rows(capsys):
    forget_a_seat()
    with pytest.raises(SystemExit) as stop:
        call_command("check_invariants", json=True)
    assert stop.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["invariants"]["c8"]["rows"]) == (False, [[Run.objects.get().pk]])


def test_the_command_tells_people_too(capsys):
    forget_a_seat()
    with pytest.raises(SystemExit):
        call_command("check_invariants")
    assert "c8 the capacity of a run is the number of its seats: 1" in capsys.readouterr().out


def test_a_seat_just_freed_may_be_on_its_way():
    run = factories.run(seats=1)
    gone = factories.enrolment(run)
    waits = factories.enrolment(run, status="waiting")
    Enrolment.objects.filter(pk=waits.pk).update(created_at=NOW - DAY)
    Enrolment.objects.filter(pk=gone.pk).update(
        status="cancelled", seat=None, ended_at=database_now()
    )
    assert invariants.broken() == {}
