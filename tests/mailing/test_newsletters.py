"""The newsletter begins with the press on the mailed link's button, and by nothing else (D2.1)."""

from datetime import timedelta

import pytest

from consent import ledger, permission
from consent.models import Event, Evidence, Person, Preference
from mailing import newsletters
from mailing.models import Delivery, Message, SignUp
from mailing.tasks import forget_requests
from portal.tidying import forget_strangers
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def asked(address=ANNA, *topics, frequency="monthly", language="fi"):
    made = newsletters.request(address, topics=topics, frequency=frequency, language=language)
    assert made is not None
    return made


def allowed(person, topic=None):
    return permission.may_contact(person, "newsletter", topic=topic).allowed


def test_a_request_permits_nothing_and_mails_one_link():
    sign_up = asked()
    assert not Event.objects.exists()
    delivery = Delivery.objects.get()
    assert (delivery.message.template, delivery.address) == ("mailing/confirm", ANNA)
    assert delivery.message.not_after == NOW + timedelta(days=7)
    assert ANNA not in delivery.message.secrets["confirm_url"]
    assert not allowed(sign_up.person)


def test_confirming_permits_with_wording_and_proof_and_welcomes():
    sign_up = newsletters.confirm(asked(frequency="weekly"), ip="192.0.2.7", user_agent="Firefox")
    event = Event.objects.get()
    assert (event.action, event.method, event.by_kind) == ("granted", "form", "self")
    assert event.wording == ledger.wording_of("newsletter", "fi")
    assert event.source == f"sign-up {sign_up.pk}"
    proof = Evidence.objects.get()
    assert (proof.address, proof.ip, proof.user_agent) == (ANNA, "192.0.2.7", "Firefox")
    assert proof.note == "asked for at 2026-11-23 10:00 UTC"
    assert Preference.objects.get().frequency == "weekly"
    assert Message.objects.latest("pk").template == "mailing/welcome"
    assert allowed(sign_up.person, factories.topic())


def test_only_the_topics_asked_for_are_permitted():
    digi, money = factories.topic("digi"), factories.topic("talous")
    person = newsletters.confirm(asked(ANNA, digi)).person
    assert allowed(person, digi)
    assert not allowed(person, money)
    assert not allowed(person)


def test_confirming_twice_is_as_once():
    sign_up = asked()
    for _ in range(3):
        newsletters.confirm(sign_up)
    assert Event.objects.count() == 1
    assert Message.objects.filter(template="mailing/welcome").count() == 1


def test_an_old_link_does_not_bring_back_what_was_withdrawn_since():
    sign_up = newsletters.confirm(asked())
    ledger.withdraw(sign_up.person, "newsletter", method="one_click")
    newsletters.confirm(sign_up)
    assert not allowed(sign_up.person)
    assert Event.objects.count() == 2


def test_a_stranger_s_second_request_changes_nothing():
    person = newsletters.confirm(asked(ANNA, factories.topic("digi"))).person
    asked(ANNA, factories.topic("talous"), frequency="at_once")
    assert Event.objects.count() == 1
    assert allowed(person, factories.topic("digi"))
    assert not allowed(person, factories.topic("talous"))
    assert Preference.objects.get().frequency == "monthly"


@pytest.mark.parametrize("refuse", ["withdraw", "object"])
def test_an_earlier_refusal_stands_until_the_person_s_own_press(refuse):
    person = factories.person(ANNA)
    if refuse == "withdraw":
        ledger.withdraw(person, "newsletter", method="form")
    else:
        ledger.object_to_marketing(person, method="form")
    sign_up = asked()
    assert not allowed(person)
    newsletters.confirm(sign_up)
    assert allowed(person)
    assert [each.action for each in Event.objects.of(person)][-1] == "granted"


def test_a_known_person_keeps_name_and_language():
    person = factories.person(ANNA, name="Anna Virtanen", language="sv")
    sign_up = newsletters.confirm(asked(language="en"))
    person.refresh_from_db()
    assert (sign_up.person, person.name, person.language) == (person, "Anna Virtanen", "sv")


def test_permission_goes_to_who_has_proven_the_address_since():
    sign_up = asked()
    owner = factories.person("owner@example.org")
    sign_up.person.addresses.update(person=owner, is_primary=False)
    newsletters.confirm(sign_up)
    assert allowed(owner)
    assert not allowed(sign_up.person)


def test_not_me_ends_the_request_and_keeps_others_from_asking():
    sign_up = newsletters.not_me(asked())
    assert newsletters.request(ANNA, frequency="monthly", language="fi") is None
    newsletters.confirm(sign_up)
    assert not Event.objects.exists()
    assert Delivery.objects.count() == 1


def test_after_its_week_a_disowned_request_keeps_nobody_from_asking(set_clock):
    newsletters.not_me(asked())
    set_clock(NOW + timedelta(days=7, seconds=1))
    assert newsletters.request(ANNA, frequency="monthly", language="fi") is not None


def test_not_me_takes_back_what_somebody_confirmed_by_mistake():
    digi = factories.topic("digi")
    sign_up = newsletters.confirm(asked(ANNA, digi))
    newsletters.not_me(newsletters.not_me(sign_up))
    assert [each.action for each in Event.objects.of(sign_up.person)] == ["granted", "withdrawn"]
    assert not allowed(sign_up.person, digi)


def test_unconfirmed_requests_vanish_with_people_and_mails(set_clock):
    asked()
    kept = factories.person("kept@example.org")
    set_clock(NOW + timedelta(days=7, seconds=1))
    assert forget_requests() == 1
    assert forget_strangers(before=NOW + 7 * DAY) == 1
    assert list(Person.objects.all()) == [kept]
    assert not Message.objects.exists()


def test_a_request_is_kept_for_its_week(set_clock):
    asked()
    set_clock(NOW + timedelta(days=7))
    assert forget_requests() == 0
    assert forget_strangers(before=NOW + 7 * DAY) == 0


def test_who_confirmed_stays_when_the_request_goes(set_clock):
    person = newsletters.confirm(asked()).person
    set_clock(NOW + timedelta(days=8))
    assert (forget_requests(), forget_requests()) == (1, 0)
    forget_strangers(before=NOW + 8 * DAY)
    assert allowed(person)
    assert not SignUp.objects.exists()
