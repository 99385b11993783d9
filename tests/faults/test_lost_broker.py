"""Valkey emptied, then away, while a campaign goes out: the site answers, and every mail leaves once (F08, R8)."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import translation

from courses.models import Enrolment
from mailing.models import Delivery
from portal.celery import app
from tests import factories
from tests.faults import harness
from tests.faults.harness import State, until
from tests.invariants.conftest import FAR_AHEAD

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

READERS = 600
PASSWORD = "kolme vihreää porkkanaa"


@pytest.fixture
def run():
    run = factories.run(enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    return run


def sent():
    return Delivery.objects.filter(state=State.SENT).count()


def enrol_and_sign_in(client, run):
    """What people come for while the broker is away: a seat, and a way in."""
    user = factories.user("anna@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    with translation.override("en"):
        path = reverse("courses:run_enrol", args=[run.course.slug, run.pk])
    assert client.post(path, {"expects": "seat"}).status_code == 302
    assert Enrolment.objects.get().status == "confirmed"
    client.logout()
    answer = client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(user.pk))


def test_a_campaign_outlives_an_emptied_and_a_stopped_broker(sink, team, valkey, client, run):
    server = sink(slow=20)
    harness.subscribers([f"reader{no}.good" for no in range(READERS)])
    harness.newsletter()
    crew = team(server.settings)
    crew.start(2)
    until(lambda: sent() > READERS // 6, "a sixth")
    valkey.client().flushall()
    until(lambda: sent() > READERS // 3, "a third, after the broker was emptied")
    valkey.stop()
    enrol_and_sign_in(client, run)
    before = sent()
    valkey.start()
    until(lambda: sent() > before, "sending goes on", seconds=120)
    until(harness.is_over, "the end")
    assert Delivery.objects.exclude(state=State.SENT).count() == 0
    assert Delivery.objects.count() == READERS + 1  # the confirmation
    harness.each_once(server)


def test_a_control_without_beat_leaves_what_the_broker_forgot(sink, team, valkey):
    server = sink()
    harness.service_mail("waits.good")
    valkey.client().flushall()
    crew = team(server.settings)
    crew.start(1, beat=False)
    app.send_task("mailing.tasks.settle_doubts")
    until(lambda: crew.settled_ever() == 1, "another task, which the worker has taken")
    assert harness.tally() == {"queued": 1}
    crew.start(0)
    until(harness.is_over, "beat's ring")
    harness.each_once(server)
