"""A person's whole way through the site leaves no address, name, link or code in logs and broker (A23)."""

import os
import re
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from kombu.utils.json import loads

from consent.models import Person
from courses.models import Enrolment
from mailing import links
from mailing.models import Delivery, SignUp
from portal.celery import app
from tests import factories
from tests.faults import harness
from tests.faults.harness import until
from tests.faults.visitor import Visitor
from tests.invariants.conftest import FAR_AHEAD

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

NAME, BOX = "Merkkinen Tunnus", "merkki.jalki"
ADDRESS = f"{BOX}@jalki.example"
GONE = f"{BOX}.dead@jalki.example"


class Journey:
    """What one does, and what is handed over on the way: tokens and codes."""

    def __init__(self, site):
        self.visitor = Visitor(site.port)
        self.secrets = []

    def secret(self, name):
        """A secret of the newest message, before it has left: no worker runs yet."""
        value = Delivery.objects.latest("pk").message.secrets[name]
        self.secrets.append(value.rstrip("/").rpartition("/")[2].rpartition("key=")[2])
        return urlsplit(value)._replace(scheme="", netloc="").geturl()

    def newsletter(self):
        visitor = self.visitor
        assert visitor.send("/en/newsletter/", email=ADDRESS) == 200
        link = self.secret("confirm_url")
        assert visitor.send(link) == 200
        assert visitor.open(self.secret("preferences_page")) == 200
        assert visitor.send("/en/newsletter/", email=GONE) == 200
        assert visitor.open(link + "x/") == 404
        assert visitor.open(link.replace("/confirm/", "/not-me/")) == 410
        assert visitor.open(link, {}) == 403  # a form from elsewhere

    def seat(self, run):
        visitor = self.visitor
        path = f"/en/courses/{run.course.slug}/{run.pk}/enrol/"
        visitor.send(path, name=NAME, email=ADDRESS)
        code = Delivery.objects.latest("pk").message.secrets["code"]
        self.secrets.append(code)
        visitor.send(visitor.url, code=code)
        assert Person.objects.filter(user__email=ADDRESS).exists()
        assert Enrolment.objects.get().person.email == ADDRESS

    def withdrawal(self):
        letter = Delivery.objects.filter(message__template="mailing/newsletter").latest("pk")
        for url in (links.one_click_url(letter), links.why_url(letter)):
            self.secrets.append(url.rstrip("/").rpartition("/")[2])
            assert self.visitor.open(urlsplit(url).path) == 200
        one_click = {"List-Unsubscribe": "One-Click"}
        assert self.visitor.open(urlsplit(links.one_click_url(letter)).path, one_click) == 200


@pytest.fixture
def traces(web, sink, team, tmp_path):
    """After the journey: what the broker held on the way, and all that the processes have written."""
    server, site = sink(), web(LOG_LEVEL="DEBUG")
    run = factories.run(enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    journey = Journey(site)
    journey.newsletter()
    journey.seat(run)
    held = broker()
    crew = team(server.settings, LOG_LEVEL="DEBUG")
    crew.start(2)
    harness.newsletter()
    until(lambda: Delivery.objects.filter(state="failed").exists(), "the refused one")
    until(harness.is_over, "all mails")
    journey.withdrawal()
    held += broker()
    files = [
        path for path in tmp_path.rglob("*.log") if path.parent != server.folder
    ]  # not the relay's
    logs = {path.name: path.read_text(errors="replace") for path in files}
    return journey, logs, held


def broker():
    """Every key and value in Valkey, as text."""
    valkey = redis.Redis.from_url(os.environ["REDIS_URL"])
    found = []
    for key in valkey.scan_iter(count=1000):
        read = {b"list": lambda key: valkey.lrange(key, 0, -1), b"string": valkey.get}
        read |= {b"hash": valkey.hgetall, b"set": valkey.smembers}
        read |= {b"zset": lambda key: valkey.zrange(key, 0, -1, withscores=True)}
        found.append(f"{key!r} {read[valkey.type(key)](key)!r}")
    valkey.close()
    return found


def test_nothing_of_the_person_is_left_in_logs_and_broker(traces):
    journey, logs, held = traces
    assert SignUp.objects.filter(address=ADDRESS, confirmed_at__isnull=False).exists()
    assert len(logs) == 4  # site, two workers, beat
    assert all(logs.values()), "every process has written something"
    marks = [ADDRESS, BOX, NAME, NAME.split(maxsplit=1)[0], *journey.secrets]
    marks += [mark.replace("@", "%40") for mark in marks]
    for name, text in {**logs, "the broker": "\n".join(held)}.items():
        found = found_in(text, marks)
        lines = [
            line for line in text.splitlines() if any(m.lower() in line.lower() for m in found)
        ]
        assert (name, found, lines[:3]) == (name, [], [])


def found_in(text, marks):
    """Those of the marks that stand in the text."""
    return [mark for mark in marks if mark.lower() in text.lower()]


def test_a_control_without_the_mask_a_mailed_link_is_found_in_the_log(web):
    site = web(FAULT_UNMASKED="1", LOG_LEVEL="DEBUG")
    journey = Journey(site)
    journey.newsletter()
    token, _preferences = journey.secrets
    assert found_in(site.child.log.read_text(), [ADDRESS, *journey.secrets]) == [token]


def test_tasks_are_given_keys_alone():
    """What a ring and an index job carry, as it lies in the queue."""
    valkey = redis.Redis.from_url(os.environ["REDIS_URL"])
    valkey.delete("celery")
    harness.service_mail("waits.good")
    factories.course("Tekoäly")
    app.send_task("courses.tasks.refresh_search", [[1, 2]])
    bodies = [loads(each) for each in valkey.lrange("celery", 0, -1)]
    valkey.delete("celery")
    valkey.close()
    arguments = {(each["headers"]["argsrepr"], each["headers"]["kwargsrepr"]) for each in bodies}
    assert arguments == {("()", "{}"), ("[[1, 2]]", "{}")}
    assert all(re.fullmatch(r"[()\[\]{}\d, ]*", args + kwargs) for args, kwargs in arguments)
    assert settings.CELERY_TASK_IGNORE_RESULT is True
