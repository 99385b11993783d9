"""Inbound mail is told apart, kept once, and changes something only for the delivery it proves to be about (D3.6, D1.7)."""

import io
import logging
import time
import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection

from consent import permission
from consent.models import Address, Event
from mailing import envelope, inbound, links, mime, replies
from mailing.models import Bounce, Delivery, InboundMail
from tests.factories import NOW
from tests.mailing import corpus
from tests.mailing.corpus import letter, mail, receive

pytestmark = pytest.mark.django_db
FALSE_SEAL = "0123456789abcdef"
STOPS = [name for name in corpus.NAMES if name.startswith("stop-")]
AUTOMATIC = ["read-receipt", "vacation-bulk", "vacation-fi", "vacation-subject", "vacation-sv"]


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def changed_nothing(delivery):
    """Whether the ledger has the grant alone, the address is open, and no mail was queued by what came in."""
    return (
        [each.action for each in Event.objects.of(delivery.person)] == ["granted"]
        and Address.objects.get().closed_at is None
        and Bounce.objects.count() == 0
        and Delivery.objects.count() == 1
    )


# --- what it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", corpus.NAMES)
def test_every_mail_is_told_apart_and_kept_with_its_delivery(name):
    delivery = letter()
    kept = receive(mail(name, delivery))
    kind = {"arf": "complaint", "stop": "reply", "reply": "reply", "unsubscribe": "unsubscribe"}
    expected = "auto_reply" if name in AUTOMATIC else kind.get(name.split("-")[0], "bounce")
    assert (kept.kind, kept.delivery, kept.person) == (expected, delivery, delivery.person)


def test_sender_subject_text_and_size_are_kept():
    raw = mail("stop-gmail-fi", letter())
    kept = receive(raw)
    assert (kept.sender, kept.subject) == ("anna@example.org", "Re: Syksyn koulutukset")
    assert kept.text.startswith("Lopettakaa, kiitos!\n\nma 23. marrask.")
    assert (kept.size, kept.digest) == (len(raw), mime.take(io.BytesIO(raw)).digest)
    kept.refresh_from_db()
    assert kept.received_at == NOW


def test_an_encoded_subject_is_read():
    assert receive(mail("outlook365-unknown", letter())).subject == (
        "Ei toimitettavissa: Syksyn koulutukset"
    )


def test_a_stranger_s_mail_is_kept_as_not_known():
    kept = receive(b"From: Joku <joku@example.com>\nSubject: Hei\n\nMoi\n")
    assert (kept.kind, kept.delivery, kept.person) == ("unknown", None, None)


def test_a_known_person_s_mail_that_answers_nothing_names_them():
    delivery = letter()
    kept = receive(b"From: ANNA@example.org\nSubject: stop\n\nstop\n")
    assert (kept.kind, kept.person) == ("unknown", delivery.person)
    assert changed_nothing(delivery)


def test_the_same_mail_twice_is_one_row_and_acts_once():
    delivery = letter()
    first = receive(mail("stop-gmail-fi", delivery))
    events, queued = Event.objects.count(), Delivery.objects.count()
    assert receive(mail("stop-gmail-fi", delivery)) == first
    assert InboundMail.objects.count() == 1
    assert (Event.objects.count(), Delivery.objects.count()) == (events, queued) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_twice_at_once_is_one_row(monkeypatch):
    delivery = letter()
    read = inbound.read

    def slowly(*args):
        monkeypatch.setattr(inbound, "read", read)
        receive(mail("stop-gmail-fi", delivery))  # the other one comes between looking and keeping
        return read(*args)

    monkeypatch.setattr(inbound, "read", slowly)
    assert receive(mail("stop-gmail-fi", delivery)) == InboundMail.objects.get()
    assert Event.objects.count() == 2


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STOPS)
def test_an_answer_that_says_only_stop_withdraws_what_the_mail_was_about(name):
    delivery = letter()
    receive(mail(name, delivery))
    event = Event.objects.of(delivery.person).last()
    assert (event.action, event.purpose, event.method, event.by_kind) == (
        *("withdrawn", "newsletter"),
        *("reply", "self"),
    )
    assert event.source == f"delivery {delivery.pk}"
    assert event.evidence.address == "anna@example.org"
    assert permission.may_contact(delivery.person, "newsletter").rule == "withdrawn"


def test_one_mail_says_so_and_never_a_second():
    delivery = letter()
    receive(mail("stop-gmail-fi", delivery))
    answer = Delivery.objects.exclude(pk=delivery.pk).get()
    assert (answer.message.template, answer.message.kind) == ("mailing/stopped", "service")
    assert (answer.address, answer.message.context) == (
        "anna@example.org",
        {"what_has_stopped": "Uutiskirje"},
    )
    assert answer.message.secrets == {"preferences_page": links.preferences_url(answer)}
    receive(mail("stop-outlook-fi", delivery))
    receive(mail("stop-outlook-fi", Delivery.objects.get(pk=answer.pk)))
    assert Delivery.objects.count() == 2
    assert Event.objects.count() == 2


@pytest.mark.parametrize("name", [*AUTOMATIC, "reply-question", "reply-in-quote"])
def test_what_a_program_wrote_or_a_person_meant_otherwise_changes_nothing(name):
    delivery = letter()
    receive(mail(name, delivery))
    assert changed_nothing(delivery)


def test_stop_in_answer_to_a_service_mail_is_kept_for_staff():
    delivery = corpus.service()
    kept = receive(mail("stop-gmail-fi", delivery))
    assert (kept.kind, Event.objects.count(), Delivery.objects.count()) == ("reply", 0, 1)


def test_a_mail_program_s_unsubscribe_is_as_one_click_from_whatever_address():
    delivery = letter()
    kept = receive(mail("unsubscribe-gmail", delivery))
    event = Event.objects.of(delivery.person).last()
    assert (kept.kind, kept.sender) == ("unsubscribe", "someone@example.com")
    assert (event.action, event.purpose, event.method) == ("withdrawn", "newsletter", "one_click")
    assert Delivery.objects.count() == 1, "mail programs are not answered"


def test_the_envelope_s_recipient_is_enough():
    delivery = letter()
    receive(
        b"From: x@example.com\nSubject: unsubscribe\n\n", to=envelope.return_path(delivery).upper()
    )
    assert Event.objects.of(delivery.person).last().action == "withdrawn"


@pytest.mark.parametrize("name", corpus.NAMES)
def test_a_wrong_seal_changes_nothing(name):
    """Whatever else is right: the Message-ID, the address. But the reader's own answer needs no seal."""
    delivery = letter()
    receive(mail(name, delivery, seal=FALSE_SEAL))
    assert changed_nothing(delivery) is (name not in STOPS)


@pytest.mark.parametrize("name", STOPS)
def test_a_stranger_s_stop_without_the_seal_changes_nothing(name):
    delivery = letter()
    raw = mail(name, delivery, seal=FALSE_SEAL).replace(
        b"From: Anna Virtanen <anna@example.org>", b"From: Anna Virtanen <mallory@example.com>"
    )
    assert receive(raw).kind == "reply"
    assert changed_nothing(delivery)


@pytest.mark.parametrize(
    ("text", "is_stop"),
    [
        ("STOP!!", True),
        ("Hei,\n\npoista minut listalta, kiitos.\n\nTerveisin Anna Virtanen", True),
        ("En halua näitä", True),
        ("stop\n-- \nAnna Virtanen\nKonepaja Oy", True),
        ("stop Bertta", False),
        ("Don't stop", False),
        ("peru ilmoittautumiseni", False),
        ("", False),
        ("> stop", False),
        ("kiitos", False),
    ],
)
def test_only_a_stop_word_and_one_s_own_name_mean_stop(text, is_stop):
    assert replies.means_stop(text, "Anna Virtanen") is is_stop


def test_marketing_is_answered_to_a_person_and_to_the_portal(settings):
    delivery = letter()
    delivery.message.context = {"contact": {"email": "aino@example.org"}}
    assert envelope.reply_addresses(delivery) == (
        f"aino@example.org, {envelope.return_path(delivery)}"
    )
    assert envelope.reply_addresses(corpus.service()) == settings.CONTACT_EMAIL


# --- what nobody can make sense of, and what is meant to hurt -----------------------------------


HEAD = b"From: anna@example.org\nSubject: hei\nMIME-Version: 1.0\n"
PART = b"--b\nContent-Type: text/plain\n\nx\n"
HOSTILE = {
    "empty": b"",
    "no headers": b"\n\n\n",
    "bytes": bytes(range(256)) * 40,
    "nul": HEAD + b"\nA\0B\n",
    "nul in the subject": b"From: a@example.org\nSubject: a\0b\n\nx",
    "nul in the address": b"From: a\0b@example.org\nTo: \0\n\nx",
    "half characters": HEAD + b'Content-Type: text/plain; charset="utf-7"\n\n+2D0-\n',
    "no such charset": HEAD + b'Content-Type: text/plain; charset="x-\xff\xfe"\n\n\xe4\xf6\n',
    "charset that is no text": HEAD + b'Content-Type: text/plain; charset="base64"\n\n\xe4\n',
    "bad base64": HEAD + b"Content-Transfer-Encoding: base64\n\n!!!!=\xff\n",
    "bad encoded word": b"Subject: =?utf-8?b?!!!!?= =?x?q?=zz?= =?utf-8?q?\xff?=\nFrom: =?\n\nx",
    "unicode digits": "To: kudelma+٣.0123456789abcdef@example.org\n\nx".encode(),
    "endless digits": b"To: k+" + b"9" * 5000 + b".0123456789abcdef@example.org\n\nx",
    "many layers": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(9000))
    + b"\n" * 500_000,
    "as many layers as are read": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(99))
    + b"\n" * 9_900,
    "as many lines as are read": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(10))
    + b"\n" * 99_900,
    "more lines than are read": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(99))
    + b"\n" * 990_000,
    "mail in mail": HEAD + b"Content-Type: message/rfc822\n\n" * 30_000,
    "many parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + PART * 10_000,
    "many empty parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 250_000,
    "many parameters": HEAD + b"Content-Type: multipart/mixed" + b'; "' * 330_000,
    "folded parameters": HEAD + b"Content-Type: multipart/mixed" + b';\n "' * 250_000,
    "parameters of a text": HEAD + b"Content-Type: text/plain" + b'; "' * 330_000 + b"\n\nx",
    "many blocks": HEAD
    + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n"
    + b"\r" * 900_000,
    "many addresses": b"To: " + b"a@example.org, " * 60_000 + b"\n\nx",
    "many comments": b"From: " + b"(" * 900_000 + b"\n\nx",
    "many headers": b"a:\n" * 330_000,
    "no line ends": b"Subject: " + b"x" * 990_000,
    "deep page": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 190_000,
    "bounce without end": b"Return-Path: <>\nFrom: MAILER-DAEMON@x\nSubject: failure\n\n" + b"<a@b.c>:\n" * 100_000,
    "report of nothing": HEAD
    + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n\n--b--\n",
    "report that is text": HEAD + b"Content-Type: multipart/report; report-type=delivery-status\n\nstop\n",
}  # fmt: skip


@pytest.mark.django_db(
    transaction=True
)  # as in production, where none is open while a mail is read
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_is_sent_is_kept_within_a_moment(name):
    begun = time.process_time()
    kept = receive(HOSTILE[name])
    assert time.process_time() - begun < 10
    kept.refresh_from_db()
    assert (kept.size, kept.delivery) == (len(HOSTILE[name]), None)


@pytest.mark.parametrize("raw", [b"", b"\n", b"x" * 100, PART])
def test_a_reader_that_breaks_is_no_reason_to_refuse(monkeypatch, caplog, raw):
    def breaks(*args):
        raise AttributeError(raw)

    monkeypatch.setattr(inbound, "understood", breaks)
    assert receive(raw).kind == "unknown"
    assert "A mail could not be read: AttributeError" in caplog.text


class Endless(io.RawIOBase):
    """A stream of as many octets as asked for, none of them in memory."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):
        assert size > 0, "never all at once"
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def test_a_mail_of_50_megabytes_costs_little_memory_and_is_counted_whole():
    tracemalloc.start()
    kept = inbound.receive(Endless(50_000_000))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.size == 50_000_000
    assert peak < 12 * mime.PARSED


def test_stop_above_a_large_attachment_is_read():
    delivery = letter()
    body = b"--b\n\nstop\n--b\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n"
    head = mail("stop-apple-en", delivery).partition(b"MIME-Version")[0]
    raw = head + b"Content-Type: multipart/mixed; boundary=b\n\n" + body + b"QUJD\n" * 2_000_000
    assert receive(raw).size == len(raw)
    assert Event.objects.of(delivery.person).last().action == "withdrawn"


def test_long_text_is_cut():
    kept = receive(HEAD + b"\n" + b"x" * 20_000)
    assert len(kept.text) == InboundMail.TEXT_LENGTH


def test_logs_name_rows_and_nobody(caplog):
    caplog.set_level(logging.DEBUG)
    delivery = letter()
    for name in corpus.NAMES:
        receive(mail(name, delivery))
    assert f"delivery {delivery.pk}" in caplog.text
    said = "\n".join(
        each.getMessage() for each in caplog.records if each.name != "django.db.backends"
    )
    for word in ("anna", "virtanen", "koulutukset", "example.org", envelope.seal(delivery.pk)):
        assert word not in said.lower()


# --- how long -----------------------------------------------------------------------------------


def test_answers_stay_and_the_rest_goes_after_thirty_days(set_clock):
    delivery = letter()
    for name in ("reply-question", "postfix-unknown", "vacation-fi", "unsubscribe-gmail"):
        receive(mail(name, delivery))
    receive(b"From: joku@example.com\n\nhei")
    set_clock(NOW + timedelta(days=30))
    assert inbound.forget() == 0
    set_clock(NOW + timedelta(days=30, seconds=1))
    assert inbound.forget() == 4
    assert [each.kind for each in InboundMail.objects.all()] == ["reply"]
    assert Bounce.objects.count() == 1


def test_two_mails_of_one_digest_are_refused_by_the_database():
    kept = receive(b"x")
    with connection.cursor() as cursor, pytest.raises(Exception, match="duplicate key"):
        cursor.execute(
            "INSERT INTO mailing_inboundmail (kind, sender, subject, text, size, digest)"
            " VALUES ('unknown', '', '', '', 1, %s)",
            [kept.digest],
        )
