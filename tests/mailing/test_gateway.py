"""What is due is sent once; what is refused, postponed or cut off fails alone (D3.8)."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from common.days import database_now
from consent import people
from consent.purposes import Kind
from courses import enrolment
from mailing import deliveries, gateway, outbox, transport
from mailing.models import Delivery
from mailing.templates import Template, templates
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def queue(address="anna@example.org", **kwargs):
    """A mail to the address, one that exists in the product."""
    kwargs = {"secrets": {"code": "1234-5678"}, **kwargs}
    return outbox.queue("accounts/code", people.person_for(address), {"what": "sign_in"}, **kwargs)


def reread(delivery):
    return Delivery.objects.select_related("message").get(pk=delivery.pk)


def test_a_mail_is_sent_once(server):
    delivery = queue()
    assert (gateway.drain(), gateway.drain()) == (1, 0)
    (mail,) = server.mails
    assert server.recipients == ["anna@example.org"]
    assert mail["Message-ID"] == delivery.internet_message_id
    sent = reread(delivery)
    assert (sent.state, sent.attempts, sent.sent_at) == ("sent", 1, NOW)


def test_a_sent_mail_forgets_its_secrets(server):
    delivery = queue()
    gateway.drain()
    assert "1234-5678" in server.mails[0].get_body(("plain",)).get_content()
    assert reread(delivery).message.secrets == {}


def test_a_refused_mail_fails_and_forgets_its_secrets(server):
    delivery = queue()
    server.at_rcpt["anna@example.org"] = ["550 No such person"]
    assert gateway.drain() == 0
    failed = reread(delivery)
    assert (failed.state, failed.reply) == ("failed", "550 No such person")
    assert failed.message.secrets == {}


def test_a_mail_refused_for_its_text_fails(server):
    delivery = queue()
    server.at_data["anna@example.org"] = ["552 Too big"]
    gateway.drain()
    assert reread(delivery).state == "failed"


def test_a_postponed_mail_waits_twice_as_long_each_time(server, set_clock, monkeypatch):
    monkeypatch.setattr(gateway.secrets, "randbelow", lambda most: 0)
    delivery = queue()
    server.at_rcpt["anna@example.org"] = ["451 Later"] * 3
    waits = []
    for _ in range(3):
        gateway.drain()
        late = reread(delivery)
        waits.append((late.due_at - database_now()).total_seconds())
        assert late.state == "queued"
        set_clock(late.due_at)
    assert waits == [30, 60, 120]
    assert gateway.drain() == 1
    assert reread(delivery).attempts == 4


def test_a_mail_refused_for_now_after_the_gate_passes_it_again(server, set_clock):
    delivery = queue()
    server.at_data["anna@example.org"] = ["451 Later"]
    gateway.drain()
    assert (reread(delivery).state, reread(delivery).transmit_at) == ("queued", NOW)
    set_clock(NOW + timedelta(hours=1))
    gateway.drain()
    again = reread(delivery)
    assert (again.state, again.transmit_at) == ("sent", NOW + timedelta(hours=1))


def test_a_mail_refused_for_now_after_the_gate_may_be_stopped_before_it_goes_again(
    server, set_clock
):
    delivery = queue()
    server.at_data["anna@example.org"] = ["451 Later"]
    gateway.drain()
    outbox.cancel(delivery.message)
    set_clock(NOW + timedelta(hours=1))
    gateway.drain()
    stopped = reread(delivery)
    assert (stopped.state, stopped.decision, server.mails) == ("suppressed", "cancelled", [])


def test_a_postponed_mail_is_given_up_after_eight_attempts(server, set_clock):
    delivery = queue()
    server.at_rcpt["anna@example.org"] = ["451 Later"] * 20
    for _ in range(9):
        gateway.drain()
        set_clock(reread(delivery).due_at)
    failed = reread(delivery)
    assert (failed.state, failed.attempts) == ("failed", 8)
    assert len(server.at_rcpt["anna@example.org"]) == 12


def test_a_refusal_stops_nobody_else(server):
    queue("anna@example.org"), queue("bertta@example.org")
    server.at_rcpt["anna@example.org"] = ["550 No such person"]
    assert gateway.drain() == 1
    assert server.recipients == ["bertta@example.org"]


@pytest.mark.parametrize(
    "context", [{"what": "sign_in", "contact": {"email": "a@b.fi\r\nBcc: victim@example.org"}}]
)
def test_a_line_break_in_a_header_fails_alone_and_reaches_nobody(server, context):
    bad = outbox.queue("accounts/code", people.person_for("anna@example.org"), context)
    queue("bertta@example.org")
    assert gateway.drain() == 1
    assert reread(bad).reply == "cannot be written: BadHeaderError"
    assert (reread(bad).state, server.recipients) == ("failed", ["bertta@example.org"])


def test_line_breaks_in_names_become_spaces_in_the_subject(server):
    course = factories.course("Hei\r\nBcc: victim@example.org")
    enrolment.enrol(factories.run(course), people.person_for("anna@example.org", language="en"))
    gateway.drain()
    (mail,) = server.mails
    assert server.recipients == ["anna@example.org"]
    assert mail["Bcc"] is None
    assert mail["Subject"].endswith("Hei Bcc: victim@example.org")


def test_a_mail_without_its_template_is_tried_again(server, monkeypatch):
    gone = queue()
    outbox.queue("accounts/unknown_address", people.person_for("bertta@example.org"), {})
    monkeypatch.delitem(templates._entries, "accounts/code")
    assert gateway.drain() == 1
    assert (reread(gone).state, reread(gone).attempts) == ("queued", 1)
    assert reread(gone).reply == "cannot be written: KeyError"


def test_a_connection_broken_before_the_mail_costs_it_an_attempt_and_the_others_none(server):
    first, second, third = (queue(f"{name}@example.org") for name in ("anna", "bertta", "celia"))
    server.at_rcpt["bertta@example.org"] = ["hang up"]
    assert gateway.drain() == 2
    assert server.recipients == ["anna@example.org", "celia@example.org"]
    assert server.sessions == 2
    assert [(reread(each).state, reread(each).attempts) for each in (first, second, third)] == [
        ("sent", 1),
        ("queued", 1),
        ("sent", 1),
    ]


@pytest.mark.parametrize("answer", ["hang up", "take and hang up"])
def test_a_mail_whose_answer_was_lost_is_in_doubt_and_stays_there(server, set_clock, answer):
    delivery, other = queue(), queue("bertta@example.org")
    server.at_data["anna@example.org"] = [answer]
    assert gateway.drain() == 1
    set_clock(NOW + timedelta(hours=1))
    assert gateway.drain() == 0
    assert (reread(delivery).state, reread(other).state) == ("in_doubt", "sent")
    assert reread(delivery).message.secrets == {"code": "1234-5678"}


def test_a_server_that_says_421_is_asked_anew(server):
    first, second = queue("anna@example.org"), queue("bertta@example.org")
    server.at_rcpt["anna@example.org"] = ["421 Going down"]
    assert gateway.drain() == 1
    assert (reread(first).state, reread(first).attempts) == ("queued", 1)
    assert reread(second).state == "sent"


def test_an_absent_server_costs_no_attempts(settings):
    settings.SMTP = {**settings.SMTP, "port": 1}
    delivery = queue()
    assert gateway.drain() == 0
    waiting = reread(delivery)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == ("queued", 0, None)
    assert waiting.due_at == NOW + gateway.PAUSE


def test_a_server_that_wants_no_mail_from_us_costs_no_attempts(server, settings, monkeypatch):
    async def refuse(server, session, envelope, address, options):
        return "550 Sender not allowed"

    monkeypatch.setattr(type(server), "handle_MAIL", staticmethod(refuse), raising=False)
    delivery = queue()
    gateway.drain()
    assert (reread(delivery).state, reread(delivery).attempts) == ("queued", 0)


def test_a_mail_that_is_too_late_is_not_sent(server, set_clock):
    delivery = queue(not_after=NOW + timedelta(minutes=15))
    set_clock(NOW + timedelta(minutes=15))
    assert gateway.drain() == 0
    assert (reread(delivery).state, reread(delivery).decision) == ("suppressed", "too_late")
    assert (reread(delivery).message.secrets, server.mails) == ({}, [])


def test_a_dead_worker_s_mail_goes_again_as_the_same_after_its_lease(server, set_clock):
    delivery = queue()
    deliveries.claim(1)
    assert gateway.drain() == 0
    set_clock(NOW + deliveries.LEASE)
    assert gateway.drain() == 1
    assert server.mails[0]["Message-ID"] == delivery.internet_message_id


def test_what_a_worker_was_transmitting_when_it_died_is_in_doubt(server, set_clock):
    delivery = queue()
    (taken,) = deliveries.claim(1)
    assert deliveries.gate(taken)
    set_clock(NOW + deliveries.LEASE)
    assert gateway.drain() == 0
    assert (reread(delivery).state, server.mails) == ("in_doubt", [])


def test_a_worker_that_lost_its_lease_leaves_the_mail_alone(server, set_clock):
    queue()
    (stale,) = deliveries.claim(1)
    set_clock(NOW + deliveries.LEASE)
    assert gateway.drain() == 1
    with transport.connection() as connected:
        assert not gateway.send(connected, stale, NOW)
    gateway.put_off(stale, "451 Later")
    assert (len(server.mails), reread(stale).state) == (1, "sent")


def test_a_worker_whose_lease_ended_before_the_gate_sends_nothing(server, set_clock):
    queue()
    (stale,) = deliveries.claim(1)
    set_clock(NOW + deliveries.LEASE)
    with transport.connection() as connected:
        assert not gateway.send(connected, stale, NOW)
    assert server.mails == []


def test_a_mail_that_kills_its_worker_is_given_up(server, set_clock):
    delivery = queue()
    for number in range(gateway.ATTEMPTS):
        assert deliveries.claim(1)
        set_clock(NOW + (number + 1) * deliveries.LEASE)
        deliveries.reap()
    assert gateway.drain() == 0
    assert (reread(delivery).state, server.mails) == ("failed", [])


def test_a_claim_chooses_its_rows_once_however_the_database_plans_it():
    """Joined to the table, the choice would be made again for each row in some plans, and take the whole outbox."""
    for number in range(30):
        queue(f"person{number}@example.org")
    with connection.cursor() as cursor:
        claim = deliveries.CLAIM.partition(";")[2]
        cursor.execute(f"EXPLAIN {claim}", [[], 20, uuid.uuid4(), "5 min"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "CTE Scan on due" in plan
    assert [len(deliveries.claim(20)) for _ in range(3)] == [20, 10, 0]


def test_a_mail_that_kills_its_workers_takes_no_neighbour_with_it(server, set_clock):
    """The first of a batch is in the worker's hands when it dies; the others were never begun."""
    deadly, *others = [queue(f"{name}@example.org") for name in ("anna", "bertta", "celia")]
    for number in range(gateway.ATTEMPTS):
        assert len(deliveries.claim(20)) == 3
        set_clock(NOW + (number + 1) * deliveries.LEASE)
        assert deliveries.reap() == (3, 0)
    assert [reread(each).attempts for each in (deadly, *others)] == [gateway.ATTEMPTS, 0, 0]
    assert gateway.drain() == 2
    assert server.recipients == ["bertta@example.org", "celia@example.org"]
    assert reread(deadly).state == "failed"


def test_what_waits_behind_a_mail_in_transmission_was_not_begun(server, set_clock):
    first, second = queue("anna@example.org"), queue("bertta@example.org")
    (taken, _) = deliveries.claim(20)
    assert deliveries.gate(taken)
    set_clock(NOW + deliveries.LEASE)
    assert deliveries.reap() == (1, 1)
    assert [(reread(each).state, reread(each).attempts) for each in (first, second)] == [
        ("in_doubt", 1),
        ("queued", 0),
    ]


def test_time_up_leaves_the_rest_and_rings(server, monkeypatch):
    rings = []
    monkeypatch.setattr(gateway, "BATCH", 1)
    monkeypatch.setattr(gateway.wakeup, "ring", lambda: rings.append(1))
    queue("anna@example.org"), queue("bertta@example.org")
    assert gateway.drain(seconds=-1) == 1
    assert rings == [1]


def test_a_delivery_to_a_person_without_an_address_is_suppressed(server):
    person = people.person_for("anna@example.org")
    person.addresses.all().delete()
    delivery = outbox.queue("accounts/code", person, {"what": "sign_in"})
    assert (delivery.state, delivery.decision, gateway.drain()) == ("suppressed", "no_address", 0)


def test_a_domain_with_letters_beyond_ascii_is_written_in_ascii(server):
    queue("anna@työpaja.fi")
    assert gateway.drain() == 1
    assert server.recipients == ["anna@xn--typaja-xxa.fi"]


def test_a_message_to_two_keeps_its_secrets_until_both_have_it(server):
    first = queue()
    other = people.person_for("bertta@example.org")
    second = Delivery.objects.create(
        message=first.message, person=other, address="bertta@example.org"
    )
    server.at_rcpt["bertta@example.org"] = ["451 Later"]
    gateway.drain()
    assert reread(second).message.secrets == {"code": "1234-5678"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(server, monkeypatch):
    monkeypatch.setattr(outbox.wakeup, "ring", lambda: None)  # a real worker may be listening
    for number in range(60):
        queue(f"person{number}@example.org")
    counts = []

    def work():
        counts.append(gateway.drain())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 60
    assert sorted(server.recipients) == sorted(f"person{n}@example.org" for n in range(60))
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_the_headers_say_who_writes_and_who_answers(server, settings):
    settings.SITE_NAME = "Kudelma ä"
    aino = factories.staff(None, "coordinator", "aino@example.org", name="Aino Mäkelä")
    run = factories.run(factories.course(contact=aino))
    enrolment.enrol(run, people.person_for("anna@example.org"))
    gateway.drain()
    (mail,) = server.mails
    assert str(mail["From"]) == f"Kudelma ä <{settings.MAIL_FROM}>"
    assert mail["Reply-To"] == "aino@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fi"
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "multipart/alternative",
        "text/calendar",
    ]


def test_templates_are_declared_once():
    with pytest.raises(Exception, match="already has accounts/code"):
        templates.add(Template("accounts/code", Kind.SERVICE, "codes", lambda _language: {}))
