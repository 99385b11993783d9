"""Every job twice at once, by two beats and three workers, is as once (F09)."""

import os
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from consent import erasure, subjects
from consent.models import SubjectRequest
from courses.models import Enrolment, SearchWord
from crm import attachments, merging, questions
from crm.importing import steps, wakeup
from crm.models import ContactPerson, ContactPhone, Import, Look, Merge, Task
from mailing import deliveries, newsletters, outbox
from mailing.models import Delivery, InboundMail, SignUp
from portal import invariants
from portal.celery import app
from tests import factories
from tests.crm import importing
from tests.factories import NOW
from tests.faults import harness
from tests.faults.harness import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

app.loader.import_default_modules()
TASKS = sorted(name for name in app.tasks if not name.startswith("celery."))
LONG_AGO = timedelta(days=8)
LOOKS = {"consent.tasks.examine_ledger": "consent_verification"}  # each look is noted
# keys, moments and random values differ between two worlds that are alike
COLUMNS = """
SELECT table_name, string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT IN ('django_migrations', 'django_content_type')
  AND data_type IN ('boolean', 'character varying', 'text', 'smallint', 'integer', 'date', 'numeric')
  AND is_generated = 'NEVER' AND column_name !~ '(hash|digest|salt|message_id|lease_token|_id|^id|slug|installation)$'
GROUP BY 1
"""


def world():
    """Something to do for every job."""
    cache.delete(invariants.REMEMBERED)
    course = factories.course("Tekoäly", slug="tekoaly")
    run = factories.run(course, seats=1, enrolment_closes_at=NOW.replace(year=2100))
    late = factories.enrolment(run, factories.person("late@example.org"), "offered")
    Enrolment.objects.filter(pk=late.pk).update(offer_expires_at=NOW.replace(year=2020))
    factories.enrolment(run, factories.person("waits@example.org"), "waiting")
    SearchWord.objects.create(
        language="fi", form="unohdus", folded="unohdus", bases=["unohdus"], parts=[], kin=[]
    )
    harness.subscribers([f"reader{no}.good" for no in range(30)])
    harness.newsletter()
    doubtful, gone = harness.service_mail("doubtful.good"), harness.service_mail("gone.good")
    for delivery in deliveries.claim(1), deliveries.claim(1):
        assert deliveries.gate(delivery[0])
    Delivery.objects.filter(pk=doubtful.pk).update(
        state="in_doubt", lease_token=None, lease_until=None
    )
    harness.age("1 hour", f"id IN ({doubtful.pk}, {gone.pk})")
    Delivery.objects.filter(pk=gone.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    newsletters.request("old@example.org", frequency="monthly", language="fi")
    SignUp.objects.update(created_at=timezone.now() - LONG_AGO)
    erased = factories.person("erased@example.org", name="Erja Poistuva")
    factories.grant(erased)
    erasure.receive(subjects.known_by("erased@example.org"), SubjectRequest.Right.ERASURE)
    InboundMail.objects.create(kind="auto_reply", size=1, digest="d" * 64)
    InboundMail.objects.update(received_at=timezone.now() - 2 * InboundMail.KEPT_FOR)
    customers()
    stranger = outbox.queue("accounts/code", factories.person("stranger@example.org", name=""), {})
    stranger.person.created_at = timezone.now() - LONG_AGO
    stranger.person.save()
    with TemporaryDirectory() as folder:
        imports(Path(folder))
    old_changes()


def old_changes():
    """Changes of long ago; triggers write them, and refuse to rewrite them."""
    harness.as_superuser(
        "SET session_replication_role = replica",
        "UPDATE accounts_userchange SET pgh_created_at = pgh_created_at - interval '4 years'",
    )


def customers():
    """Questions that wait, two of one customer, what is too old to be kept, and a file without a row."""
    seller = factories.staff(None, "coordinator", "coordinator@example.org")
    factories.staff(None, "manager", "manager@example.org")
    User.objects.update(password="!")  # a password that cannot be used is a random one
    factories.organisation("Konepaja Oy", factories.person("employee@example.org"))
    asker = questions.visitor("asker@example.org", name="Anna", language="fi")
    Task.objects.filter(pk=questions.ask(asker, "Voiko?", to=seller).pk).update(
        due_at=timezone.now() - timedelta(hours=1)
    )
    twins()
    known = factories.person("asks@example.org")
    InboundMail.objects.create(
        kind="reply", person=known, text="Onko tilaa?", size=1, digest="e" * 64
    )
    Look.objects.create(person=known, page="person")
    Look.objects.update(at=timezone.now() - 2 * Look.KEPT_FOR)
    orphan()


def imports(folder):
    """One that is being brought in, one whose people are to be told, one that nobody needs any more."""
    told = importing.brought(folder, "Yritys;Sähköposti\nA Oy;anna@a.fi\n")
    Import.objects.filter(pk=told.pk).update(begun_at=NOW - 2 * LONG_AGO, done_at=NOW - LONG_AGO)
    old = importing.received(folder, "Yritys\nB Oy\n")
    Import.objects.filter(pk=old.pk).update(created_at=NOW - 20 * LONG_AGO)
    going = importing.checked(folder, "Yritys;Sähköposti\nC Oy;bo@c.fi\nC Oy;cia@c.fi\n")
    steps.begin(going, now=timezone.now())


def orphan():
    """A file that no row names, older than any transaction that might still write the row."""
    file = folder() / "orphan.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    os.utime(file, (time.time() - LONG_AGO.total_seconds(),) * 2)


def twins():
    """Two entries of one customer, and a merge that cannot be undone any more."""
    for twin in ("one", "two"):
        person = factories.person(f"{twin}@twins.example", name="Teemu Rantanen")
        card = ContactPerson.objects.create(person=person)
        ContactPhone.objects.create(contact=card, number="+358401234567")
    merged = [factories.person(f"{name}@example.org", name=name) for name in ("anna", "bea")]
    seller = User.objects.create(email="myyja@example.org", password="!")
    done = merging.merge(*merged, {}, by=seller)
    Merge.objects.filter(pk=done.pk).update(at=NOW.replace(year=2020))


def snapshot():
    """Every table's rows without what differs by chance, and how often each is there; and the attached files."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        tables = cursor.fetchall()
        found = {}
        for table, columns in tables:
            cursor.execute(f"SELECT {columns} FROM {table}")
            found[table] = Counter(cursor.fetchall())
    found["the cache"] = Counter([str(cache.get(invariants.REMEMBERED))])
    found["files"] = Counter(each.name for each in folder().glob("*"))
    return found


def folder():
    return settings.PRIVATE_ROOT / attachments.FOLDER


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


def afresh():
    """The database as migrations made it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference.restore()")


def at_once(job, times):
    errors = []

    def work():
        try:
            job()
        except Exception as error:  # noqa: BLE001  the test looks at it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", TASKS)
def test_a_job_twice_at_once_leaves_what_it_leaves_once(name, monkeypatch):
    monkeypatch.setattr(outbox.wakeup, "ring", lambda: None)
    monkeypatch.setattr(wakeup, "ring", lambda key: None)
    after = []
    for times in (1, 2):
        afresh()
        world()
        at_once(app.tasks[name], times)
        after.append(snapshot())
        assert invariants.broken() == {}
    once, twice = after
    assert {table for table, rows in twice.items() if rows != once[table]} <= {LOOKS.get(name)}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", TASKS)
def test_every_job_has_something_to_do_here(name, monkeypatch):
    """The control: a world in which a job does nothing would show nothing."""
    monkeypatch.setattr(outbox.wakeup, "ring", lambda: None)
    monkeypatch.setattr(wakeup, "ring", lambda key: None)
    world()
    before = snapshot()
    app.tasks[name]()
    assert snapshot() != before


def claims_blindly(both):
    """A claim that locks nothing: whoever looks at the same time takes the same rows."""

    def claim(_limit):
        due = Delivery.objects.filter(state="queued", due_at__lte=timezone.now())
        keys = list(due.values_list("pk", flat=True))
        both.wait(60)
        lease = {"lease_token": uuid.uuid4(), "lease_until": timezone.now() + deliveries.LEASE}
        rows = Delivery.objects.filter(pk__in=keys)
        rows.update(state="claimed", attempts=F("attempts") + 1, **lease)
        both.wait(60)
        return list(rows.select_related("message", "person"))

    return claim


@pytest.mark.usefixtures("here")
def test_a_control_that_claims_without_a_lock_is_twice_another_than_once(monkeypatch):
    monkeypatch.setattr(outbox.wakeup, "ring", lambda: None)
    attempts = []
    for times in (1, 2):
        afresh()
        harness.subscribers(["reader.good"])
        harness.newsletter()
        with monkeypatch.context() as unguarded:
            unguarded.setattr(deliveries, "claim", claims_blindly(threading.Barrier(times)))
            at_once(app.tasks["mailing.tasks.drain"], times)
        attempts.append(Delivery.objects.get().attempts)
    assert attempts == [1, 2]


def test_two_beats_and_three_workers_send_each_mail_once(sink, team):
    server = sink()
    harness.subscribers([f"reader{no}.good" for no in range(300)])
    harness.newsletter()
    crew = team(server.settings)
    crew.start(3)
    crew.start(0)  # beat once more
    for name in TASKS:
        for _ in range(2):
            app.send_task(name)
    until(harness.is_over, "the end")
    assert harness.tally() == {"sent": 300}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    harness.each_once(server)
