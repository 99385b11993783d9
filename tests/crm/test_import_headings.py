"""What a column is follows from its heading, in three languages, however it is written (C1.2)."""

import tomllib
from itertools import pairwise

import pytest

from crm.importing import headings
from crm.importing.cleaning import words
from crm.importing.forms import MEANINGS
from crm.importing.lengths import COLUMNS
from crm.importing.problems import UnreadableError
from crm.importing.texts import Row

WORDS = tomllib.loads(headings.FILE.read_text())


def rows(*found):
    return [Row(no, list(cells)) for no, cells in enumerate(found, start=1)]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Sähköposti", "email"),
        ("SÄHKÖPOSTI-OSOITE", "email"),
        ("sahkoposti", "email"),
        ("  e post ", "email"),
        ("E-mail Address", "email"),
        ("Y-tunnus", "business_id"),
        ("y tunnus:", "business_id"),
        ("FO-nummer", "business_id"),
        ("Företag", "organisation"),
        ("Foretag", "organisation"),
        ("Company name", "organisation"),
        ("Puh.", "phone"),
        ("Postnr", "postcode"),
        ("Kengännumero", ""),
        ("", ""),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading, field):
    assert headings.field_of(heading) == field


def test_every_field_has_words_in_the_three_languages():
    assert {name: set(languages) for name, languages in WORDS.items()} == {
        name: {"fi", "sv", "en"} for name in headings.fields()
    }
    assert set(MEANINGS) == set(headings.fields())
    assert set(COLUMNS) | set(words()) <= set(headings.fields())


def test_no_word_means_two_things():
    meant = [
        (headings.folded(word), name)
        for name, languages in WORDS.items()
        for found in languages.values()
        for word in found
    ]
    clashes = [(a, b) for a, b in pairwise(sorted(set(meant))) if a[0] == b[0]]
    assert clashes == []


def test_of_two_columns_that_mean_the_same_the_first_does():
    assert headings.proposed(["Puhelin", "GSM", "Nimi"]) == ["phone", "", "name"]


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        (["Nimi", "Yhteyshenkilö", "Sähköposti"], ["organisation", "name", "email"]),
        (["Yhteyshenkilö", "Nimi"], ["name", "organisation"]),
        (["Namn", "FO-nummer"], ["organisation", "business_id"]),
        (["Name", "Business ID", "Email"], ["name", "business_id", "email"]),
        (["Yritys", "Nimi", "Yhteyshenkilö"], ["organisation", "name", ""]),
        (["Nimi", "Sähköposti"], ["name", "email"]),
    ],
)
def test_whose_a_bare_name_is_follows_from_the_other_columns(found, fields):
    assert headings.proposed(found) == fields


def test_the_row_of_headings_is_found_under_a_title():
    top = rows(
        ["Asiakkaat 2026", "", ""], ["Nimi", "Sähköposti", "Yritys"], ["Anna", "a@b.fi", "C"]
    )
    assert headings.heading_row(top) == 1


def test_without_a_known_heading_the_first_row_of_two_cells_is_it():
    assert headings.heading_row(rows(["Lista", ""], ["Foo", "Bar"], ["1", "2"])) == 1
    with pytest.raises(UnreadableError) as refusal:
        headings.heading_row(rows(["Lista", ""], ["1", ""]))
    assert refusal.value.problem.code == "no_headings"


def test_columns_are_those_with_a_heading_and_those_that_are_filled():
    assert headings.width(rows(["a", "b", "", ""], ["1", "2", "", ""])) == 2
    assert headings.width(rows(["a", "b"], ["1", "2", "3"], ["1", "2", "3"], ["1"])) == 3
    assert headings.width(rows(["a", "b"], ["1", "2"], ["1", "2", "astray"], ["1"])) == 2


def test_a_column_without_a_heading_is_called_by_its_letter():
    assert headings.names(rows(["Nimi", "", "Yritys"])[0], 4) == ["Nimi", "B", "Yritys", "D"]
    assert [headings.letter(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_two_columns_of_the_same_heading_are_refused_and_named():
    with pytest.raises(UnreadableError) as refusal:
        headings.names(rows(["Puhelin", "Nimi", "puhelin "])[0], 3)
    assert refusal.value.problem.code == "same_headings"
    assert "Puhelin, puhelin" in str(refusal.value)


def test_headings_of_other_alphabets_are_told_apart():
    assert headings.names(rows(["名前", "会社"])[0], 2) == ["名前", "会社"]


def test_files_with_the_same_headings_in_any_order_are_known_again():
    assert headings.signature(["Nimi", "Y-tunnus"]) == headings.signature(["y tunnus", "NIMI"])
    assert headings.signature(["Nimi"]) != headings.signature(["Nimi", "Y-tunnus"])
