"""People's cards, addresses, phones, roles and situations in the register (C1.1)."""

from dataclasses import replace

import pytest

from consent import ledger, people, suppression
from consent.models import Person
from crm import affiliations, contacts, identifiers, situations
from crm.affiliations import (
    AlreadyThereError,
    EndedError,
    LastAdministratorError,
    Part,
    TooEarlyError,
)
from crm.contacts import Card, KnownError, OwnAddressError
from crm.models import Affiliation, ContactPerson, ContactPhone, Encounter, Situation
from crm.situations import Words
from crm.versions import StaleError
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

CARD = Card(name="Anna Virtanen", title="kehitysjohtaja", languages=("fi", "en"), source="messut")
ADMIN = Part(rights="admin")
LONG_AGO = NOW - 9999 * DAY  # threads have the real clock


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def seller():
    return factories.staff(None, "sales")


@pytest.fixture
def anna(seller):
    return contacts.create("Anna@example.org", CARD, by=seller)


@pytest.fixture
def konepaja():
    return factories.organisation("Konepaja Oy")


def at(version_of, row):
    row.refresh_from_db()
    return version_of(row)


# --- adding ------------------------------------------------------------------------------------


def test_a_person_is_added_by_their_address(anna, seller):
    assert (contacts.facts_of(anna), anna.person.email) == (CARD, "anna@example.org")
    told = Encounter.objects.get()
    assert (told.kind, told.person, told.by) == ("crm.contact_added", anna.person, seller)


def test_an_address_is_one_persons(anna):
    with pytest.raises(KnownError) as refused:
        contacts.create("ANNA@example.org", replace(CARD, name="Toinen"), by=None)
    assert refused.value.person == anna.person
    assert Person.objects.get(pk=anna.pk).name == "Anna Virtanen"
    assert ContactPerson.objects.count() == 1


def test_somebody_we_know_gets_a_card_and_keeps_their_own_name():
    learner = factories.person("liisa@example.org", name="Liisa Laine", language="sv")
    card = contacts.create("liisa@example.org", CARD, by=None)
    assert card.person == learner
    assert (card.person.name, card.person.language) == ("Liisa Laine", "sv")


def test_somebody_without_a_name_gets_one():
    factories.person("liisa@example.org", name="")
    assert contacts.create("liisa@example.org", CARD, by=None).person.name == "Anna Virtanen"


@pytest.mark.parametrize("reason", ["erased", "objected"])
def test_who_was_erased_or_objects_stays_out(reason):
    suppression.suppress("anna@example.org", reason)
    with pytest.raises(people.SuppressedError) as refused:
        contacts.create("anna@example.org", CARD, by=None)
    assert refused.value.reason == reason
    assert not Person.objects.known_by("anna@example.org").exists()


def test_a_general_address_is_an_organisations(konepaja):
    info = contacts.create(
        "info@konepaja.fi", Card(name="Konepaja Oy"), kind="organisation", by=None
    )
    affiliations.begin(info.person, konepaja, Part(), by=None)
    assert (info.person.kind, info.person.affiliations.get().organisation) == (
        "organisation",
        konepaja,
    )


def test_a_known_persons_address_does_not_become_general(anna):
    liisa = factories.person("liisa@example.org")
    contacts.create("liisa@example.org", CARD, kind="organisation", by=None)
    liisa.refresh_from_db()
    assert liisa.kind == "natural"


# --- changing ----------------------------------------------------------------------------------


def test_a_change_is_written_to_the_person_and_the_card(anna):
    card = Card(name="Anna Laine", language="sv", title="johtaja", languages=("sv",), source="x")
    contacts.change(anna, card, version=contacts.version_of(anna))
    fresh = ContactPerson.objects.get()
    assert (contacts.facts_of(fresh), fresh.version) == (card, 2)


def test_who_saves_second_is_told_and_nothing_is_written_over(anna):
    opened = contacts.version_of(anna)
    contacts.change(anna, replace(CARD, title="johtaja"), version=opened)
    with pytest.raises(StaleError):
        contacts.change(anna, replace(CARD, name="Toisin"), version=opened)
    assert contacts.facts_of(ContactPerson.objects.get()) == replace(CARD, title="johtaja")


def test_the_persons_own_correction_is_not_written_over(anna):
    opened = contacts.version_of(anna)
    people.correct(anna.person, name="Anna Laine", language="sv")
    with pytest.raises(StaleError):
        contacts.change(anna, CARD, version=opened)
    assert Person.objects.get(pk=anna.pk).name == "Anna Laine"


def test_a_new_address_is_written_to_and_the_old_one_stays_known(anna):
    ledger.withdraw(anna.person, "newsletter", method="form")
    assert contacts.change_address(anna, "Anna@uusi.fi", by=None)
    person = Person.objects.known_by("anna@example.org").get()
    assert (person, person.email) == (anna.person, "anna@uusi.fi")
    assert person.chains.get().chain.states.get().action == "withdrawn"


def test_the_present_address_is_no_change(anna):
    assert not contacts.change_address(anna, "ANNA@example.org", by=None)
    assert Encounter.objects.count() == 1


def test_an_old_address_can_be_the_one_again(anna):
    contacts.change_address(anna, "anna@uusi.fi", by=None)
    contacts.change_address(anna, "anna@example.org", by=None)
    assert anna.person.addresses.get(is_primary=True).email == "anna@example.org"


def test_another_persons_address_is_not_taken(anna):
    other = factories.person("liisa@example.org")
    with pytest.raises(KnownError) as refused:
        contacts.change_address(anna, "liisa@example.org", by=None)
    assert refused.value.person == other
    assert anna.person.email == "anna@example.org"


def test_a_suppressed_address_is_not_given_to_anybody(anna):
    suppression.suppress("gone@example.org", "erased")
    with pytest.raises(people.SuppressedError):
        contacts.change_address(anna, "gone@example.org", by=None)
    assert anna.person.addresses.count() == 1


def test_who_signs_in_changes_their_address_alone():
    user = factories.user("liisa@example.org")
    card = contacts.card_of(user.person)
    with pytest.raises(OwnAddressError):
        contacts.change_address(card, "other@example.org", by=None)
    assert user.person.email == "liisa@example.org"


# --- phones ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("040 123 4567", "+358401234567"),
        ("+358 (0)40 123 4567", "+358401234567"),
        ("00358401234567", "+358401234567"),
        ("+46 8 123 456 78", "+46812345678"),
    ],
)
def test_a_phone_is_kept_in_e164(given, kept):
    assert identifiers.phone(given) == kept


@pytest.mark.parametrize("wrong", ["", "112", "abc", "12", "9" * 300, "+999 123", "040\x001234567"])
def test_what_is_no_phone_is_refused(wrong):
    with pytest.raises(identifiers.InvalidError):
        identifiers.phone(wrong)


def test_a_phone_is_written_as_its_readers_do():
    assert identifiers.phone_in_words("+358401234567") == "040 1234567"
    assert identifiers.phone_in_words("+358401234567", abroad=True) == "+358 40 1234567"
    assert identifiers.phone_in_words("+46812345678") == "+46 8 123 456 78"


def phones():
    return list(ContactPhone.objects.order_by("pk").values_list("number", "kind", "is_primary"))


def test_the_first_phone_is_primary_and_another_takes_its_place(anna):
    contacts.add_phone(anna, "+358401234567", "mobile")
    contacts.add_phone(anna, "+35831234567", "work")
    assert phones() == [("+358401234567", "mobile", True), ("+35831234567", "work", False)]
    contacts.add_phone(anna, "+35831234567", "other", is_primary=True)
    assert phones() == [("+358401234567", "mobile", False), ("+35831234567", "other", True)]


def test_when_the_primary_phone_goes_another_is_primary(anna):
    first = contacts.add_phone(anna, "+358401234567", "mobile")
    contacts.add_phone(anna, "+35831234567", "work")
    for _ in range(2):
        contacts.remove_phone(first)
    assert phones() == [("+35831234567", "work", True)]


# --- roles -------------------------------------------------------------------------------------


def test_a_role_begins_now_and_the_first_is_primary(anna, konepaja, seller):
    made = affiliations.begin(anna.person, konepaja, Part(title="johtaja"), by=seller)
    assert (made.since, made.until, made.is_primary) == (NOW, None, True)
    told = Encounter.objects.get(kind="crm.affiliation_began")
    assert (told.person, told.organisation, told.data) == (
        anna.person,
        konepaja,
        {"title": "johtaja"},
    )


def test_a_second_primary_role_takes_the_place_of_the_first(anna, konepaja):
    first = affiliations.begin(anna.person, konepaja, Part(), by=None)
    other = factories.organisation("Toinen Oy")
    affiliations.begin(anna.person, other, Part(is_primary=True), by=None)
    first.refresh_from_db()
    assert not first.is_primary


def test_one_open_role_in_an_organisation(anna, konepaja):
    affiliations.begin(anna.person, konepaja, Part(), by=None)
    with pytest.raises(AlreadyThereError):
        affiliations.begin(anna.person, konepaja, ADMIN, by=None)
    assert Affiliation.objects.get().rights == "member"


def test_who_gets_a_role_is_in_the_register(konepaja):
    learner = factories.person()
    affiliations.begin(learner, konepaja, Part(), by=None)
    assert ContactPerson.objects.get().person == learner


def test_rights_that_change_are_told(anna, konepaja):
    made = affiliations.begin(anna.person, konepaja, Part(), by=None)
    part = Part(title="päällikkö", rights="coordinator", decision_power="decides", is_primary=True)
    affiliations.change(made, part, version=at(affiliations.version_of, made), by=None)
    made.refresh_from_db()
    assert affiliations.part_of(made) == part
    assert Encounter.objects.get(kind="crm.rights_given").data == {"rights": "coordinator"}


def test_who_changes_a_role_second_is_told(anna, konepaja):
    made = affiliations.begin(anna.person, konepaja, Part(), by=None)
    opened = at(affiliations.version_of, made)
    affiliations.change(made, ADMIN, version=opened, by=None)
    with pytest.raises(StaleError):
        affiliations.change(made, Part(title="toinen"), version=opened, by=None)
    made.refresh_from_db()
    assert (made.rights, made.title) == ("admin", "")


def test_a_role_ends_once(anna, konepaja):
    made = affiliations.begin(anna.person, konepaja, Part(), since=NOW - DAY, by=None)
    for _ in range(2):
        affiliations.end(made, by=None)
    made.refresh_from_db()
    assert (made.until, made.is_primary) == (NOW, False)
    assert Encounter.objects.filter(kind="crm.affiliation_ended").count() == 1
    with pytest.raises(EndedError):
        affiliations.change(made, ADMIN, version=affiliations.version_of(made), by=None)


def test_a_role_ends_after_it_begins(anna, konepaja):
    made = affiliations.begin(anna.person, konepaja, Part(), since=NOW - DAY, by=None)
    with pytest.raises(TooEarlyError):
        affiliations.end(made, at=NOW - DAY, by=None)
    made.refresh_from_db()
    assert made.until is None


# --- the last administrator --------------------------------------------------------------------


@pytest.fixture
def chiefs(konepaja):
    """Two administrators of the organisation."""
    return [
        affiliations.begin(factories.person(), konepaja, ADMIN, since=NOW - DAY, by=None)
        for _ in range(2)
    ]


def test_one_of_two_administrators_may_go_and_the_last_may_not(chiefs, konepaja):
    first, last = chiefs
    affiliations.end(first, by=None)
    with pytest.raises(LastAdministratorError):
        affiliations.end(last, by=None)
    with pytest.raises(LastAdministratorError):
        affiliations.change(last, Part(), version=at(affiliations.version_of, last), by=None)
    last.refresh_from_db()
    assert (last.until, last.rights) == (None, "admin")


def test_an_administrator_who_leaves_before_is_no_successor(chiefs):
    first, last = chiefs
    affiliations.end(first, at=NOW + DAY, by=None)
    with pytest.raises(LastAdministratorError):
        affiliations.end(last, at=NOW + 2 * DAY, by=None)


def test_a_successor_becomes_administrator(chiefs, konepaja):
    first, last = chiefs
    affiliations.end(first, by=None)
    member = affiliations.begin(factories.person(), konepaja, Part(), since=NOW - DAY, by=None)
    affiliations.end(last, successor=member, by=None)
    member.refresh_from_db()
    last.refresh_from_db()
    assert (member.rights, last.until) == ("admin", NOW)


def test_a_successor_is_of_the_same_organisation(chiefs):
    first, last = chiefs
    affiliations.end(first, by=None)
    elsewhere = affiliations.begin(
        factories.person(), factories.organisation("Toinen Oy"), Part(), since=NOW - DAY, by=None
    )
    with pytest.raises(Affiliation.DoesNotExist):
        affiliations.end(last, successor=elsewhere, by=None)
    elsewhere.refresh_from_db()
    assert elsewhere.rights == "member"


def both_leave(at_once, konepaja):
    """What two administrators hear who leave at once, and how many are left."""
    made = [
        affiliations.begin(factories.person(), konepaja, ADMIN, since=LONG_AGO, by=None)
        for _ in range(2)
    ]
    told = at_once(*(lambda each=each: affiliations.end(each, by=None) for each in made))
    return sorted(told, key=str), Affiliation.objects.filter(until=None).count()


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_leave_at_once_one_is_told(at_once, konepaja):
    assert both_leave(at_once, konepaja) == ([LastAdministratorError, None], 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_nobody_would_be_left(at_once, konepaja, monkeypatch):
    monkeypatch.setattr(affiliations, "lock", lambda *_: None)
    assert both_leave(at_once, konepaja) == ([None, None], 0)


# --- situations --------------------------------------------------------------------------------

WORDS = Words(kind="need", text="Tekoälyn käyttöönotto", since=TODAY, source="puhelu")


def test_a_situation_is_noted_with_who_noted_it(anna, konepaja, seller):
    made = situations.note(WORDS, person=anna.person, organisation=konepaja, by=seller)
    assert (situations.words_of(made), made.by) == (WORDS, seller)
    assert Encounter.objects.get(kind="crm.situation_noted").data == {"what": "need"}


def test_a_situation_changes_and_ends(konepaja):
    made = situations.note(WORDS, organisation=konepaja, by=None)
    over = replace(WORDS, text="Ohi", until=TODAY)
    situations.change(made, over, version=situations.version_of(made))
    assert situations.words_of(Situation.objects.get()) == over


def test_who_changes_a_situation_second_is_told(konepaja):
    made = situations.note(WORDS, organisation=konepaja, by=None)
    opened = situations.version_of(made)
    situations.change(made, replace(WORDS, text="Ensin"), version=opened)
    with pytest.raises(StaleError):
        situations.change(made, replace(WORDS, text="Sitten"), version=opened)
    assert Situation.objects.get().text == "Ensin"
