"""The demo's past: told by the portal's own verbs at moments long gone, and the clock put back whatever happens (D3, D4)."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from accounts.models import User
from common.days import database_now
from consent import permission, verification
from consent.models import Event, Person
from courses.models import Course
from crm.models import Encounter, Organisation, Task
from mailing import switch
from mailing.models import Delivery, Message
from portal import invariants, today
from portal.demo import clock, history, letters
from portal.demo.clock import NotADemoError
from portal.demo.history import NoMailHereError
from portal.demo.seeding import silent
from portal.management.commands.seed_demo import Command
from portal.owner import owning
from portal.testing import MAILBOX
from tests.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _this_database(django_db_setup, settings):
    settings.DATABASE_OWNER_URL = os.environ["DATABASE_OWNER_URL"]


def clock_of_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('portal_now'::regproc)")
        return cursor.fetchone()[0]


def states():
    return {
        state: Delivery.objects.filter(state=state).count()
        for state in Delivery.State.values
        if Delivery.objects.filter(state=state).exists()
    }


def seed():
    """What the command does but for the search index, which would take longer than all the rest."""
    with owning():
        return Command().seed(scale=1, progress=silent)


def test_the_past_is_whole_and_the_clock_is_back(inbox, tmp_path, settings):
    settings.DEMO_DIR = tmp_path
    before = clock_of_the_database()
    assert seed()[1] > 100
    assert clock_of_the_database() == before
    assert abs(database_now() - timezone.now()) < timedelta(minutes=1)

    assert verification.verify() == []
    assert invariants.broken() == {}

    assert set(states()) == {"sent", "failed", "in_doubt", "suppressed"}
    assert (states()["failed"], states()["in_doubt"]) == (1, 1)
    reasons = Delivery.objects.filter(state="suppressed").values_list("decision", flat=True)
    assert sorted(reasons) == ["closed_address", "objected", "paused", "restricted", "withdrawn"]
    assert len(inbox()) == states()["sent"]
    assert Message.objects.exclude(audience_size=None).count() == len(letters.issues())
    bulk = Delivery.objects.filter(is_bulk=True, state="sent")
    assert bulk.filter(permitted_by=None).count() == 0
    assert Event.objects.earliest("recorded_at").recorded_at < timezone.now() - timedelta(days=690)
    assert not Person.objects.filter(
        created_at__gt=timezone.now() - timedelta(days=600),
        chains__chain__events__recorded_at__lt=timezone.now() - timedelta(days=640),
    ).exists()

    leena = Person.objects.known_by("learner@example.org").get()
    assert {entry.event.method for entry in permission.history(leena)} == {
        *("form", "one_click", "staff", "sale"),
    }
    assert bulk.filter(person=leena).count() >= 6

    the_register_is_full()
    assert {box: waiting(box) for box in DAYS} == DAYS

    known = (Event.objects.count(), Message.objects.count(), Task.objects.count())
    assert seed()[1] == 0
    assert (Event.objects.count(), Message.objects.count(), Task.objects.count()) == known

    history.end_old_doubts(timezone.now())
    assert states()["in_doubt"] == 1
    history.end_old_doubts(timezone.now() + timedelta(days=1))
    assert "in_doubt" not in states()
    assert Delivery.objects.exclude(resolved_by="").get().state == "failed"


DAYS = {  # questions, late, due today, runs with too few people, kinds of things that wait elsewhere, steps soon
    "sales": (2, 1, 3, 0, 2, 2),
    "coordinator": (2, 1, 1, 1, 3, 0),
    "manager": (0, 0, 2, 2, 3, 0),
    "admin": (0, 0, 1, 2, 3, 0),
    "trainer": (0, 0, 1, 0, 0, 0),
}


def the_register_is_full():
    """Sixty organisations, four hundred people, and meetings of about two years."""
    assert Organisation.objects.count() >= 60
    assert Person.objects.filter(contact_card__isnull=False).count() >= 400
    met = Encounter.objects.filter(kind__in=["crm.call", "crm.visit", "crm.meeting"]).order_by("at")
    assert met.last().at - met.first().at > timedelta(days=600)


def waiting(box):
    """What the first page of this member of the demo's staff shows; likely duplicates are looked for afterwards."""
    day = today.of(User.objects.get(email=f"{box}@example.org"), timezone.now())
    found = (day.questions, day.late, day.due, day.runs, day.waiting)
    return (*map(len, found), day.soon)


SEED = """
import django; django.setup()
from django.core.management import call_command
call_command("seed_demo", verbosity=0)
"""


@pytest.mark.fault
def test_a_seeding_that_is_killed_leaves_neither_rows_nor_another_clock(inbox, tmp_path):
    before = clock_of_the_database()
    environment = {**os.environ, "DEMO_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SEED]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as seeding:
        deadline = time.monotonic() + 120
        while len(inbox_files()) < 5:
            assert seeding.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert clock_of_the_database() == before, "nobody else sees another clock"
        seeding.send_signal(signal.SIGKILL)
    assert clock_of_the_database() == before
    assert (Course.objects.count(), Event.objects.count()) == (0, 0)


def inbox_files():
    return list(MAILBOX.glob("*.eml"))


def test_where_sending_is_off_there_is_no_past():
    switch.turn(on=False)
    with pytest.raises(NoMailHereError):
        history.tell(timezone.now())
    switch.turn(on=True)
    assert not Message.objects.exists()


def test_where_mail_would_leave_the_machine_there_is_no_past(settings):
    settings.SMTP = {**settings.SMTP, "host": "192.0.2.1"}
    with pytest.raises(NoMailHereError):
        history.tell(timezone.now())
    assert not Message.objects.exists()


def test_the_clock_is_not_moved_outside_a_demo(settings):
    settings.DEMO = settings.DEBUG = False
    before = clock_of_the_database()
    with pytest.raises(NotADemoError), transaction.atomic(), clock.movable():
        pass
    assert clock_of_the_database() == before


def test_the_clock_is_not_moved_for_others():
    with pytest.raises(TransactionManagementError), clock.movable():
        pass


def test_an_error_on_the_way_puts_the_clock_back():
    before = clock_of_the_database()
    with pytest.raises(ZeroDivisionError), owning():
        move_and_fail()
    assert clock_of_the_database() == before


@transaction.atomic
def move_and_fail():
    with clock.movable() as move:
        move(timezone.now() - timedelta(days=100))
        assert database_now() < timezone.now() - timedelta(days=99)
        raise ZeroDivisionError


def test_the_applications_own_role_cannot_move_it():
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), clock.movable():
        pass
