"""Scanners open every link of every mail, twice and in every way that reads: nothing in the database changes (A17)."""

import email
import email.policy
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from consent import permission
from courses import enrolment, notices
from mailing import links, newsletters, outbox, preferences
from mailing.envelope import envelope
from mailing.models import Delivery
from mailing.templates import templates
from mailing.views import delivered
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https?://[^\s<>\"')]+")


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def journey():
    """One mail of every template, by the verbs that send it; where there is none, queued as its verb would."""
    digi = factories.topic("digi")
    anna = factories.person("anna@example.org", name="Anna Virtanen", language="en")
    newsletters.confirm(
        newsletters.request(anna.email, topics=[digi], frequency="monthly", language="en")
    )
    newsletters.request("other@example.org", frequency="monthly", language="sv")
    preferences.mail_link(anna.email, language="fi")
    run = factories.run(seats=1)
    factories.session(run)
    held, _ = enrolment.enrol(run, anna)
    enrolment.enrol(run, factories.person("bertta@example.org"))
    enrolment.cancel(held)
    outbox.queue("mailing/newsletter", anna, {}, purpose="newsletter", topic=digi)
    known = {template.name for template in templates}
    sent = set(Delivery.objects.values_list("message__template", flat=True))
    values = {
        **notices.facts(run, "en").values,
        "enrolment": held.pk,
        "place_in_queue": 1,
        "offer_hours": 48,
        "offer_expires_at": NOW.isoformat(),
        "was": "confirmed",
        "what": "sign_in",
        "new_address": "uusi@example.org",
        "question": "Voiko tulla illalla?",
        "answer": "Voi.",
        "answers_by": NOW.isoformat(),
        "why": "asked",
        "task": 1,
    }
    for name in known - sent:
        outbox.queue(name, anna, values, secrets={"code": "1234-5678"})
    assert set(Delivery.objects.values_list("message__template", flat=True)) == known


def mailed_links():
    """Every address in every mail: in its headers, its text and its HTML."""
    found = set()
    for delivery in Delivery.objects.select_related("message", "person"):
        mail = email.message_from_bytes(envelope(delivery, NOW), policy=email.policy.default)
        found |= set(LINK.findall(mail["List-Unsubscribe"] or ""))
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                found |= set(LINK.findall(part.get_content().replace("&amp;", "&")))
    assert {urlsplit(link).netloc for link in found} == {urlsplit(settings.BASE_URL).netloc}
    return sorted(link.removeprefix(settings.BASE_URL) for link in found)


def snapshot():
    """Every row of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found[table] = cursor.fetchall()
    return found


def scan(paths):
    """GET, HEAD and OPTIONS of each, twice, each time as somebody new."""
    statuses = set()
    for path in [*paths, *paths]:
        for method in ("get", "head", "options"):
            statuses.add(getattr(Client(), method)(path).status_code)
    return statuses


def test_reading_every_link_of_every_mail_changes_nothing():
    journey()
    paths = mailed_links()
    for door in ("confirm", "not-me", "unsubscribe", "why", "key="):
        assert any(door in path for path in paths), door
    before = snapshot()
    assert scan(paths) <= {200, 302, 405}
    assert snapshot() == before


def test_a_control_sees_a_link_that_acts_when_it_is_opened(monkeypatch):
    """The page with the button, made to stop the newsletter at once."""
    journey()
    monkeypatch.setattr(
        delivered,
        "render",
        lambda request, _page, about: delivered.stopped(request, about["delivery"]),
    )
    paths = [path for path in mailed_links() if "unsubscribe" in path]
    before = snapshot()
    scan(paths)
    after = snapshot()
    assert {name for name in after if after[name] != before[name]} >= {
        "consent_event",
        "consent_state",
    }


def test_after_all_that_reading_one_click_still_stops_its_topic_alone():
    journey()
    scan(mailed_links())
    letter = Delivery.objects.get(message__template="mailing/newsletter")
    anna, digi, talous = letter.person, factories.topic("digi"), factories.topic("talous")
    factories.grant(anna, topic=talous)
    path = links.one_click_url(letter).removeprefix(settings.BASE_URL)
    client = Client(enforce_csrf_checks=True)
    answers = [client.post(path, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]
    assert [(each.status_code, each.content, dict(each.cookies)) for each in answers] == [
        (200, b"", {})
    ] * 2
    stands = [permission.stands(anna, "newsletter", topic=each).allowed for each in (digi, talous)]
    assert stands == [False, True]
