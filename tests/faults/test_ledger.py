"""Writers of the ledger killed in the middle: a transaction's events are all there, or none (A19)."""

import os
import subprocess
import sys
import time

import pytest
from django.db import connection

from consent import verification
from consent.models import Event
from tests import factories

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

WRITER = """
import os, random, psycopg2
link = psycopg2.connect(os.environ["DATABASE_URL"])
cursor = link.cursor()
cursor.execute("SET ROLE portal_app")
link.commit()
cursor.execute("SELECT id FROM consent_chain")
chains = [row[0] for row in cursor.fetchall()]
while True:
    chain = random.choice(chains)
    for channel in ("email", "sms"):
        cursor.execute(
            "INSERT INTO consent_event (chain_id, seq, purpose, channel, action, basis, method, source, by_kind,"
            " evidence_digest, prev_hash, hash) VALUES"
            " (%s, 0, 'newsletter', %s, 'withdrawn', '', 'form', '', 'self', '', '', '')", [chain, channel])
    link.commit()
"""


def test_killed_writers_leave_whole_transactions():
    for _ in range(10):
        factories.grant()
    before = Event.objects.count()
    for _ in range(4):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER], env=os.environ, stderr=subprocess.DEVNULL
            )
            for _ in range(3)
        ]
        wait_for_events(Event.objects.count() + 20)
        for writer in writers:
            writer.kill()
            writer.wait()
    wait_until_nobody_writes()
    events = Event.objects.filter(action="withdrawn")
    assert events.count() + before == Event.objects.count()
    assert events.filter(channel="email").count() == events.filter(channel="sms").count() > 30
    assert verification.verify() == []


def test_a_control_that_commits_each_event_leaves_halves():
    factories.grant()
    halves = WRITER.replace("cursor =", "link.autocommit = True\ncursor =")
    halves = halves.replace("\n    link.commit()", "\n        __import__('time').sleep(60)")
    writer = subprocess.Popen([sys.executable, "-c", halves], env=os.environ)
    wait_for_events(2)
    writer.kill()
    writer.wait()
    wait_until_nobody_writes()
    said = Event.objects.filter(action="withdrawn")
    assert list(said.values_list("channel", flat=True)) == ["email"]


def wait_for_events(number):
    deadline = time.monotonic() + 30
    while Event.objects.count() < number:
        assert time.monotonic() < deadline, "the writers do not write"
        time.sleep(0.02)


def wait_until_nobody_writes():
    """The server notices a dead client when it speaks to it; then its transaction is rolled back."""
    deadline = time.monotonic() + 30
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            if not cursor.fetchone()[0]:
                return
            assert time.monotonic() < deadline
            time.sleep(0.02)
