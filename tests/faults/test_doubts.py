"""Nobody knows whether the server took it: killed, frozen, cut off or met by silence after the gate (F03, F06, R6, R7)."""

import signal

import pytest

from consent.models import Event
from mailing.models import Delivery
from portal import invariants
from tests.faults import harness
from tests.faults.harness import State, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

SHORT = {"FAULT_LEASE": "3", "FAULT_GRACE": "4"}
PATIENT = {"FAULT_LEASE": "120", "FAULT_GRACE": "4", "FAULT_SMTP_TIMEOUT": "2"}
LOST = ["silent", "mute", "before", "after", "cut"]
TAKEN = {"silent", "after"}  # the server has it, and could not say so


# --- killed -----------------------------------------------------------------------------


def kill_between_acceptance_and_reply(server, crew):
    harness.subscribers(["anna.hold"])
    harness.newsletter()
    until(lambda: server.has("hold"), "the mail at the server")
    (worker,) = crew.workers
    crew.kill(worker)
    server.go()


def test_a_worker_killed_before_the_reply_leaves_one_mail(sink, team):
    server = sink(idle=2)
    crew = team(server.settings, SHORT)
    crew.start(1)
    kill_between_acceptance_and_reply(server, crew)
    until(harness.is_over, "the end")
    assert list(server.times().values()) == [1]
    assert Delivery.objects.get().resolved_by == "relay log: found"
    harness.each_once(server)


def test_a_control_that_sends_again_what_was_transmitting_doubles_it(sink, team, without_guard):
    server = sink(idle=2)
    crew = team(server.settings, SHORT, UNGUARDED="reap")
    crew.start(1, app="tests.faults.unguarded")
    kill_between_acceptance_and_reply(server, crew)
    until(harness.is_over, "the end")
    assert list(server.times().values()) == [2]


# --- frozen -----------------------------------------------------------------------------


def freeze_between_gate_and_data(server, crew):
    """The worker is stopped in the gap, and thawed when another has sent its mail."""
    harness.subscribers(["anna.wait"])
    harness.newsletter()
    (worker,) = crew.workers
    until(lambda: server.has("wait"), "the worker past the gate")
    assert harness.tally() == {"transmitting": 1}
    crew.signal(signal.SIGSTOP, worker)
    server.go()  # its session lives on as long as the server lets it idle
    crew.start(1, beat=False)
    until(lambda: harness.tally() == {"sent": 1}, "the other worker's mail")
    crew.signal(signal.SIGCONT, worker)
    return worker


def test_a_worker_frozen_longer_than_lease_and_grace_sends_nothing(sink, team):
    server = sink(idle=1)  # shorter than the grace
    crew = team(server.settings, SHORT)
    crew.start(1)
    worker = freeze_between_gate_and_data(server, crew)
    until(lambda: "hung up in the middle" in harness.read(worker), "the thawed worker's word")
    assert Delivery.objects.get().resolved_by == "relay log: absent"
    harness.each_once(server)


def test_a_control_with_sessions_longer_than_the_grace_doubles_it(sink, team):
    server = sink(idle=120)
    crew = team(server.settings, SHORT)
    crew.start(1)
    freeze_between_gate_and_data(server, crew)
    until(lambda: list(server.times().values()) == [2], "the thawed worker's mail")
    assert harness.tally() == {"sent": 1}


# --- silence and lost connections ----------------------------------------------------------


def lose(words):
    """A marketing and a service mail for each fault."""
    harness.subscribers([f"reader.{word}" for word in words])
    harness.newsletter()
    for word in words:
        harness.service_mail(f"waits.{word}")


def by_word(deliveries):
    """The deliveries of readers by the fault their address names."""
    return {each.address.partition("@")[0].rpartition(".")[2]: each for each in deliveries}


MARKETING = Delivery.objects.filter(message__kind="marketing")
SERVICE = Delivery.objects.filter(message__kind="service")


def test_the_relay_s_log_decides(sink, team):
    server = sink(idle=3)
    lose(LOST)
    crew = team(server.settings, PATIENT)
    crew.start(2)
    until(harness.is_over, "the end")
    assert harness.tally() == {"sent": 2 * len(LOST)}
    for kind in (MARKETING, SERVICE):
        for word, delivery in by_word(kind.all()).items():
            known = "found" if word in TAKEN else "absent"
            assert (word, delivery.resolved_by) == (word, f"relay log: {known}")
            assert delivery.attempts == (1 if word in TAKEN else 2)
    harness.each_once(server)


def test_without_a_log_marketing_waits_for_staff_and_service_goes_once_more(sink, team):
    server = sink(idle=3)
    lose([*LOST, "deaf"])
    events = Event.objects.count()
    crew = team(server.settings, PATIENT, RELAY_LOG="")
    crew.start(2)
    until(lambda: SERVICE.filter(state=State.SENT).count() == len(LOST), "the service mails")
    until(lambda: SERVICE.get(address__contains=".deaf@").attempts == 2, "the deaf one again")
    until(lambda: not SERVICE.filter(state=State.TRANSMITTING).exists(), "its second doubt")
    until(lambda: crew.settled() >= 3, "three more looks at the doubts")
    assert {each.state for each in MARKETING.all()} == {State.IN_DOUBT}
    assert {each.attempts for each in MARKETING.all()} == {1}
    again = by_word(SERVICE.all())
    assert {word: each.resolved_by for word, each in again.items()} == dict.fromkeys(
        [*LOST, "deaf"], "sent once more"
    )
    deaf = again.pop("deaf")
    assert (deaf.state, deaf.attempts) == (State.IN_DOUBT, 2)
    times = server.times()
    for word, delivery in again.items():
        assert (word, times[delivery.internet_message_id]) == (word, 2 if word in TAKEN else 1)
    for word, delivery in by_word(MARKETING.all()).items():
        assert (word, times[delivery.internet_message_id]) == (word, 1 if word in TAKEN else 0)
    assert Event.objects.count() == events
    assert invariants.broken() == {}


def test_a_control_that_ends_every_doubt_by_sending_doubles_marketing(sink, team):
    server = sink(idle=3)
    harness.subscribers(["reader.after"])
    harness.newsletter()
    crew = team(server.settings, PATIENT, RELAY_LOG="", UNGUARDED="doubt")
    crew.start(1, app="tests.faults.unguarded")
    until(harness.is_over, "the end")
    assert list(server.times().values()) == [2]
