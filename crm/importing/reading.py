"""Rows of a CSV or workbook as a stream of text with row numbers: one shape whatever the file was (C1.2).

A stranger's file: its kind is known by its content, its size is bounded before it is unpacked, and a workbook is read by a
process of its own (`sheets`). Raises UnreadableError, whose problem says what to do.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crm.importing import sheets, texts
from crm.importing.problems import UnreadableError, Why
from crm.importing.texts import LONGEST_CELL, Row

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MEGABYTE = 1_048_576
UNPACKED = 300 * MEGABYTE  # 50,000 rows of 12 columns take 40
TIMES = 200  # a sheet packs to a tenth, one of equal cells to a hundredth
ENTRIES = 5_000
SECONDS = 60
WHY = {sheets.EMPTY: Why.EMPTY_FILE, sheets.LOCKED: Why.LOCKED, sheets.BROKEN: Why.BROKEN}


@dataclass(frozen=True)
class Source:
    """A table that can be read from its start any number of times."""

    path: Path
    text: texts.Text | None = None

    @property
    def told(self) -> str:
        """How it is read: the encoding, or nothing for a workbook."""
        return "" if self.text is None else self.text.encoding.mixed or self.text.encoding.name

    def rows(self) -> Iterator[Row]:
        """Each row that has a cell, in order."""
        found = texts.rows(self.text) if self.text else workbook_rows(self.path)
        return (clean(row) for row in found)


def opened(path: Path) -> Source:
    """Find out what kind of table it is."""
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise UnreadableError(Why.EMPTY_FILE)
    if head.startswith(ZIP):
        refuse_bombs(path)
        return Source(path)
    return Source(path) if head.startswith(OLE) else Source(path, texts.examine(path))


def refuse_bombs(path: Path) -> None:
    """Refuse an archive that would unpack to much more than it is, by its table of contents."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError(Why.BROKEN) from error
    total = sum(entry.file_size for entry in entries)
    size = max(path.stat().st_size, 1)
    small = total < 20 * MEGABYTE
    if total > UNPACKED or len(entries) > ENTRIES or (total > TIMES * size and not small):
        raise UnreadableError(Why.BOMB)
    if not any(entry.filename in {"[Content_Types].xml", "mimetype"} for entry in entries):
        raise UnreadableError(Why.NOT_A_TABLE)


def workbook_rows(path: Path) -> Iterator[Row]:
    """The rows that the process of its own writes."""
    with reader(path) as process:
        assert process.stdout is not None  # noqa: S101  it was asked for
        if not process.stdout.readline():  # its name and height
            raise UnreadableError(why(process))
        for line in process.stdout:
            no, cells = json.loads(line)
            too_long = any(len(cell) > LONGEST_CELL for cell in cells)
            yield Row(no, [], Why.CELL_TOO_LONG) if too_long else Row(no, cells)
        if process.wait(SECONDS):
            raise UnreadableError(why(process))


@contextmanager
def reader(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process, ended when nobody reads it any more."""
    program = [sys.executable, "-I", str(Path(sheets.__file__)), str(path)]
    process = subprocess.Popen(  # noqa: S603  our own program, and a path of ours
        program,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env={"PATH": os.environ.get("PATH", ""), "RUST_BACKTRACE": "0"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def why(process: "subprocess.Popen[str]") -> Why:
    """The problem that its exit status tells; one that was killed for its hunger has met a bomb."""
    status = process.wait(SECONDS)
    return Why.BOMB if status < 0 else WHY.get(status, Why.BROKEN)


def clean(row: Row) -> Row:
    """Cells without what no database takes and nobody sees: control characters, odd spaces, Excel's mark of a text."""
    return row._replace(cells=[tidy(cell) for cell in row.cells])


def tidy(cell: str) -> str:
    """One cell; its line breaks stay."""
    text = cell
    if not cell.isprintable():
        seen = (letter for letter in cell if letter.isprintable() or letter.isspace())
        text = "".join(
            "\n" if letter == "\n" else " " if letter.isspace() else letter for letter in seen
        )
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"} else text
