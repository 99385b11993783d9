"""Valkey emptied, then away, while a campaign goes out: the site answers, and every mail leaves once (F08, R8)."""

import pytest
from django.urls import reverse
from django.utils import translation

from courses.models import Enrolment
from mailing.models import Delivery
from tests import factories
from tests.faults import harness
from tests.faults.harness import State, until
from tests.invariants.conftest import FAR_AHEAD

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

READERS = 600


@pytest.fixture
def run():
    run = factories.run(enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    return run


def sent():
    return Delivery.objects.filter(state=State.SENT).count()


def enrol_and_sign_in(client, run):
    """What people come for while the broker is away: a seat, and a code to sign in with."""
    client.force_login(factories.user("anna@example.org"))
    with translation.override("en"):
        path = reverse("courses:run_enrol", args=[run.course.slug, run.pk])
    assert client.post(path, {"expects": "seat"}).status_code == 302
    assert Enrolment.objects.get().status == "confirmed"
    client.logout()
    answer = client.post("/en/accounts/login/code/", {"email": "anna@example.org"})
    assert answer.status_code == 302
    code = Delivery.objects.filter(message__template="accounts/code").latest("pk")
    answer = client.post(answer.headers["Location"], {"code": code.message.secrets["code"]})
    assert (answer.status_code, "_auth_user_id" in client.session) == (302, True)


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
    assert Delivery.objects.count() == READERS + 2  # the confirmation and the code
    harness.each_once(server)


def test_without_beat_a_lost_ring_would_stay_lost(sink, team, valkey):
    """The control: nothing but beat rings again what the broker forgot."""
    server = sink()
    crew = team(server.settings)
    harness.service_mail("waits.good")
    valkey.client().flushall()
    crew.start(1, beat=False)
    harness.newsletter()  # rings once more, for nobody
    until(lambda: sent() == 1, "the ring that was not lost")
    harness.service_mail("other.good")
    crew.signal(19, crew.workers[0])
    valkey.client().flushall()
    crew.signal(18, crew.workers[0])
    crew.start(0)
    until(harness.is_over, "beat's ring")
    harness.each_once(server)
