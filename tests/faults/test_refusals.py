"""The server says “not now” or “never”: put off with growing pauses and given up, alone (F04, F05)."""

from datetime import timedelta

import pytest

from consent.models import Event
from mailing import deliveries, gateway, transport
from mailing.gateway import BATCH
from mailing.models import Delivery, Transition
from tests.faults import harness
from tests.faults.harness import State, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def of(word):
    return Delivery.objects.filter(address__contains=f".{word}@")


def replies(delivery):
    """What the server has said to it, in order."""
    steps = Transition.objects.filter(
        delivery=delivery, from_state__in=[State.CLAIMED, State.TRANSMITTING]
    )
    steps = steps.exclude(code="").order_by("pk")
    return list(steps.values_list("code", flat=True))


def test_a_server_that_takes_nobody_s_mail_costs_no_attempts(sink, team):
    server = sink()
    server.close()
    for number in range(30):
        harness.service_mail(f"waits{number}.good")
    crew = team(server.settings)
    crew.start(2)
    until(lambda: any("takes no mail" in harness.read(each) for each in crew.workers), "a refusal")
    until(lambda: harness.tally() == {"queued": 30}, "all put back")
    assert set(Delivery.objects.values_list("attempts", "transmit_at")) == {(0, None)}
    server.open()
    until(harness.is_over, "the end")
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    harness.each_once(server)


def test_what_is_put_off_waits_longer_each_time_and_is_given_up_after_eight(sink, team):
    server = sink()
    harness.subscribers([f"reader{no}.later" for no in range(30)], domain="slow.example")
    harness.subscribers([f"reader{no}.good" for no in range(30)])
    events = Event.objects.count()
    harness.newsletter()
    crew = team(server.settings)
    crew.start(2)
    until(lambda: of("good").filter(state=State.SENT).count() == 30, "the other domain's mails")
    until(lambda: of("later").filter(state=State.QUEUED, attempts=1).count() == 30, "30 put off")
    assert set(of("good").values_list("attempts", flat=True)) == {1}
    waits = {seconds for seconds, _each in pauses(of("later"))}
    assert waits <= set(range(30, 35))  # none before half a minute, and not all at one moment
    assert len(waits) > 1
    until(harness.is_over, "the end")
    assert set(of("later").values_list("state", "attempts")) == {("failed", 8)}
    assert {tuple(replies(each)) for each in of("later")} == {("451 4.7.1",) * 8}
    assert Event.objects.count() == events
    harness.each_once(server)


def pauses(deliveries):
    """Whole seconds from each one's last step until it is due."""
    for each in deliveries:
        last = each.transitions.latest("pk").at
        yield round((each.due_at - last).total_seconds()), each


@pytest.mark.parametrize("word", ["dead", "big"])
def test_what_is_refused_for_good_fails_at_once_and_alone(sink, team, word):
    server = sink()
    harness.subscribers(["reader1.good", f"reader2.{word}", "reader3.good"])
    events = list(Event.objects.values_list("pk", "action"))
    harness.newsletter()
    crew = team(server.settings)
    crew.start(1)
    until(lambda: not Delivery.objects.filter(state__in=harness.UNDER_WAY).exists(), "the end")
    (failed,) = of(word)
    said = {"dead": "550 5.1.1", "big": "552 5.3.4"}[word]
    assert (failed.state, failed.attempts, replies(failed)) == ("failed", 1, [said])
    assert server.recipients() == ["reader1.good@example.org", "reader3.good@example.org"]
    assert server.sessions() <= 2  # one for the batch, and one that asked whether the server runs
    assert list(Event.objects.values_list("pk", "action")) == events
    harness.each_once(server)


def test_a_server_that_closes_in_the_middle_is_asked_anew(sink, team):
    server = sink()
    harness.subscribers(["reader1.good", "reader2.closing", "reader3.good"])
    harness.newsletter()
    crew = team(server.settings)
    crew.start(1)
    until(harness.is_over, "the end")
    assert (of("closing").get().attempts, harness.tally()) == (2, {"sent": 3})
    harness.each_once(server)


def test_a_connection_serves_a_whole_batch(sink, team):
    server = sink()
    harness.subscribers([f"reader{no}.good" for no in range(4 * BATCH)])
    harness.newsletter()
    crew = team(server.settings)
    crew.start(1)
    until(harness.is_over, "the end")
    assert server.sessions() <= 4 + 2
    harness.each_once(server)


def test_a_domain_gets_its_share_of_a_minute_and_others_do_not_wait(sink, team):
    """Two workers look at once, so each may bring one batch too many; the rest waits for the next minute."""
    server = sink()
    harness.subscribers([f"reader{no}.good" for no in range(6 * BATCH)], domain="big.example")
    harness.subscribers([f"reader{no}.good" for no in range(30)])
    harness.newsletter()
    waits = harness.service_mail("waits.good", domain="big.example")
    crew = team(server.settings, MAIL_DOMAIN_PER_MINUTE=str(BATCH))
    crew.start(2)
    big = Delivery.objects.filter(address__endswith="@big.example")
    until(
        lambda: (
            Delivery.objects.filter(state=State.SENT)
            .exclude(address__endswith="big.example")
            .count()
            == 30
        ),
        "the other domain",
    )
    until(lambda: big.filter(is_bulk=True, state=State.SENT).count() >= BATCH, "its share")
    looks = len(harness.read(crew.workers[0]).splitlines())
    until(lambda: len(harness.read(crew.workers[0]).splitlines()) > looks + 6, "three more rounds")
    assert Delivery.objects.get(pk=waits.pk).state == State.SENT  # a code waits for no campaign
    begun = big.filter(is_bulk=True).exclude(state=State.QUEUED).count()
    assert BATCH <= begun <= 3 * BATCH
    harness.age("1 minute")
    until(lambda: big.filter(is_bulk=True, state=State.SENT).count() > begun, "the next minute's")
    assert set(server.times().values()) == {1}


# --- controls: one guard away, in this process ---------------------------------------------


PUT_BACK = deliveries.put_back


def drain(times):
    """Send what is due so many times, each when the pauses of the time before are over."""
    for _ in range(times):
        gateway.drain()
        harness.hurry()


def test_a_control_in_which_every_refusal_counts_loses_mail_to_an_outage(here, monkeypatch):
    monkeypatch.setattr(
        deliveries, "put_back", lambda *what, counts=True: PUT_BACK(*what, counts=True)
    )
    here.close()
    harness.service_mail("waits.good")
    drain(9)
    here.open()
    drain(1)
    assert (harness.tally(), here.taken()) == ({"failed": 1}, [])


def test_a_control_without_pauses_asks_eight_times_in_a_row(here, monkeypatch):
    monkeypatch.setattr(
        deliveries,
        "put_back",
        lambda delivery, _pause, reply, **more: PUT_BACK(delivery, timedelta(0), reply, **more),
    )
    harness.service_mail("waits.later")
    gateway.drain()
    assert (harness.tally(), replies(of("later").get())) == ({"failed": 1}, ["451 4.7.1"] * 8)


def test_a_control_without_a_last_attempt_goes_on_asking(here, monkeypatch):
    monkeypatch.setattr(gateway, "ATTEMPTS", 1_000)
    harness.service_mail("waits.later")
    drain(12)
    assert (harness.tally(), of("later").get().attempts) == ({"queued": 1}, 12)


@pytest.mark.parametrize("word", ["dead", "big"])
def test_a_control_that_takes_never_for_not_now_asks_again(here, monkeypatch, without_guard, word):
    monkeypatch.setattr(transport.RefusedError, "is_permanent", False)
    harness.service_mail(f"waits.{word}")
    drain(3)
    assert (harness.tally(), of(word).get().attempts) == ({"queued": 1}, 3)
