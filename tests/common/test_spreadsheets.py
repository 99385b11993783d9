"""No cell of a file that leaves is a formula, whatever somebody was called; and nothing is lost on the way (A02)."""

import ast
import csv
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import python_calamine

from common.spreadsheets import FORMULA, Format, pieces, sheets
from consent.models import Person
from crm import exporting
from crm.importing import reading
from crm.models import Affiliation, ContactPerson, ContactPhone, Organisation
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
NASTY = ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"]
NESTED = [
    *("Oy;=1+1;", "Oy,=1+1,x", "Oy, +1", "a;b;@x", 'a;"=1"', '";=1', "a\tb\t-1", "a\n=1", 'x","=1'),
    *("a;\u00a0=1", ",;=1"),
]
HARMLESS = [
    "Anna",
    "Oy; Ab, ja - muut",
    "a=b",
    "1-2",
    "Öljy & Oy",
    "'aika",
    "",
    "a\nb",
    'sano "hei"; ja, loppu',
]


def written(form, headings, rows):
    return b"".join(pieces(form, headings, rows))


def csv_cells(content, separator=";"):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def xlsx_cells(content):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("form", [Format.CSV, Format.PLAIN])
def test_a_text_of_csv_that_would_be_a_formula_has_an_apostrophe(form):
    separator = ";" if form is Format.CSV else ","
    (_headings, cells) = csv_cells(written(form, ["a"] * len(NASTY), [NASTY]), separator)
    assert cells == [f"'{text}" for text in NASTY]


@pytest.mark.parametrize("other", [";", ",", "\t"])
@pytest.mark.parametrize("form", [Format.CSV, Format.PLAIN])
def test_nor_is_it_one_for_who_reads_another_separator(form, other):
    for line in csv_cells(written(form, ["a", "b"], [["x", each] for each in NESTED]), other):
        for cell in line:
            assert cell.lstrip(' \u00a0"')[:1] not in FORMULA, cell


def test_a_control_unchanged_it_would_be_one():
    assert ["=1+1" in csv_cells(f"x,{each}\r\n".encode(), ";")[0] for each in NESTED[:2]] == [
        True,
        False,
    ]


@pytest.mark.parametrize("form", [Format.CSV, Format.PLAIN])
def test_other_texts_stay_as_they_are(form):
    separator = ";" if form is Format.CSV else ","
    (_headings, cells) = csv_cells(written(form, ["a"] * len(HARMLESS), [HARMLESS]), separator)
    assert cells == HARMLESS


def test_every_text_of_a_workbook_is_typed_as_text():
    (_headings, cells) = xlsx_cells(written(Format.XLSX, ["a"] * len(NASTY), [NASTY]))
    assert cells == NASTY


def test_headings_are_no_formulas_either():
    assert csv_cells(written(Format.CSV, ["=1"], [["x"]]))[0] == ["'=1"]
    assert xlsx_cells(written(Format.XLSX, ["=1"], [["x"]]))[0] == ["=1"]


@pytest.mark.parametrize("form", Format)
def test_a_phone_survives_as_text_and_comes_back_the_same(form, tmp_path):
    path = tmp_path / f"phones.{form.ending}"
    path.write_bytes(written(form, ["Puhelin", "Nimi"], [["+358401234567", "Anna"]]))
    assert [row.cells for row in reading.opened(path).rows()] == [
        ["Puhelin", "Nimi"],
        ["+358401234567", "Anna"],
    ]


def test_numbers_days_and_moments_are_typed():
    noon = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    row = [-5, Decimal("1.50"), 2.5, date(2026, 11, 23), noon, None]
    assert csv_cells(written(Format.CSV, ["a"] * 6, [row]))[1] == [
        "-5",
        "1,50",
        "2,5",
        "2026-11-23",
        "2026-11-23 12:00:00",
        "",
    ]
    assert csv_cells(written(Format.PLAIN, ["a"] * 6, [row]), ",")[1][1:3] == ["1.50", "2.5"]
    assert xlsx_cells(written(Format.XLSX, ["a"] * 6, [row]))[1] == [
        -5,
        1.5,
        2.5,
        date(2026, 11, 23),
        datetime(2026, 11, 23, 12, 0),  # noqa: DTZ001  spreadsheets know no zones
        "",
    ]


def test_excel_in_finland_opens_the_csv_as_it_is():
    content = written(Format.CSV, ["Nimi", "Äänestys"], [["Öhman", "1"]])
    assert content == b"\xef\xbb\xbf" + "Nimi;Äänestys\r\nÖhman;1\r\n".encode()
    assert written(Format.PLAIN, ["a", "b"], [["1", "2"]]) == b"a,b\r\n1,2\r\n"


def test_half_a_sign_and_a_long_text_break_no_file():
    row = ["a\ud800b", "x" * 40_000]
    assert csv_cells(written(Format.CSV, ["a", "b"], [row]))[1][0] == "a?b"
    cells = xlsx_cells(written(Format.XLSX, ["a", "b"], [row]))[1]
    assert (cells[0], len(cells[1])) == ("a?b", 32_767)


@pytest.mark.parametrize("form", Format)
def test_memory_stays_flat_however_many_rows_there_are(form):
    peaks = []
    for length in (500, 5_000):
        tracemalloc.start()
        for _piece in pieces(form, ["a"], ([f"rivi {no} " * 5] for no in range(length))):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 600_000


def test_nothing_else_writes_tables():
    """A control of the linter's ban: a module that writes its own would be found here too."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for app in (
            "accounts",
            "billing",
            "common",
            "community",
            "consent",
            "courses",
            "crm",
            "mailing",
            "portal",
        )
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter"})
        or (
            isinstance(node, ast.Import)
            and any(each.name.startswith("xlsxwriter") for each in node.names)
        )
    }
    assert writers == {"common/spreadsheets.py"}


# --- every export that there is ----------------------------------------------------------------


def an_organisation(text):
    parent = Organisation.objects.create(name=text)
    made = Organisation.objects.create(
        name=text, source=text[:120], website=text, einvoice_address=text[:40], parent=parent
    )
    made.einvoice_operator = text[:20]
    made.save()
    made.addresses.create(kind="postal", street=text, postcode=text[:12], city=text)
    made.domains.create(domain=text.lower())
    return exporting.whole_organisations([made.pk]).get()


def a_person(text):
    made = factories.person(f"{text.strip()[:1]}1@example.org", name=text)
    ContactPerson.objects.create(person=made, title=text, source=text)
    ContactPhone.objects.create(contact=made.contact_card, number="+358401234567")
    where = Organisation.objects.create(name=text)
    Affiliation.objects.create(person=made, organisation=where, is_primary=True)
    return exporting.whole_people([made.pk]).get()


ROWS = {
    "crm.organisations": an_organisation,
    "crm.people": a_person,
}  # one for each registered sheet


def test_every_registered_sheet_is_tried_here():
    assert {sheet.name for sheet in sheets} == set(ROWS)


@pytest.mark.django_db
@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("name", ROWS)
def test_no_cell_of_any_export_is_a_formula(name, text):
    sheet = sheets[name]
    cells = sheet.cells(ROWS[name](text))
    assert any(str(cell).strip()[:1] == text.strip()[:1] for cell in cells)
    for form in (Format.CSV, Format.PLAIN):
        separator = ";" if form is Format.CSV else ","
        for cell in csv_cells(written(form, sheet.headings, [cells]), separator)[1]:
            assert cell.lstrip(" ")[:1] not in FORMULA
    (_headings, typed) = xlsx_cells(written(Format.XLSX, sheet.headings, [cells]))
    assert [cell for cell in typed if isinstance(cell, str)] == [
        cell or "" for cell in cells if isinstance(cell, str | None)
    ]


@pytest.mark.django_db
def test_the_people_of_an_export_are_whom_it_says():
    person = Person.objects.get(pk=a_person("Anna").pk)
    cells = sheets["crm.people"].cells(exporting.whole_people([person.pk]).get())
    assert cells == ["Anna", "A1@example.org", "+358401234567", "Anna", "Anna", "fi", "Anna", None]
