"""What a person chooses in the preference centre, as the ledger keeps it (D2.4)."""

from datetime import date

import pytest

from consent import ledger, permission
from consent.kinds import Method
from consent.ledger import Proof
from consent.models import Event, Preference
from mailing import outbox, preferences
from mailing.models import Delivery
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db
HOW = {"method": Method.FORM, "evidence": Proof(note="signed in")}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def topics():
    return [factories.topic(slug) for slug in ("digi", "johtaminen", "talous")]


@pytest.fixture
def anna():
    return factories.person("anna@example.org")


def on(person):
    return [each.topic.slug for each in preferences.overview(person).choices if each.is_on]


def said(person):
    events = Event.objects.of(person)
    return [(each.action, each.topic and each.topic.slug) for each in events]


def test_who_has_said_nothing_has_nothing(anna, topics):
    known = preferences.overview(anna)
    assert (known.is_on, known.is_any_on, known.history, known.others) == (False, False, [], [])
    assert known.preference.frequency == "monthly"
    assert not Preference.objects.exists()


def test_all_topics_less_one_is_one_refusal(anna, topics):
    factories.grant(anna)
    preferences.drop(anna, topics[:2], HOW)
    assert on(anna) == ["digi", "johtaminen"]
    assert said(anna) == [("granted", None), ("withdrawn", "talous")]


def test_no_topics_stop_the_newsletter(anna, topics):
    factories.grant(anna, topic=topics[0])
    preferences.drop(anna, [], HOW)
    assert on(anna) == []
    assert said(anna)[-1] == ("withdrawn", None)


def test_saving_what_is_so_already_writes_nothing(anna, topics):
    preferences.drop(anna, [], HOW)
    assert said(anna) == []
    factories.grant(anna, topic=topics[0])
    preferences.drop(anna, topics[:1], HOW)
    preferences.add(anna, topics[:1], HOW, language="fi")
    assert said(anna) == [("granted", "digi")]


def test_added_topics_are_granted_in_the_wording_shown(anna, topics):
    preferences.add(anna, topics[:2], HOW, language="sv")
    assert on(anna) == ["digi", "johtaminen"]
    assert {each.wording.language for each in Event.objects.of(anna)} == {"sv"}


def test_every_topic_is_everything_also_what_has_no_topic(anna, topics):
    factories.grant(anna)
    preferences.drop(anna, topics[:1], HOW)
    ledger.withdraw(anna, "newsletter", method="form")
    preferences.add(anna, topics, HOW, language="fi")
    assert on(anna) == ["digi", "johtaminen", "talous"]
    assert preferences.is_on(anna, None)


def test_a_pause_leaves_the_permission(anna, topics):
    factories.grant(anna)
    preferences.set_pace(anna, frequency="weekly", paused_until=date(2026, 12, 24))
    known = preferences.overview(anna)
    assert (known.is_paused, known.is_on) == (True, True)
    assert permission.may_contact(anna, "newsletter").rule == "paused"
    assert permission.stands(anna, "newsletter").rule == "consent"


def test_undoing_brings_back_what_the_refusal_ended_and_no_more(anna, topics, set_clock):
    factories.grant(anna, topic=topics[0])
    factories.grant(anna, topic=topics[1])
    ledger.withdraw(anna, "newsletter", topic=topics[1], method="form")
    set_clock(NOW + DAY)
    refusal = ledger.withdraw(anna, "newsletter", method="form")
    set_clock(NOW + 2 * DAY)
    assert on(anna) == []
    preferences.undo(anna, refusal, HOW, language="fi")
    assert on(anna) == ["digi"]
    assert said(anna)[-2:] == [("withdrawn", None), ("granted", "digi")]


def test_undoing_an_objection_brings_back_all_it_ended_as_consent(anna, topics, set_clock):
    tamk = factories.institution("tamk")
    factories.grant(anna)
    factories.sale(anna, tamk)
    set_clock(NOW + DAY)
    refusal = ledger.object_to_marketing(anna, method="form")
    assert not permission.stands(anna, "similar", controller=tamk).allowed
    set_clock(NOW + 2 * DAY)
    preferences.undo(anna, refusal, HOW, language="fi")
    assert on(anna) == ["digi", "johtaminen", "talous"]
    assert permission.stands(anna, "similar", controller=tamk).rule == "consent"


def test_other_purposes_and_channels_stand_apart_and_stop_one_by_one(anna):
    tamk, tty = factories.institution("tamk"), factories.institution("tty")
    factories.sale(anna, tamk)
    factories.sale(anna, tty)
    factories.grant(anna, channel="sms")
    others = preferences.overview(anna).others
    assert [(each.purpose, each.channel, each.allowed) for each in others] == [
        ("newsletter", "sms", True),
        ("similar", "email", True),
        ("similar", "email", True),
    ]
    preferences.stop(anna, others[1].last, HOW)
    assert [each.allowed for each in preferences.overview(anna).others] == [True, False, True]


def queued(person, **about):
    return outbox.queue("mailing/newsletter", person, {}, **about)


def test_stopping_a_mail_stops_its_topic_only(anna, topics):
    factories.grant(anna)
    delivery = queued(anna, purpose="newsletter", topic=topics[0])
    event = preferences.stop_mail(delivery, HOW)
    assert (event.topic, event.source) == (topics[0], f"delivery {delivery.pk}")
    assert on(anna) == ["johtaminen", "talous"]
    assert preferences.stop_mail(delivery, HOW) is None


def test_a_service_mail_cannot_be_stopped(anna):
    welcome = outbox.queue("mailing/welcome", anna, {})
    assert preferences.stop_mail(welcome, HOW) is None
    assert not Event.objects.exists()


def test_asking_for_a_link_mails_one_to_whoever_it_is():
    for address in ("anna@example.org", "nobody@example.org"):
        preferences.mail_link(address, language="fi")
    links = [each.message.secrets["preferences_page"] for each in Delivery.objects.all()]
    assert len(links) == 2
    assert all("/fi/omat/preferences/?key=" in link for link in links)
