"""The one way a table leaves as CSV or XLSX; no cell of it is a formula, whatever somebody was called (A02).

In CSV a text that a spreadsheet would take for a formula gets an apostrophe before it, as spreadsheets write texts
themselves; so does what would be a cell of its own where a reader expects another separator. In XLSX every text is typed as
text. So +358401234567 stays what it is in both, and importing it again takes the apostrophe away. Numbers, days and moments
are typed by their Python types.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django_stubs_ext import StrOrPromise
from xlsxwriter.worksheet import Worksheet

from common.registry import Registry

Cell = str | int | float | Decimal | date | datetime | None
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
# Within a text: whatever some spreadsheet ends a cell with, and the beginning of a formula after it.
NEXT_CELL = re.compile(r"([;,\t\r\n][\s\"]*)(?=[=+\-@＝＋－＠])")
HELSINKI = ZoneInfo("Europe/Helsinki")
LONGEST_CELL = 32_767  # characters; Excel's own limit
AT_ONCE = 500  # rows in a piece
PIECE = 262_144  # bytes


class Format(StrEnum):
    """What the file is."""

    CSV = "csv"  # with semicolons and a mark of UTF-8, as Excel in Finland and Sweden opens it
    PLAIN = "plain"  # CSV by RFC 4180, for programs
    XLSX = "xlsx"

    @property
    def ending(self) -> str:
        return "xlsx" if self is Format.XLSX else "csv"

    @property
    def media_type(self) -> str:
        if self is Format.XLSX:
            return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Column:
    """A column of an export: its heading, and the cell of a row."""

    heading: StrOrPromise
    value: Callable[[Any], Cell]


@dataclass(frozen=True)
class Sheet:
    """A table that can be exported; registered, so that one test tries all of them with names that are formulas."""

    name: str
    label: StrOrPromise
    columns: tuple[Column, ...]

    @property
    def headings(self) -> list[str]:
        """In the reader's language."""
        return [str(column.heading) for column in self.columns]

    def cells(self, row: object) -> list[Cell]:
        return [column.value(row) for column in self.columns]


sheets: Registry[Sheet] = Registry("sheets")


def pieces(
    form: Format, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Iterator[bytes]:
    """The file in pieces, its rows taken as it is read; an XLSX is made whole in a temporary file first."""
    if form is Format.XLSX:
        return xlsx(headings, rows)
    return comma_separated(headings, rows, separator=";" if form is Format.CSV else ",")


def comma_separated(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, separator: str
) -> Iterator[bytes]:
    """CSV; the one with semicolons begins with the mark by which Excel knows UTF-8, and has decimal commas."""
    yield b"\xef\xbb\xbf" if separator == ";" else b""
    source = chain([headings], rows)
    while batch := list(islice(source, AT_ONCE)):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([[as_text(cell, separator) for cell in row] for row in batch])
        yield text.getvalue().encode("utf-8", errors="replace")


def as_text(cell: Cell, separator: str) -> str:
    """A cell of CSV: typed values as they are, texts harmless."""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return local(cell).isoformat(" ", "seconds")
    if isinstance(cell, float | Decimal) and separator == ";":
        return f"{cell}".replace(".", ",")
    return "" if cell is None else str(cell)


def harmless(text: str) -> str:
    """The text, with an apostrophe before it, and within it, where a spreadsheet would take it for a formula."""
    begins = text.lstrip(" \u00a0")[:1] or text[:1]
    rest = text.lstrip()
    within = text[: len(text) - len(rest)] + NEXT_CELL.sub(r"\1'", rest)
    return f"'{within}" if begins in FORMULA and begins else within


def xlsx(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A workbook of one sheet; memory stays flat, as rows go to a file one by one."""
    with tempfile.TemporaryFile(suffix=".xlsx") as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "default_date_format": "d.m.yyyy"}
        )
        page = book.add_worksheet()
        page.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "d.m.yyyy hh:mm"})
        for at, heading in enumerate(headings):
            page.write_string(0, at, heading[:LONGEST_CELL], bold)
        for no, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                put(page, no, at, cell, moment)
        book.close()
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def put(page: Worksheet, no: int, at: int, cell: Cell, moment: Any) -> None:
    """One typed cell; empty ones are not written."""
    if isinstance(cell, str):
        if cell:
            page.write_string(
                no, at, cell.encode("utf-8", errors="replace").decode()[:LONGEST_CELL]
            )
    elif isinstance(cell, datetime):
        page.write_datetime(no, at, local(cell), moment)
    elif isinstance(cell, date):
        page.write_datetime(no, at, datetime.combine(cell, datetime.min.time()))
    elif isinstance(cell, bool):
        page.write_boolean(no, at, cell)
    elif cell is not None:
        page.write_number(no, at, cell)


def local(moment: datetime) -> datetime:
    """The moment by the clocks of Finland, without a zone, which spreadsheets do not know."""
    return moment.astimezone(HELSINKI).replace(tzinfo=None)
