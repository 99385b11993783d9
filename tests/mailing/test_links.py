"""Each signed link opens its own door, for its own person, while it lives, and no other (A10)."""

import pytest
from django.urls import reverse
from django.utils import translation

from consent.models import Event
from mailing import links, outbox
from mailing.models import Delivery, SignUp
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

OPEN = {  # the doors, and how each answers to a key that is not its own
    "confirm": ("mailing:newsletter_confirm", 410),
    "not_me": ("mailing:newsletter_not_me", 410),
    "unsubscribe": ("site:unsubscribe", 410),
    "why": ("mailing:why", 410),
    "preferences": ("mailing:preferences", 410),
    "prove": ("mailing:address_prove", 410),
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def letter():
    """A newsletter, and a sign-up of the same key: only the salt tells their links apart."""
    person = factories.person("anna@example.org")
    event = factories.grant(person)
    made = outbox.queue("mailing/newsletter", person, {}, language="en", purpose="newsletter")
    Delivery.objects.filter(pk=made.pk).update(
        permitted_by=event, decision="consent", transmit_at=NOW
    )
    SignUp.objects.create(
        pk=made.pk, person=person, address=person.email, language="en", frequency="monthly"
    )
    return made


def tokens(letter):
    """A good one for each door."""
    salts = {name: getattr(links, name.upper()) for name in OPEN}
    return {name: links._sign(salt, letter.pk) for name, salt in salts.items()}


def knock(client, door, token, method="get"):
    """The status of the door's page for the token."""
    name, _closed = OPEN[door]
    with translation.override("en"):
        if door == "preferences":
            return getattr(client, method)(f"{reverse(name)}?key={token}").status_code
        return getattr(client, method)(reverse(name, args=[token])).status_code


def test_every_salt_of_the_module_has_a_door_here():
    assert {
        name.lower()
        for name, value in vars(links).items()
        if str(value).startswith("mailing.links.")
    } == set(OPEN)


def test_a_token_opens_its_own_door_alone(client, letter):
    opened = {
        (door, name)
        for door in OPEN
        for name, token in tokens(letter).items()
        if knock(client, door, token) == 200
    }
    assert opened == {(door, door) for door in OPEN}


@pytest.mark.parametrize("door", OPEN)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_but_the_token_itself_opens(client, letter, door, method):
    good = tokens(letter)[door]
    key, seal = good.split(".", 1)
    others = [
        f"{letter.pk + 1}.{seal}",  # another person's
        f"{key}.{seal[:-1]}{'A' if seal[-1] != 'A' else 'B'}",
        f"{key}.{seal.swapcase()}",
        f"{key}.",
        key,
        f"{key}.{seal}.{seal}",
        f"0{key}.{seal}",
        f"{'9' * 30}.{seal}",
        f"{key}.{seal}\x00",
        "x" * 300,
    ]
    before = Event.objects.count()
    closed = {404, 405, 410, 400}
    assert [
        knock(client, door, each.replace("\x00", "%00"), method) in closed for each in others
    ] == [True] * len(others)
    assert Event.objects.count() == before


def test_a_control_with_one_salt_for_all_every_token_opens_every_door(client, letter, monkeypatch):
    sign, read = links._sign, links._read
    monkeypatch.setattr(links, "_sign", lambda _salt, key: sign("all", key))
    monkeypatch.setattr(links, "_read", lambda _salt, token: read("all", token))
    for door in OPEN:
        opened = {name for name, each in tokens(letter).items() if knock(client, door, each) == 200}
        assert (door, opened) == (door, set(OPEN))


def test_a_control_that_reads_no_seal_opens_to_anything_with_a_key(client, letter, monkeypatch):
    monkeypatch.setattr(links, "_read", lambda _salt, token: int(token.partition(".")[0]))
    assert {door: knock(client, door, f"{letter.pk}.x") for door in OPEN} == dict.fromkeys(
        OPEN, 200
    )


@pytest.mark.parametrize("door", ["confirm", "not_me", "prove"])
def test_a_link_that_raises_or_ends_something_lives_seven_days(client, letter, door, set_clock):
    token = tokens(letter)[door]
    assert knock(client, door, token) == 200
    set_clock(NOW + 7 * DAY)
    assert [knock(client, door, token, method) for method in ("get", "post")] == [410, 410]
    assert Event.objects.count() == 1


@pytest.mark.parametrize("door", ["unsubscribe", "why", "preferences"])
def test_a_mail_s_links_live_as_long_as_the_mail(client, letter, door, set_clock):
    token = tokens(letter)[door]
    set_clock(NOW + 1000 * DAY)
    assert knock(client, door, token) == 200
    letter.message.deliveries.update(state="suppressed", decision="cancelled")
    assert knock(client, door, token) == 200


def test_used_again_a_confirmation_does_not_undo_a_later_no(client, letter):
    """What is replayed is what was said then: a later refusal stands."""
    token = tokens(letter)["confirm"]
    assert knock(client, "confirm", token, "post") == 200
    assert knock(client, "unsubscribe", tokens(letter)["unsubscribe"], "post") == 302
    before = list(Event.objects.order_by("pk").values_list("action", flat=True))
    assert before == ["granted", "granted", "withdrawn"]
    assert knock(client, "confirm", token, "post") == 200
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == before
