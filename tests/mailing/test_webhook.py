"""The mail provider's webhooks: signed, off until there is a key, and ending in the same verbs as piped mail (D3.6)."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest

from consent import permission
from consent.models import Address, Event
from mailing.models import Bounce, Delivery, InboundMail
from tests import factories
from tests.factories import DAY, NOW
from tests.mailing.corpus import letter, mail

pytestmark = pytest.mark.django_db
KEY = "key-for-tests"
EVENTS, MAIL = "/mail/hooks/mailgun/events", "/mail/hooks/mailgun/mime"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture(autouse=True)
def _key(settings):
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def signature(key=KEY):
    stamp, token = str(int(NOW.timestamp())), "t" * 50
    signed = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": stamp, "token": token, "signature": signed}


def event(delivery, what, *, at=NOW, **fields):
    named = delivery.internet_message_id.strip("<>")
    return {
        "event": what,
        "timestamp": at.timestamp(),
        "recipient": delivery.address,
        "message": {"headers": {"message-id": named}},
        **fields,
    }


def post(client, data, key=KEY):
    body = {"signature": signature(key), "event-data": data}
    return client.post(EVENTS, json.dumps(body), content_type="application/json")


def failed(delivery, message, **fields):
    status = {"code": 550, "message": message, "description": ""}
    values = {"severity": "permanent", "reason": "bounce", "delivery-status": status, **fields}
    return event(delivery, "failed", **values)


def changed_nothing():
    return (
        Bounce.objects.count() == 0
        and InboundMail.objects.count() == 0
        and Event.objects.exclude(action="granted").count() == 0
        and Address.objects.filter(closed_at__isnull=False).count() == 0
    )


# --- who may speak ---------------------------------------------------------------------------------


def test_without_a_key_there_are_no_such_pages(client, settings):
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": ""}
    delivery = letter()
    assert post(client, event(delivery, "complained"), key="").status_code == 404
    assert client.post(MAIL, {**signature(""), "body-mime": "x"}).status_code == 404
    assert client.head(EVENTS).status_code == 404
    assert changed_nothing()


def test_a_wrong_signature_changes_nothing(client):
    delivery = letter()
    assert post(client, event(delivery, "complained"), key="another").status_code == 400
    raw = mail("unsubscribe-gmail", delivery).decode()
    assert client.post(MAIL, {**signature("another"), "body-mime": raw}).status_code == 400
    assert changed_nothing()


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "1", '{"signature": []}', '{"signature": {"token": 1}}', "ä", "\0"]
)
def test_what_is_no_event_is_refused(client, body):
    assert client.post(EVENTS, body, content_type="application/json").status_code == 400
    assert client.post(MAIL, {"timestamp": "ä", "token": "t", "signature": "ä"}).status_code == 400
    assert changed_nothing()


def test_pages_are_only_posted_to(client):
    assert (client.get(EVENTS).status_code, client.get(MAIL).status_code) == (405, 405)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_mail_in_any_encoding_is_taken(client, kind):
    raw = b"From: anna@example.org\r\nContent-Type: text/plain; charset=latin-1\r\n\r\nPerun t\xe4m\xe4n\r\n"
    fields = {**{name: value.encode() for name, value in signature().items()}, "body-mime": raw}
    if kind == "multipart/form-data":
        part = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        body = (
            b"".join(part % (name.encode(), value) for name, value in fields.items()) + b"--x--\r\n"
        )
        kind += "; boundary=x"
    else:
        body = urlencode(fields).encode()
    assert client.post(MAIL, body, content_type=kind).status_code == 200
    assert InboundMail.objects.get().sender == "anna@example.org"


# --- what became of our mail -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kind", "status", "closes"),
    [
        ("5.1.1 The email account that you tried to reach does not exist", "gone", "5.1.1", True),
        ("550 5.1.1 <anna@example.org>: Recipient address rejected", "gone", "5.1.1", True),
        ("No such user", "hard", "5.0.0", False),
        ("5.7.1 Message rejected as spam", "blocked", "5.7.1", False),
    ],
)
def test_a_bounce_counts_as_a_piped_one(client, message, kind, status, closes):
    delivery = letter()
    for _ in range(2):
        assert post(client, failed(delivery, message)).status_code == 200
    row = Bounce.objects.get()
    assert (row.delivery, row.kind, row.status) == (delivery, kind, status)
    assert Address.objects.get().closed_because == ("hard_bounce" if closes else "")
    assert Event.objects.get().action == "granted"


def test_a_temporary_failure_closes_nothing(client):
    delivery = letter()
    post(client, failed(delivery, "4.2.2 Full", severity="temporary"))
    assert (Bounce.objects.get().kind, Address.objects.get().closed_at) == ("soft", None)


def test_what_the_provider_does_not_want_to_send_says_nothing_of_the_address(client):
    for _ in range(3):
        post(client, event(letter(), "rejected", reject={"reason": "old"}))
    assert {(each.kind, each.status) for each in Bounce.objects.all()} == {("soft", "5.7.0")}
    assert Address.objects.get().closed_at is None


def test_what_bounced_there_before_counts(client):
    for _ in range(3):
        post(client, failed(letter(), "Not delivering to previously bounced address"))
    assert Address.objects.get().closed_because == "hard_bounce"


def test_a_complaint_closes_and_withdraws(client):
    delivery = letter()
    post(client, event(delivery, "complained"))
    assert Address.objects.get().closed_because == "complaint"
    assert permission.stands(delivery.person, "newsletter").rule == "withdrawn"


def test_the_provider_s_own_unsubscribe_withdraws(client):
    delivery = letter()
    post(client, event(delivery, "unsubscribed"))
    last = Event.objects.of(delivery.person).last()
    assert (last.action, last.method, last.source) == (
        *("withdrawn", "one_click"),
        f"delivery {delivery.pk}",
    )


def test_a_late_unsubscribe_undoes_no_newer_consent(client, set_clock):
    delivery = letter()
    set_clock(NOW + 2 * DAY)
    factories.grant(delivery.person)
    post(client, event(delivery, "unsubscribed", at=NOW + DAY))
    assert permission.stands(delivery.person, "newsletter").rule == "consent"
    post(client, event(delivery, "unsubscribed", at=NOW + 3 * DAY))
    assert permission.stands(delivery.person, "newsletter").rule == "withdrawn"


@pytest.mark.parametrize("what", ["opened", "clicked", "delivered", "accepted", "new"])
def test_what_readers_do_with_mail_is_not_kept(client, what):
    assert post(client, event(letter(), what)).status_code == 200
    assert changed_nothing()


def test_an_event_of_no_delivery_changes_nothing(client):
    delivery = letter()
    unknown = failed(delivery, "5.1.1 No")
    unknown["message"]["headers"]["message-id"] = "other@example.org"
    assert post(client, unknown).status_code == 200
    nameless = {**failed(delivery, "5.1.1 No"), "message": {}}
    assert post(client, nameless).status_code == 200
    assert changed_nothing()


# --- mail that came in ---------------------------------------------------------------------------------


def test_mail_enters_by_the_same_door(client):
    delivery = letter()
    raw = mail("stop-gmail-fi", delivery).decode()
    for _ in range(2):
        answer = client.post(
            MAIL, {**signature(), "body-mime": raw, "recipient": "x@example.org", "sender": "y"}
        )
        assert answer.status_code == 200
    assert (InboundMail.objects.get().kind, InboundMail.objects.get().delivery) == (
        "reply",
        delivery,
    )
    assert permission.stands(delivery.person, "newsletter").rule == "withdrawn"


def test_a_bounce_s_empty_sender_is_understood(client):
    delivery = letter()
    raw = mail("qmail-unknown", delivery).decode()
    client.post(MAIL, {**signature(), "body-mime": raw, "sender": ""})
    assert Address.objects.get().closed_because == "hard_bounce"


def test_mail_that_is_taken_apart_or_too_large_is_not_asked_for_again(client):
    assert client.post(MAIL, {**signature(), "body-plain": "stop"}).status_code == 406
    large = {**signature(), "body-mime": "x" * 3_000_000}
    assert client.post(MAIL, large).status_code == 406
    assert (InboundMail.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_fault_of_ours_is_told_so_that_it_comes_again(client, monkeypatch):
    from mailing import inbound

    def breaks(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(inbound, "keep", breaks)
    client.raise_request_exception = False
    assert client.post(MAIL, {**signature(), "body-mime": "x"}).status_code == 500
