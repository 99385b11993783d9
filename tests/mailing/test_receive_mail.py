"""`manage.py receive_mail` as a mail server runs it: what it is told on stdin, and what it answers (sysexits.h)."""

import os
import subprocess
import sys

import pytest

from consent.models import Address, Event
from mailing import envelope
from mailing.models import InboundMail
from tests.mailing.corpus import letter, mail

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN, TEMPFAIL = 0, 75


def receive_mail(raw, *options, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", "receive_mail", *options],
        input=raw,
        env={**os.environ, "DEBUG": "1", **environment},
        capture_output=True,
        check=False,
    )


def test_a_bounce_is_taken_and_twice_is_once():
    delivery = letter()
    done, again = (receive_mail(mail("postfix-unknown", delivery)) for _ in range(2))
    kept = InboundMail.objects.get()
    assert (done.returncode, done.stdout, again.returncode) == (TAKEN, b"", TAKEN)
    assert done.stderr.decode().endswith(
        f"mailing.inbound: Inbound mail {kept.pk}: bounce, delivery {delivery.pk}\n"
    )
    assert Address.objects.get().closed_because == "hard_bounce"


def test_the_envelope_can_be_told():
    delivery = letter()
    done = receive_mail(
        b"From: x@example.com\nSubject: unsubscribe\n\n",
        f"--to={envelope.return_path(delivery)}",
        "--sender=x@example.com",
    )
    assert done.returncode == TAKEN
    assert Event.objects.of(delivery.person).last().action == "withdrawn"


def test_a_report_s_empty_sender_can_be_told():
    delivery = letter()
    raw = mail("qmail-unknown", delivery).replace(b"MAILER-DAEMON", b"robot")
    raw = raw.replace(b"Return-Path: <>\n", b"", 1)
    assert receive_mail(raw, "--sender=").returncode == TAKEN
    assert InboundMail.objects.get().kind == "bounce"


def test_what_nobody_can_make_sense_of_is_taken_and_kept():
    raw = b"\0\xff\n\n\0" + b"x" * 3_000_000
    assert receive_mail(raw).returncode == TAKEN
    assert (InboundMail.objects.get().kind, InboundMail.objects.get().size) == ("unknown", len(raw))


@pytest.mark.fault
def test_without_the_database_the_server_is_asked_to_come_again():
    delivery = letter()
    raw = mail("postfix-unknown", delivery)
    away = receive_mail(raw, DATABASE_URL="postgresql://portal_app@127.0.0.1:1/portal")
    assert away.returncode == TEMPFAIL
    assert away.stderr.decode().endswith("A mail was put off: OperationalError\n")
    assert (InboundMail.objects.count(), Address.objects.get().closed_at) == (0, None)
    assert receive_mail(raw).returncode == TAKEN
    assert Address.objects.get().closed_because == "hard_bounce"
