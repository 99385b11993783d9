"""Whatever the file was, its rows are text with row numbers; and a stranger's file does no harm (C1.2, A05)."""

import io
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from crm.importing import reading, records, sheets
from crm.importing.problems import UnreadableError

TEXT = "Nimi;Yritys\nMäkelä, Åke;Öljy Oy\nTimo;Jäähdytys – käyttö\n"
ROWS = [["Nimi", "Yritys"], ["Mäkelä, Åke", "Öljy Oy"], ["Timo", "Jäähdytys – käyttö"]]


def source(folder, content):
    path = folder / "file"
    path.write_bytes(content)
    return reading.opened(path)


def cells(folder, content):
    return [row.cells for row in source(folder, content).rows()]


def workbook(folder, *rows, hidden=False, **options):
    """A workbook whose one sheet has these rows."""
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet("Asiakkaat")
        if hidden:
            page.hide()
            book.add_worksheet("Näkyvä").activate()
        for no, row in enumerate(rows):
            page.write_row(no, 0, row)
    return path


def refused(folder, content):
    with pytest.raises(UnreadableError) as refusal:
        list(source(folder, content).rows())
    return refusal.value.problem.code


# --- encodings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_finnish_is_read_in_the_encodings_of_today(tmp_path, encoding):
    assert cells(tmp_path, TEXT.encode(encoding)) == ROWS


@pytest.mark.parametrize("encoding", ["iso8859-15", "mac-roman", "cp850"])
def test_finnish_is_read_in_the_encodings_of_old_programs(tmp_path, encoding):
    plain = TEXT.replace("–", "-")
    expected = [[cell.replace("–", "-") for cell in row] for row in ROWS]
    assert cells(tmp_path, plain.encode(encoding)) == expected


def test_other_alphabets_are_guessed_by_their_bytes(tmp_path):
    text = "Имя;Город\nИванов Пётр Сергеевич;Петрозаводск\nСидорова Анна;Выборг\n"
    assert cells(tmp_path, text.encode("cp1251"))[1] == ["Иванов Пётр Сергеевич", "Петрозаводск"]


def test_lines_of_another_encoding_in_the_same_file_are_read_by_theirs(tmp_path):
    mixed = "Nimi;Yritys\nMäkelä;1\nÖhman;2\n".encode() + "Åke;3\n".encode("cp1252")
    assert cells(tmp_path, mixed)[1:] == [["Mäkelä", "1"], ["Öhman", "2"], ["Åke", "3"]]


# --- separators, lines, quotes ------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_the_one_that_cuts_evenly(tmp_path, separator):
    rows = [["Nimi", "Kuvaus", "Hinta"], ["Anna", "a, b; c", "1,5"], ["Bo", "d", "2,5"]]
    lines = [separator.join(f'"{cell}"' for cell in row) for row in rows]
    assert cells(tmp_path, "\n".join(lines).encode()) == rows


def test_the_first_line_may_name_the_separator(tmp_path):
    assert cells(tmp_path, b"sep=|\r\na|b,c\r\n1|2,3\r\n") == [["a", "b,c"], ["1", "2,3"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(tmp_path, end):
    assert cells(tmp_path, end.join(["a;b", "1;2", ""]).encode()) == [["a", "b"], ["1", "2"]]


def test_a_cell_in_quotes_may_have_lines_and_separators(tmp_path):
    assert cells(tmp_path, b'a;b\n"Katu 1\nTampere; FI";"7"" n"\n')[1] == [
        "Katu 1\nTampere; FI",
        '7" n',
    ]


def test_a_quotation_mark_within_a_cell_is_a_quotation_mark(tmp_path):
    text = 'a;b\n27" näyttö;1\n28" näyttö;2\n'
    assert cells(tmp_path, text.encode())[1:] == [['27" näyttö', "1"], ['28" näyttö', "2"]]


def test_a_quotation_mark_that_never_closes_costs_one_row(tmp_path):
    rows = list(source(tmp_path, b'a;b\n1;2\n"open;3\n4;5\n6;7\n').rows())
    assert [(row.no, row.cells, row.trouble) for row in rows[1:]] == [
        (2, ["1", "2"], ""),
        (3, [], "open_quote"),
        (4, ["4", "5"], ""),
        (5, ["6", "7"], ""),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['"1', '2"'], ['"1\n2"']),
        (['"1', '2";"3', '4"', "5"], ['"1\n2";"3\n4"', "5"]),
        (['"1""', '""2"', "3"], ['"1""\n""2"', "3"]),
        (['"1"x', '"2"'], ['"1"x', '"2"']),
        (['27"', '"28""', "29"], ['27"', None, "29"]),
        (['1;"2', "", "3"], [None, "", "3"]),
        (
            ['"1', '2;"3'],
            ['"1\n2;"3'],
        ),  # a mark that something follows ends the record with its line
        (['"1', *["x"] * 199, '"'], ['"1\n' + "x\n" * 199 + '"']),
        (['"1', *["x"] * 200, '"'], [None, *["x"] * 200, None]),
        (['"1', "x" * 99_996 + '"'], ['"1\n' + "x" * 99_996 + '"']),
        (['"1', "x" * 99_997 + '"'], [None, "x" * 99_997 + '"']),
    ],
    ids=range(11),
)
def test_lines_are_one_record_while_a_quotation_mark_is_open(lines, expected):
    assert list(records.records(iter(lines), ";")) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["x" * 400 + ';";"'] * 1_100,
        ['"'] * 20_000,
        ['";'] * 20_000,
        ['"x'] * 20_000,
        ['"' + "x" * 9_000] * 50,
        ['"a";' * 5_000 + '"'] * 20,
    ],
    ids=["the bomb", "marks", "closing", "opening", "long", "wide"],
)
def test_a_line_is_looked_at_twice_at_most_whatever_its_quotation_marks(monkeypatch, lines):
    looked, is_open = [], records.is_open

    def counted(line, separator, *, within=False):
        looked.append(len(line))
        return is_open(line, separator, within=within)

    monkeypatch.setattr(records, "is_open", counted)
    found = [record for record in records.records(iter(lines), ";") if record]
    assert len(looked) <= 2 * len(lines)
    assert sum(looked) <= 2 * sum(map(len, lines))
    assert sum(map(len, found)) <= sum(map(len, lines)) + len(lines)


def test_a_cell_of_a_million_characters_costs_one_row(tmp_path):
    rows = list(source(tmp_path, b"a;b\n1;" + b"x" * 1_000_000 + b"\n2;3\n").rows())
    assert [(row.no, row.trouble) for row in rows] == [(1, ""), (2, "cell_too_long"), (3, "")]


def test_empty_rows_count_and_are_not_given(tmp_path):
    rows = list(source(tmp_path, b"a;b\n\n;\n1;2\n").rows())
    assert [(row.no, row.cells) for row in rows] == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_signs_that_nobody_sees_are_taken_away(tmp_path):
    text = "Nimi;b\nAn\0na\u200b Vir\u202etanen\u00a0;\x07\n"
    assert cells(tmp_path, text.encode())[1] == ["Anna Virtanen", ""]


def test_the_mark_of_a_text_that_our_exports_write_goes(tmp_path):
    assert cells(tmp_path, b"a;b\n'+358401234567;'Aika\n")[1] == ["+358401234567", "'Aika"]


# --- workbooks -------------------------------------------------------------------------------------


def test_numbers_of_a_workbook_are_what_somebody_typed(tmp_path):
    path = workbook(tmp_path, ["Puhelin", "Hinta"], [358401234567, 1.5], ["", True])
    rows = list(reading.opened(path).rows())
    assert [row.cells for row in rows[1:]] == [["358401234567", "1.5"], ["", "1"]]


def test_days_of_a_workbook_are_days(tmp_path):
    path = workbook(
        tmp_path,
        ["Alkaen", "Klo"],
        [datetime(2026, 11, 23), datetime(2026, 11, 23, 9, 30)],  # noqa: DTZ001  spreadsheets know no zones
        default_date_format="d.m.yyyy hh:mm",
    )
    assert next(row for row in reading.opened(path).rows() if row.no == 2).cells == [
        "2026-11-23",
        "2026-11-23 09:30",
    ]


def test_rows_of_a_workbook_have_its_own_numbers(tmp_path):
    path = workbook(tmp_path, [], ["Nimi"], [], ["Anna"])
    assert [row.no for row in reading.opened(path).rows()] == [2, 4]


def test_merged_cells_have_their_text_once(tmp_path):
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, 2, "Yhteystiedot")
        page.write_row(1, 0, ["Nimi", "Puhelin", "Sähköposti"])
    rows = [row.cells for row in reading.opened(path).rows()]
    assert rows == [["Yhteystiedot", "", ""], ["Nimi", "Puhelin", "Sähköposti"]]


def test_a_hidden_sheet_is_not_what_is_imported(tmp_path):
    path = workbook(tmp_path, ["Salainen"], hidden=True)
    with pytest.raises(UnreadableError) as refusal:
        list(reading.opened(path).rows())
    assert refusal.value.problem.code == "empty_file"


def test_a_long_cell_of_a_workbook_costs_one_row(tmp_path):
    path = workbook(tmp_path, ["Nimi"], ["x" * 32_000], ["Anna"])
    assert [row.trouble for row in reading.opened(path).rows()] == ["", "cell_too_long", ""]


# --- what is no table ----------------------------------------------------------------------------------


def test_a_file_that_is_no_table_is_refused(tmp_path):
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    assert refused(tmp_path, b"") == "empty_file"
    assert refused(tmp_path, png) == "not_a_table"
    assert refused(tmp_path, b"<svg onload='alert(1)'><a/></svg>") == "not_a_table"
    assert refused(tmp_path, b"<!DOCTYPE html><table><tr><td>x") == "not_a_table"
    assert refused(tmp_path, b"PK\x03\x04" + b"x" * 100) == "broken"
    assert refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == "broken"


def test_another_archive_is_refused(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    assert refused(tmp_path, file.getvalue()) == "not_a_table"


def packed(size):
    """An archive like a workbook, whose sheet unpacks to so many bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(size // 1_048_576):
                sheet.write(b" " * 1_048_576)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    content = packed(64 * 1_048_576)
    assert len(content) < 100_000
    monkeypatch.setattr(reading, "workbook_rows", None)  # nothing looks inside
    assert refused(tmp_path, content) == "bomb"


def test_a_sheet_with_one_cell_in_the_last_corner_kills_no_process_of_ours(tmp_path):
    """The library makes a whole rectangle of cells: half a terabyte here. The kernel says no to the reader alone."""
    path = tmp_path / "corner.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write(0, 0, "Nimi")
        page.write(1_048_575, 16_383, "x")
    with pytest.raises(UnreadableError) as refusal:
        list(reading.opened(path).rows())
    assert refusal.value.problem.code == "bomb"


def test_the_reader_of_workbooks_loads_nothing_of_the_portal(tmp_path):
    path = workbook(tmp_path, ["Nimi"])
    code = f"""
import runpy, sys
sys.argv = ["sheets.py", {str(path)!r}]
try:
    runpy.run_path({str(Path(sheets.__file__))!r}, run_name="__main__")
except SystemExit as end:
    assert end.code == 0
assert not [name for name in sys.modules if name.startswith(("django", "crm"))]
"""
    subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True)


# --- memory ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_workbook", [True, False])
def test_memory_stays_flat_however_long_the_file_is(tmp_path, is_workbook):
    peaks = []
    for length in (100, 10_000):
        rows = [[f"Etu{no}", f"suku{no}@example.org", "Yritys Oy"] for no in range(length)]
        if is_workbook:
            path = workbook(tmp_path, *rows, constant_memory=True)
        else:
            path = tmp_path / "long.csv"
            path.write_text("\n".join(";".join(row) for row in rows))
        found = reading.opened(path)
        tracemalloc.start()
        assert sum(1 for _row in found.rows()) == length
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 400_000
