"""PostgreSQL crashes while a campaign goes out: what was being sent is in doubt, and the relay's log ends it (F02)."""

import os
import signal

import pytest
from django.conf import settings
from django.db import connection

from mailing import switch
from mailing.models import Delivery, Transition
from portal.embedded.children import end, wait
from portal.embedded.postgres import postgres
from portal.testing import FOLDER, WORKER
from tests import databases
from tests.faults import harness
from tests.faults.harness import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

READERS, CRASHES = 1_500, 3
SHORT = {"FAULT_LEASE": "3", "FAULT_GRACE": "4"}
FOLDER_OF_ITS_OWN = FOLDER / f"crashing{WORKER}"


@pytest.fixture
def own_postgres(transactional_db, monkeypatch):
    """A durable server of this test's own, which may crash; this process and those it starts use it."""
    FOLDER_OF_ITS_OWN.mkdir(parents=True, exist_ok=True)
    server = postgres(FOLDER_OF_ITS_OWN, durable=True)
    server.ready()
    for name, url in server.urls.items():
        monkeypatch.setenv(name, url.replace("portal_app@", "postgres@"))
    databases.clone(databases.template(), "crashing")
    for name in server.urls:
        monkeypatch.setenv(name, databases.address(name, "crashing"))
    connection.close()
    port = os.environ["DATABASE_URL"].rpartition(":")[2].partition("/")[0]
    former = {**connection.settings_dict}
    connection.settings_dict.update(PORT=port, NAME="crashing")
    switch.turn(on=True)
    yield server
    connection.close()
    connection.settings_dict.update(former)
    end([server.child])


def crash(server):
    """`pg_ctl -m immediate stop`, and a start as after a power cut."""
    process = server.child.process
    process.send_signal(signal.SIGQUIT)
    process.wait()
    connection.close()
    server.child.start()
    wait(server.child, lambda: harness.reachable(os.environ["DATABASE_URL"]))


def test_a_database_that_crashes_thrice_doubles_and_loses_nothing(own_postgres, sink, team):
    assert settings.DATABASES["default"] is connection.settings_dict
    server = sink(idle=2, slow=5)
    harness.subscribers([f"reader{no}.good" for no in range(READERS)])
    harness.newsletter()
    crew = team(server.settings, FAULT_GRACE="4")
    crew.start(3)
    for number in range(CRASHES):
        share = READERS * (number + 1) // (CRASHES + 1)
        until(lambda share=share: len(server.times()) >= share, f"{share} mails")
        crash(own_postgres)
    until(harness.is_over, "the campaign's end")
    assert harness.tally() == {"sent": READERS}
    harness.each_once(server)
    doubts = set(Transition.objects.filter(to_state="in_doubt").values_list("delivery", flat=True))
    ended = Delivery.objects.filter(resolved_by__startswith="relay log: ")
    assert set(ended.values_list("pk", flat=True)) == doubts


def crash_between_acceptance_and_reply(own_postgres, server):
    """The server has taken the mail; the database that would be told is gone."""
    harness.subscribers(["anna.hold"])
    harness.newsletter()
    until(lambda: server.has("hold"), "the mail at the server")
    crash(own_postgres)
    server.go()
    until(harness.is_over, "the end")


def test_a_mail_taken_while_the_database_is_gone_is_one_mail(own_postgres, sink, team):
    server = sink(idle=2)
    team(server.settings, SHORT).start(1)
    crash_between_acceptance_and_reply(own_postgres, server)
    assert Delivery.objects.get().resolved_by == "relay log: found"
    harness.each_once(server)


def test_a_control_that_sends_again_what_was_transmitting_doubles_it(
    own_postgres, without_guard, sink, team
):
    server = sink(idle=2)
    team(server.settings, SHORT, UNGUARDED="reap").start(1, app="tests.faults.unguarded")
    crash_between_acceptance_and_reply(own_postgres, server)
    assert list(server.times().values()) == [2]
