"""Customers found as one types: by any word's beginning, whatever its accents, and nearly (C1.2, A22)."""

import pytest
from django.db import connection

from common import folding
from consent import ledger
from consent.models import Address, Person
from crm import search
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Organisation,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
)
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db
WORD_INDEXES = ("person_words", "address_words", "organisation_words", "organisation_name_words")


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def people(typed, *, by_address=True, most=10):
    found = search.people(search.read(typed), most=most, by_address=by_address)
    return [each.name for each in found]


def organisations(typed):
    return [each.name for each in search.organisations(search.read(typed), most=10)]


@pytest.fixture
def anna():
    person = factories.person("anna.virtanen@konepaja.fi", name="Anna Virtanen")
    card = ContactPerson.objects.create(person=person)
    ContactPhone.objects.create(contact=card, number="+358401234567", is_primary=True)
    factories.organisation("Hämeen Höyläämö Oy", person)
    factories.person("bo@other.example", name="Björn Åkerlund")
    return person


# --- people ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "Anna Virtanen",
        "virtanen anna",
        "VIRT",
        "an vir",
        "  anna\tvirtanen ",
        "anna.virtanen@konepaja.fi",
        "anna.virtanen@kone",
        "anna@konepaja.f",
        "konepaja",
        "hämeen",
        "HAMEEN HOYL",
        "anna höyl",
        "virtanen konepaja",
        "040 123 4567",
        "+358 40 1234",
        "0035840123",
        "0401234567",
        "(040) 123-45",
    ],
)
def test_a_person_is_found_by_what_one_knows_of_them(anna, typed):
    assert people(typed) == ["Anna Virtanen"]


@pytest.mark.parametrize("typed", ["akerlund", "Åkerl", "bjorn", "BJÖRN åker"])
def test_letters_are_the_same_with_and_without_their_signs(anna, typed):
    assert people(typed) == ["Björn Åkerlund"]


@pytest.mark.parametrize(
    "typed",
    ["virtanne", "Virtanenn", "Wirtanen", "vritanen", "ana virtanne", "Birtanen"],
)
def test_a_slip_of_the_hand_is_forgiven(anna, typed):
    assert people(typed) == ["Anna Virtanen"]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "a", "@", "%", "fi", "anna nieminen", "xyz", "5555", "044 123 4567", "ännä!!kalle"],
)
def test_what_nobody_has_finds_nobody(anna, typed):
    assert people(typed) == []


@pytest.mark.parametrize(
    "typed",
    [
        "'; DROP TABLE consent_person; --",
        "a:* | b",
        "\\",
        "' & '",
        "!(anna)",
        "anna\0",
        "\ud800",
        "％",
        "x" * 100_000,
        "anna " * 20_000,
        "😀😀😀😀",
        "ʼn ǆ ﬁ",
        "((((((((",
    ],
    ids=range(13),
)
def test_no_text_breaks_it(anna, typed):
    people(typed)
    organisations(typed)
    assert people("virtanen") == ["Anna Virtanen"]


def test_whole_words_come_before_beginnings_and_these_before_what_is_nearly_so():
    for name in ("Annna Korhonen", "Annala Niemi", "Annamari Anna", "Anna Aho"):
        factories.person(name=name)
    assert people("anna") == ["Annamari Anna", "Anna Aho", "Annala Niemi", "Annna Korhonen"]


def test_a_name_comes_before_an_employer_of_that_name():
    works = factories.person(name="Bo Ek")
    factories.organisation("Virtanen Oy", works)
    factories.person(name="Anna Virtanen")
    assert people("virtanen") == ["Anna Virtanen", "Bo Ek"]


def test_only_who_works_there_today_is_found_by_it(anna):
    Affiliation.objects.update(until=NOW - DAY / 2)
    assert people("hoylaamo") == []


def test_addresses_and_numbers_are_not_looked_through_for_who_may_not_see_them(anna):
    for typed in ("konepaja", "0401234567", "anna.virtanen@konepaja.fi"):
        assert people(typed, by_address=False) == []
    assert people("virtanen", by_address=False) == ["Anna Virtanen"]


def test_every_address_of_a_person_counts_and_they_are_found_once(anna):
    Address.objects.create(person=anna, email="anna.virtanen@anna.example", is_primary=False)
    assert people("anna") == ["Anna Virtanen"]


def test_who_had_the_processing_restricted_is_not_found(anna):
    ledger.restrict(anna, method="form")
    for typed in ("virtanen", "virtanne", "0401234567", "konepaja"):
        assert people(typed) == []
    ledger.release(anna, method="form")
    assert people("virtanen") == ["Anna Virtanen"]


def test_a_chain_without_an_owner_hides_nobody_else(anna):
    gone = factories.person(name="Gone")
    ledger.restrict(gone, method="form")
    gone.chains.all().delete()
    assert people("virtanen") == ["Anna Virtanen"]


def test_no_more_are_read_than_shown(anna):
    for number in range(20):
        factories.person(name=f"Anna Niemi{number}")
    assert len(people("anna", most=3)) == 3


# --- organisations -------------------------------------------------------------------------


@pytest.fixture
def mill():
    made = factories.organisation("Hämeen Höyläämö Oy")
    Organisation.objects.update(business_id="0112038-9")
    OrganisationName.objects.create(organisation=made, name="Tavastlands Hyvleri Ab")
    OrganisationDomain.objects.create(organisation=made, domain="hoyla-hame.fi")
    former = Organisation.objects.create(name="Entinen")
    OrganisationAlias.objects.create(organisation=former, kept=made, business_id="2077474-0")
    factories.organisation("Paperi Oy")


@pytest.mark.parametrize(
    "typed",
    [
        "hämeen höyläämö",
        "hoyl",
        "höyläämö oy",
        "hyvleri",
        "0112038-9",
        "2077474-0",
        "hoyla-hame.fi",
        "hoyla-h",
        "höyläämmö",
    ],
)
def test_an_organisation_is_found_by_any_name_number_or_domain(mill, typed):
    assert organisations(typed) == ["Hämeen Höyläämö Oy"]


@pytest.mark.parametrize("typed", ["", "h", "kunta", "0112038-8", "_oyla-hame.fi", "%"])
def test_no_other_is_found(mill, typed):
    assert organisations(typed) == []


# --- how it is found ------------------------------------------------------------------------


def plan(statement, values):
    with search.by_indexes() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row for (row,) in cursor.fetchall())


def plan_of_words(typed):
    query = search.read(typed)
    hits = search.hits_of_people(query, by_address=True)
    sql = " UNION ALL ".join(statement for statement, _values in hits)
    return plan(sql, [value for _statement, values in hits for value in values])


@pytest.fixture
def many():
    """Enough of them for an index to be worth its while, in every table, and known to the planner."""
    numbers = range(2000)
    works = Organisation.objects.bulk_create(Organisation(name=f"Paja {no} Oy") for no in numbers)
    people = Person.objects.bulk_create(Person(name=f"Eino Niemi{no}") for no in numbers)
    Address.objects.bulk_create(
        Address(person=each, email=f"eino{each.pk}@paja.example") for each in people
    )
    OrganisationName.objects.bulk_create(
        OrganisationName(organisation=each, name=f"Verstas {each.pk}") for each in works
    )
    Affiliation.objects.bulk_create(
        Affiliation(person=person, organisation=work)
        for person, work in zip(people, works, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE portal_owner")
        for index in WORD_INDEXES:  # what tests before have left in one makes it seem dear
            cursor.execute(f"REINDEX INDEX {index}")
        cursor.execute(
            "ANALYZE consent_person, consent_address, crm_organisation, crm_organisationname, crm_affiliation"
        )


def test_every_word_is_found_by_an_index(many):
    shown = plan_of_words("anna konepaja")
    for index in WORD_INDEXES:
        assert f"Bitmap Index Scan on {index}" in shown, shown
    for table in ("consent_person", "consent_address", "crm_organisation"):
        assert f"Seq Scan on {table}" not in shown


def test_a_number_is_found_by_an_index():
    assert "phone_number_begins" in plan_of_words("0401234567")


@pytest.mark.parametrize(
    ("table", "index"),
    [("consent_person", "person_nearly"), ("crm_organisation", "organisation_nearly")],
)
def test_what_is_nearly_so_is_found_by_an_index(table, index):
    sql = search.NEARLY_SQL.format(table=table, name=folding.FOLDED.format("name"))
    assert f"Bitmap Index Scan on {index}" in plan(sql, ["virtanne", 10])


def test_an_expression_the_index_does_not_hold_would_read_everything():
    sql = search.NEARLY_SQL.format(table="consent_person", name="upper(name)")
    assert "Seq Scan on consent_person" in plan(sql, ["virtanne", 10])


@pytest.mark.parametrize("text", ["Åäö ÆØ é Ñ w", "ŠĐž", "Ïü-É_1", "ß ſ"])
def test_python_folds_as_the_database_does(text):
    person = factories.person(name=text)
    shown = type(person).objects.annotate(folded=folding.Folded("name")).get(pk=person.pk)
    assert shown.folded == folding.fold(text)
