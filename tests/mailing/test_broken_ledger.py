"""While the ledger does not pass its examination no marketing leaves, and people still get what they wait for (A19)."""

import pytest
from django.conf import settings

from consent import ledger, verification
from consent.models import Event
from mailing import deliveries, gateway, outbox
from mailing.models import Delivery
from portal import invariants
from tests import factories
from tests.consent.conftest import role

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters():
    """A newsletter and a code in the queue, and a ledger of one yes and one later no of somebody else."""
    other = factories.person()
    factories.grant(other)
    ledger.withdraw(other, "newsletter", method="form")
    anna = factories.person("anna@example.org")
    factories.grant(anna)
    verification.examine_nightly()
    outbox.queue("mailing/newsletter", anna, {}, purpose="newsletter")
    outbox.queue("accounts/code", anna, {"what": "sign_in"}, secrets={"code": "1234-5678"})


def states():
    return dict(Delivery.objects.values_list("message__template", "state"))


def restore_an_older_ledger(tamper):
    """The refusal is gone, and head and state are those of before: inside the database nothing shows it."""
    last = Event.objects.get(action="withdrawn")
    tamper(
        "UPDATE consent_state s SET action = e.action, allowed = true, event_id = e.id FROM consent_event e"
        " WHERE s.chain_id = %s AND e.chain_id = s.chain_id AND e.seq = 1",
        last.chain_id,
    )
    tamper("DELETE FROM consent_event WHERE id = %s", last.pk)
    tamper(
        "UPDATE consent_chain c SET seq = 1, hash = e.hash FROM consent_event e"
        " WHERE c.id = %s AND e.chain_id = c.id AND e.seq = 1",
        last.chain_id,
    )


def edit_an_event(tamper):
    tamper("UPDATE consent_event SET source = 'x' WHERE action = 'withdrawn'")


@pytest.mark.parametrize("attack", [restore_an_older_ledger, edit_an_event])
def test_after_an_attack_is_found_only_what_people_wait_for_leaves(attack, letters, tamper, server):
    attack(tamper)
    _outcome, broken = verification.examine()
    assert broken
    assert gateway.drain() == 1
    assert states() == {"accounts/code": "sent", "mailing/newsletter": "suppressed"}
    assert Delivery.objects.get(state="suppressed").decision == "ledger_broken"


def test_a_control_with_the_ledger_whole_both_leave(letters, server):
    verification.examine()
    assert gateway.drain() == 2
    assert set(states().values()) == {"sent"}


def test_a_control_without_the_checkpoint_outside_the_older_ledger_passes(letters, tamper, server):
    settings.CHECKPOINT_FILE.unlink()
    tamper("DELETE FROM consent_checkpoint")
    restore_an_older_ledger(tamper)
    _outcome, broken = verification.examine()
    assert (broken, gateway.drain()) == ([], 2)


STEPS = {
    "skip the gate": "UPDATE mailing_delivery SET state = 'sent', sent_at = now(), transmit_at = now()",
    "send again": "UPDATE mailing_delivery SET state = 'queued' WHERE state = 'sent'",
    "another reader": "UPDATE mailing_delivery SET person_id = (SELECT min(id) FROM consent_person)",
    "another message": "UPDATE mailing_delivery SET internet_message_id = '<x@y>'",
    "make marketing service": "UPDATE mailing_message SET kind = 'service'",
    "edit the log": "UPDATE mailing_transition SET at = now()",
    "cut the log": "DELETE FROM mailing_transition",
    "forge the log": "INSERT INTO mailing_transition (delivery_id, at, from_state, to_state, code, by)"
    " SELECT id, now(), '', 'sent', '', '' FROM mailing_delivery",
    "begin as sent": "INSERT INTO mailing_delivery (message_id, person_id, address, internet_message_id, state, is_bulk,"
    " sent_at, transmit_at) SELECT message_id, (SELECT min(id) FROM consent_person), '', '<z@z>', 'sent', false, now(),"
    " now() FROM mailing_delivery LIMIT 1",
    "empty it": "TRUNCATE mailing_delivery CASCADE",
}


# the owner may write a step; whoever does contradicts the delivery, which b7 finds
REFUSED = [
    (hands, name)
    for hands in ("portal_app", "portal_owner")
    for name in STEPS
    if (hands, name) != ("portal_owner", "forge the log")
]


@pytest.mark.parametrize(("hands", "name"), REFUSED)
def test_nobody_rewrites_what_became_of_a_mail(hands, name, letters, refused, server):
    gateway.drain()
    outbox.queue("accounts/code", factories.person(), {"what": "sign_in"})
    before = list(Delivery.objects.order_by("pk").values())
    refused(STEPS[name], hands)
    assert list(Delivery.objects.order_by("pk").values()) == before


LEFT = {
    "earlier": "transmit_at = transmit_at - interval '1 hour'",
    "later": "transmit_at = transmit_at + interval '1 hour'",
    "never": "transmit_at = NULL",
    "taken earlier": "sent_at = sent_at - interval '1 hour'",
    "by another's permission": "permitted_by_id = (SELECT min(id) FROM consent_event)",
    "by none": "permitted_by_id = NULL",
    "on another ground": "decision = 'soft_opt_in'",
}
STAYS = "when and by what right a mail left stays as it was"
OF_THE_NEWSLETTER = " WHERE message_id IN (SELECT id FROM mailing_message WHERE kind = 'marketing')"


@pytest.mark.parametrize("lie", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("hands", ["portal_app", "portal_owner"])
def test_nobody_rewrites_when_and_by_what_right_a_mail_left(lie, hands, letters, refused, server):
    gateway.drain()
    before = list(Delivery.objects.order_by("pk").values())
    said = refused(f"UPDATE mailing_delivery SET {lie}{OF_THE_NEWSLETTER}", hands)
    assert STAYS in said
    assert list(Delivery.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("lie", [LEFT["earlier"], LEFT["by another's permission"]])
def test_nor_together_with_its_next_step(lie, letters, refused):
    assert [deliveries.gate(each) for each in deliveries.claim(2)] == [True, True]
    before = list(Delivery.objects.order_by("pk").values())
    step = "state = 'in_doubt', lease_token = NULL, lease_until = NULL"
    said = refused(f"UPDATE mailing_delivery SET {step}, {lie}{OF_THE_NEWSLETTER}")
    assert STAYS in said
    assert list(Delivery.objects.order_by("pk").values()) == before


def withdrawn_before_it_left(tamper):
    """A newsletter that b4 finds: its reader had withdrawn."""
    gateway.drain()
    ledger.withdraw(
        Delivery.objects.get(message__kind="marketing").person, "newsletter", method="form"
    )
    tamper(
        f"UPDATE mailing_delivery SET transmit_at = transmit_at + interval '1 hour'{OF_THE_NEWSLETTER}"
    )
    assert set(invariants.broken()) == {"b4"}


def test_what_left_in_spite_of_a_withdrawal_cannot_be_dated_back(letters, tamper, refused, server):
    withdrawn_before_it_left(tamper)
    said = refused(f"UPDATE mailing_delivery SET {LEFT['earlier']}{OF_THE_NEWSLETTER}")
    assert STAYS in said
    assert set(invariants.broken()) == {"b4"}


def test_a_control_without_that_guard_it_is_dated_back_and_b4_is_blind(letters, tamper, server):
    withdrawn_before_it_left(tamper)
    tamper("ALTER TABLE mailing_delivery DISABLE TRIGGER proof")
    with role("portal_app") as cursor:
        cursor.execute(f"UPDATE mailing_delivery SET {LEFT['earlier']}{OF_THE_NEWSLETTER}")
    assert invariants.broken() == {}


def test_marketing_cannot_leave_with_another_s_permission(letters, refused, server):
    other = Event.objects.filter(
        chain__owner__person__addresses__email__startswith="person"
    ).first()
    said = refused(
        "UPDATE mailing_delivery SET state = 'claimed', lease_token = gen_random_uuid(), lease_until = now();"
        f" UPDATE mailing_delivery SET state = 'transmitting', transmit_at = now(), decision = 'consent',"
        f" permitted_by_id = {other.pk} WHERE message_id IN (SELECT id FROM mailing_message WHERE kind = 'marketing')"
    )
    assert "marketing names the permission of its reader" in said
