"""What a cell says in whatever way it was typed; what cannot be read is told, and keys are never guessed (C1.2)."""

import pytest

from crm import identifiers
from crm.identifiers import InvalidError
from crm.importing.cleaning import entry_of
from crm.models import Import, ImportRow

GROUND = {"basis": "interest", "source": "Messut 2026"}


def entry(ground=GROUND, **cells):
    """A row with these cells; it is about Konepaja Oy unless it says otherwise."""
    cells = {"organisation": "Konepaja Oy", **cells}
    imported = Import(columns=list(cells), **ground)
    return entry_of(ImportRow(values=list(cells.values())), imported)


def told(found):
    return [(each.code, each.column) for each in found]


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("business_id", "2077474-0", "2077474-0"),
        ("business_id", "20774740", "2077474-0"),
        ("business_id", "FI20774740", "2077474-0"),
        ("business_id", " 2077474–0 ", "2077474-0"),
        ("business_id", "112038-9", "0112038-9"),
        ("email", "Anna.Virtanen@Example.ORG ", "anna.virtanen@example.org"),
        ("email", "Anna Virtanen <anna@example.org>", "anna@example.org"),
        ("email", "mailto:anna@example.org", "anna@example.org"),
        ("industry", "62010", "62010"),
        ("industry", "J 62.01 Ohjelmistot", "6201"),
        ("size", "120", "medium"),
        ("size", "9", "micro"),
        ("size", "1 200", "large"),
        ("size", "10–49", "small"),
        ("size", "Suuryritys", "large"),
        ("website", "www.example.fi", "https://www.example.fi"),
        ("domain", "https://www.Example.fi/", "example.fi"),
        ("domain", "@example.fi", "example.fi"),
        ("domain", "työ.fi", "xn--ty-gka.fi"),
        ("postcode", "100", "00100"),
        ("postcode", "33520", "33520"),
        ("country", "Suomi", "FI"),
        ("country", "se", "SE"),
        ("language", "ruotsi", "sv"),
        ("language", "English", "en"),
        ("basis", "Oikeutettu etu", "interest"),
        ("basis", "Avtal", "contract"),
        ("street", "Kuntokatu  3\nB", "Kuntokatu 3 B"),
    ],
)
def test_a_cell_is_understood_in_many_ways(name, typed, meant):
    found = entry(**{name: typed})
    assert (found[name], found.problems, found.notices) == (meant, [], [])


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("industry", "ohjelmistot"),
        ("size", "paljon"),
        ("website", "ei ole"),
        ("domain", "example"),
        ("einvoice_address", "roskaa"),
        ("einvoice_operator", "?"),
        ("country", "Takahikiä"),
        ("language", "savo"),
        ("phone", "12"),
        ("phone", "soita vaihteeseen"),
    ],
)
def test_what_is_not_understood_is_left_empty_and_told(name, typed):
    found = entry(**{name: typed, "email": "anna@example.org"})
    assert (found.problems, told(found.notices)) == ([], [("not_understood", name)])
    assert found["organisation"] == "Konepaja Oy"
    assert (name == "phone" and found.phones == []) or found[name] == ""


def test_a_domain_of_anybodys_is_left_empty_and_told():
    found = entry(domain="gmail.com")
    assert (found["domain"], told(found.notices)) == ("", [("freemail", "domain")])


def test_both_parts_of_an_einvoicing_address_or_none():
    both = entry(einvoice_address="0037 2077 4740", einvoice_operator="dabafihh")
    assert (both["einvoice_address"], both["einvoice_operator"]) == ("003720774740", "DABAFIHH")
    half = entry(einvoice_address="0037 2077 4740")
    assert (half["einvoice_address"], half["einvoice_operator"]) == ("", "")
    assert told(half.notices) == [("half_einvoice", "einvoice_address")]


def test_a_form_and_a_file_take_the_same_business_id():
    """Zeros have a right check digit and are nobody's."""
    assert told(entry(business_id="0000000-0").problems) == [("business_id", "business_id")]
    with pytest.raises(InvalidError):
        identifiers.business_id("0000000-0")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"business_id": "2077474-1"}, ("business_id", "business_id")),
        ({"business_id": "Oy"}, ("business_id", "business_id")),
        ({"business_id": "0"}, ("business_id", "business_id")),
        ({"business_id": "0000000-0"}, ("business_id", "business_id")),
        ({"business_id": "FI00000000"}, ("business_id", "business_id")),
        ({"business_id": "12038-9"}, ("business_id", "business_id")),
        ({"email": "x" * 250 + "@konepaja.fi"}, ("too_long", "email")),
        ({"email": "anna(at)example.org"}, ("email", "email")),
        ({"email": "a@b.fi, c@d.fi"}, ("email", "email")),
        ({"organisation": "x" * 201}, ("too_long", "organisation")),
        ({"email": "a@b.fi", "name": "x" * 201}, ("too_long", "name")),
        ({"basis": "koska haluan"}, ("basis_unknown", "basis")),
        ({"basis": "suostumus"}, ("no_proof", "proof")),
        ({"organisation": "", "name": "Anna"}, ("no_email", "email")),
        ({"name": "Anna"}, ("no_email", "email")),
        ({"phone": "040 123 4567"}, ("no_email", "email")),
        ({"organisation": "", "city": "Tampere"}, ("nobody", "")),
    ],
    ids=str,
)
def test_what_a_row_hangs_on_leaves_it_out(cells, problem):
    assert told(entry(**cells).problems) == [problem]


def test_no_number_of_fewer_than_seven_digits_is_a_business_id():
    assert [
        no
        for no in range(1_000_000)
        if no % 997 == 0 or no < 400
        if entry(business_id=str(no))["business_id"]
    ] == []


def test_ground_and_source_are_asked_for_and_not_guessed():
    nothing = entry({"basis": "", "source": ""})
    assert told(nothing.problems) == [("no_basis", "basis"), ("no_source", "source")]
    own = entry({"basis": "", "source": ""}, basis="sopimus", source="CRM 2019")
    assert (own.problems, own["basis"], own["source"]) == ([], "contract", "CRM 2019")


def test_a_rows_own_ground_comes_before_the_files():
    found = entry(basis="suostumus", proof="kansio 3")
    assert (found["basis"], found["proof"], found["source"]) == (
        "consent",
        "kansio 3",
        "Messut 2026",
    )


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"name": "Anna Virtanen"}, "Anna Virtanen"),
        ({"name": "Virtanen, Anna"}, "Anna Virtanen"),
        ({"first_name": "Anna Maria", "last_name": "af Ekö"}, "Anna Maria af Ekö"),
        ({"last_name": "Virtanen"}, "Virtanen"),
    ],
    ids=str,
)
def test_a_name_is_one_name(cells, name):
    assert entry(email="a@b.fi", **cells)["name"] == name


@pytest.mark.parametrize(
    ("cells", "phones"),
    [
        ({"phone": "040 123 4567"}, [("+358401234567", "mobile")]),
        ({"phone": "+358 40 1234567"}, [("+358401234567", "mobile")]),
        ({"phone": "358401234567"}, [("+358401234567", "mobile")]),
        ({"phone": "401234567"}, [("+358401234567", "mobile")]),
        ({"phone": "03 2452 111"}, [("+35832452111", "work")]),
        ({"phone": "070 123 45 67", "country": "Ruotsi"}, [("+46701234567", "mobile")]),
        (
            {"phone": "040 123 4567 / 040 765 4321"},
            [("+358401234567", "mobile"), ("+358407654321", "mobile")],
        ),
        ({"phone": "040 123 4567", "work_phone": "0401234567"}, [("+358401234567", "mobile")]),
        ({"work_phone": "040 123 4567"}, [("+358401234567", "work")]),
    ],
    ids=str,
)
def test_a_phone_is_written_in_the_international_way(cells, phones):
    assert entry(email="a@b.fi", **cells).phones == phones


@pytest.mark.parametrize(
    ("email", "name", "is_general"),
    [
        ("info@konepaja.fi", "", True),
        ("kirjaamo@kunta.fi", "", True),
        ("info@konepaja.fi", "Anna Virtanen", False),
        ("anna.virtanen@konepaja.fi", "", False),
    ],
)
def test_an_organisations_general_address_is_nobodys(email, name, is_general):
    assert entry(email=email, name=name).is_general is is_general
