"""Worker killed, broker stopped, frozen or emptied, database gone: nothing is lost, and it is sent when they are back.

F08, F09 and F10 for enrolment. Real worker and beat processes, real SMTP.
"""

import time

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from courses import enrolment, notices
from courses.models import Enrolment
from mailing import outbox
from mailing.models import Delivery
from portal.embedded.children import Child, end, wait
from portal.testing import FOLDER
from tests import databases, factories
from tests.invariants.conftest import FAR_AHEAD

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run():
    run = factories.run(enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    return run


def enrol(run, email="anna@example.org"):
    return enrolment.enrol(run, factories.person(email))[0]


def addresses(mails):
    return sorted(mail["To"] for mail in mails)


def kill(worker):
    worker.process.kill()
    worker.process.wait()


def revive(worker):
    worker.start()
    wait(worker, lambda: " ready." in worker.tail())


def test_a_killed_worker_loses_nothing(celery_worker, inbox, run):
    kill(celery_worker)
    enrol(run)
    time.sleep(1)
    assert inbox() == []
    assert Delivery.objects.get().state == "queued"
    revive(celery_worker)
    assert addresses(inbox(1)) == ["anna@example.org"]


def test_an_emptied_broker_loses_nothing(celery_worker, inbox, run, valkey, beat):
    kill(celery_worker)
    enrol(run)
    valkey.client().flushall()
    revive(celery_worker)
    assert addresses(inbox(1, seconds=60)) == ["anna@example.org"]


@pytest.fixture
def services(celery_worker, beat, valkey):
    """Worker and beat run; the broker is there to be troubled."""
    return valkey


@pytest.mark.parametrize("trouble", ["stop", "freeze"])
def test_without_a_broker_people_enrol_and_get_their_mail_later(
    services, inbox, run, client, trouble
):
    valkey = services
    getattr(valkey, trouble)()
    client.force_login(factories.user("anna@example.org"))
    with translation.override("en"):
        path = reverse("courses:run_enrol", args=[run.course.slug, run.pk])
    began = time.monotonic()
    answer = client.post(path, {"expects": "seat"})
    assert answer.status_code == 302
    assert time.monotonic() - began < 10
    assert Enrolment.objects.get().status == "confirmed"
    assert inbox() == []
    valkey.start() if trouble == "stop" else valkey.thaw()
    assert addresses(inbox(1, seconds=90)) == ["anna@example.org"]


def test_without_a_broker_a_visitor_is_mailed_a_code_later(services, inbox, run, client):
    valkey = services
    valkey.stop()
    with translation.override("en"):
        path = reverse("courses:run_enrol", args=[run.course.slug, run.pk])
    answer = client.post(path, {"name": "Anna", "email": "anna@example.org"})
    assert answer.status_code == 302
    valkey.start()
    assert addresses(inbox(1, seconds=90)) == ["anna@example.org"]


def test_two_workers_and_a_double_beat_send_each_mail_once(celery_worker, inbox, run, beat):
    other = Child("Another worker", celery_worker.argv, log=FOLDER / "other-worker.log")
    other.start()
    try:
        wait(other, lambda: " ready." in other.tail())
        people = [f"person{number}@example.org" for number in range(10)]
        for email in people:
            enrol(run, email)
            outbox.wakeup.ring()
            outbox.wakeup.ring()
        inbox(10)
        time.sleep(2)
        assert addresses(inbox()) == sorted(people)
    finally:
        end([other])


def test_a_worker_killed_with_a_mail_in_hand_sends_the_same_mail_again(celery_worker, inbox, run):
    """What it had taken is sent by another when the lease ends; shortened here, five minutes otherwise."""
    kill(celery_worker)
    enrol(run)
    with databases.superuser(connection.settings_dict["NAME"]) as cursor:
        cursor.execute(
            "UPDATE mailing_delivery SET state = 'claimed', attempts = 1, lease_token = gen_random_uuid(),"
            " lease_until = clock_timestamp() + interval '1 second'"
        )
    revive(celery_worker)
    time.sleep(1.2)
    outbox.wakeup.ring()
    (mail,) = inbox(1)
    delivery = Delivery.objects.get()
    assert (delivery.internet_message_id, delivery.attempts) == (mail["Message-ID"], 2)


def test_a_database_gone_in_the_middle_is_503_and_trying_again_enrols_once(
    client, run, monkeypatch
):
    client.raise_request_exception = False
    client.force_login(factories.user("anna@example.org"))
    with translation.override("en"):
        path = reverse("courses:run_enrol", args=[run.course.slug, run.pk])
    tell = notices.tell

    def lose_the_database(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with databases.superuser("postgres") as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        tell(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(notices, "tell", lose_the_database)
        answer = client.post(path, {"expects": "seat"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert not Enrolment.objects.exists()
    assert client.post(path, {"expects": "seat"}).status_code == 302
    assert (Enrolment.objects.count(), Delivery.objects.count()) == (1, 1)
