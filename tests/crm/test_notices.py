"""A person of whom others told staff is told so once, within a month, with the source and their rights (GDPR Art. 14)."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consent import ledger, people, suppression
from consent.models import Person
from crm import affiliations, contacts, merging, notices
from crm.affiliations import Part
from crm.contacts import Card, Told
from crm.models import ContactPerson
from mailing import gateway
from mailing.models import Delivery
from portal import invariants
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

OTHERS = Told(by_others=True, basis="interest")
CARD = Card(name="Anna Virtanen", language="en", source="the web site of Konepaja Oy")


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tomorrow(set_clock):
    return lambda: set_clock(NOW + DAY)


def added(told=OTHERS, email="anna@example.org", **fields):
    return contacts.create(email, CARD, told=told, by=None, **fields)


def inform():
    return notices.inform(now=timezone.now())


def test_the_notice_is_queued_a_day_after_and_only_once(tomorrow):
    card = added()
    assert inform() == 0
    tomorrow()
    assert (inform(), inform()) == (1, 0)
    sent = Delivery.objects.get()
    assert (sent.address, sent.message.template, sent.message.kind, sent.message.context) == (
        "anna@example.org",
        "crm/imported",
        "legal",
        {"organisation": "", "source": CARD.source, "basis": "interest", "institution": ""},
    )
    card.refresh_from_db()
    assert card.informed_at == NOW + DAY


def test_it_says_where_from_why_who_and_what_one_may_do(tomorrow, inbox):
    konepaja = factories.organisation("Konepaja Oy")
    affiliations.begin(added().person, konepaja, Part(), by=None)
    tomorrow()
    inform()
    gateway.drain()
    (mail,) = inbox(1)
    text = mail.get_body(("plain",)).get_content().replace("\n", " ")
    for said in (
        "as a contact person of Konepaja Oy",
        "Your details are from this source: the web site of Konepaja Oy.",
        "our legitimate interest",
        "have it corrected or erased, have its use restricted, and object to it",
    ):
        assert said in text


def test_what_is_corrected_within_the_day_is_what_is_told(tomorrow):
    card = added()
    corrected = Card(**{**vars(CARD), "source": "a colleague"})
    contacts.change(card, corrected, version=contacts.version_of(card))
    tomorrow()
    inform()
    assert Delivery.objects.get().message.context["source"] == "a colleague"


def test_who_told_us_themself_gets_none(tomorrow):
    added(Told(basis="interest"))
    tomorrow()
    assert inform() == 0


def test_an_organisations_general_address_gets_none(tomorrow):
    added(email="info@konepaja.fi", kind="organisation")
    tomorrow()
    assert inform() == 0


@pytest.mark.parametrize("reason", ["erased", "objected"])
def test_who_is_suppressed_is_neither_added_nor_told(reason, tomorrow):
    suppression.suppress("anna@example.org", reason)
    with pytest.raises(people.SuppressedError):
        added()
    tomorrow()
    assert inform() == 0
    assert not Person.objects.exists()


def test_whose_data_lie_still_is_told_when_they_do_no_more(set_clock):
    anna = added().person
    ledger.restrict(anna, method="form")
    set_clock(NOW + 40 * DAY)
    assert (inform(), invariants.broken()) == (0, {})
    ledger.release(anna, method="form")
    assert (inform(), invariants.broken()) == (1, {})


def test_two_runs_at_once_tell_once(tomorrow, transactional_db, at_once):
    for number in range(5):
        added(email=f"p{number}@example.org")
    tomorrow()
    assert at_once(inform, inform, inform) == [None] * 3
    assert Delivery.objects.count() == 5


def test_control_without_the_lock_they_would_be_told_twice(
    tomorrow, transactional_db, at_once, monkeypatch
):
    added()
    tomorrow()
    queryset = type(Person.objects.all())
    monkeypatch.setattr(queryset, "select_for_update", lambda self, **_: self)
    assert at_once(inform, inform) == [None] * 2
    assert Delivery.objects.count() == 2


def test_a_month_without_it_breaks_a_promise(set_clock):
    added()
    set_clock(NOW + 30 * DAY)
    assert invariants.broken() == {}
    set_clock(NOW + 31 * DAY)
    assert set(invariants.broken()) == {"k4"}
    inform()
    assert invariants.broken() == {}


def test_no_ground_no_card_from_others():
    refused = pytest.raises(IntegrityError, match="contact_from_others_with_a_basis")
    with refused, transaction.atomic():
        added(Told(by_others=True))
    assert not ContactPerson.objects.exists()


@pytest.mark.parametrize("kept_is_told", [True, False])
def test_of_two_who_are_one_the_earlier_day_and_any_notice_count(kept_is_told, set_clock):
    one, by = added(), factories.staff(None, "sales")
    set_clock(NOW + DAY)
    two = added(Told(by_others=True, basis="contract"), "av@example.org")
    if kept_is_told:
        inform()
    merging.merge(two.person, one.person, {}, by=by)
    two.refresh_from_db()
    assert (two.from_others_at, two.basis) == (NOW, "contract")
    assert inform() == int(not kept_is_told)
