"""Rows of a text file (CSV): any common encoding and separator, line breaks in quotes; one bad record is one bad row."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from crm.importing.encodings import PIECE, Encoding, encoding_of, fallback
from crm.importing.problems import UnreadableError, Why
from crm.importing.records import records

SEPARATORS = ";,\t|"
LONGEST_CELL = 5_000  # characters, as in a workbook
LONGEST_LINE = (
    2 * PIECE
)  # characters of one line that are looked at; the rest is not read into memory
LOOKED_AT = 50  # records by which the separator is known
SOME = 8  # control characters that a text may have by accident
CONTROL = frozenset(chr(code) for code in range(32)) - set("\t\n\r\f\v\x1a")


class Row(NamedTuple):
    """A row by its number in the file, as a spreadsheet shows it. `trouble` is a code of `problems`, when it is none."""

    no: int
    cells: list[str]
    trouble: str = ""


class Text(NamedTuple):
    """How a text file is to be read."""

    path: Path
    encoding: Encoding
    separator: str


def examine(path: Path) -> Text:
    """Find encoding and separator; UnreadableError when the file is no text."""
    encoding = encoding_of(path)
    if encoding.mixed:
        fallback(encoding.mixed)
    text = Text(path, encoding, "")
    head = list(islice(lines(text), LOOKED_AT * 4))
    if looks_binary("".join(head)[:20_000]) or (head and head[0].lstrip().startswith("<")):
        raise UnreadableError(Why.NOT_A_TABLE)
    return text._replace(separator=separator_of(head))


def looks_binary(head: str) -> bool:
    """Whether it is a picture, say, under the name of a table."""
    strange = sum(letter in CONTROL or letter == "\ufffd" for letter in head)
    return strange > SOME + len(head) / 50


def rows(text: Text) -> Iterator[Row]:
    """Every record with its number; empty ones count, and are not given."""
    every = lines(text)
    if declared(text):
        next(every)
    for no, record in enumerate(records(every, text.separator), start=1):
        row = row_of(no, record, text.separator)
        if row.trouble or any(row.cells):
            yield row


def declared(text: Text) -> bool:
    """Whether the first line is `sep=;`, which Excel writes and reads."""
    return next(lines(text), "").strip().lower() == f"sep={text.separator}".lower()


def row_of(no: int, record: str | None, separator: str) -> Row:
    """The record's cells, or what is wrong with it."""
    if record is None:
        return Row(no, [], Why.OPEN_QUOTE)
    try:
        cells = next(csv.reader([record], delimiter=separator), [])
    except csv.Error:  # a cell longer than the library takes
        return Row(no, [], Why.CELL_TOO_LONG)
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return Row(no, [], Why.CELL_TOO_LONG)
    return Row(no, cells)


def lines(text: Text) -> Iterator[str]:
    """The file's lines without their ends, whatever these are; of an endless one the beginning."""
    with (
        text.path.open("rb") as raw,
        io.TextIOWrapper(raw, text.encoding.name, text.encoding.errors) as file,
    ):
        while line := file.readline(LONGEST_LINE):
            rest = line
            while not rest.endswith("\n") and (rest := file.readline(PIECE)):
                continue
            yield line.removesuffix("\n")


def separator_of(head: list[str]) -> str:
    """The separator that cuts most records into the same number of cells, more than one."""
    if head and head[0].lower().startswith("sep=") and len(head[0].strip()) == 5:
        return head[0][4]
    return max(SEPARATORS, key=lambda separator: evenness(head, separator))


def evenness(head: list[str], separator: str) -> tuple[float, int]:
    """The share of the records with the commonest number of cells, and that number; nothing for one cell."""
    found = [
        len(row_of(0, record, separator).cells)
        for record in islice(records(iter(head), separator), LOOKED_AT)
        if record
    ]
    if not found:
        return (0, 0)
    cells, count = Counter(found).most_common(1)[0]
    return (count / len(found), cells) if cells > 1 else (0, cells)
