"""Read a workbook (XLSX, XLS, ODS) in a process of its own: `python -I sheets.py FILE` writes a JSON line for each row.

The library loads a whole sheet, and the file is a stranger's: here memory and time are bounded by the kernel, and nothing of
the portal is loaded. The first line is the sheet's name and its number of rows; each other one is [row number, cells].
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

MEMORY = 1_024 * 1_048_576  # bytes of address space; 50,000 rows of 12 columns take 90 MB
SECONDS = 20  # of processor time; the same rows take one
LONGEST_CELL = 5_000  # characters; what is longer comes cut, one longer than allowed
WIDEST = 500  # columns
EMPTY, LOCKED, BROKEN = 3, 4, 5  # exit statuses
Cell = float | int | str | bool | date | time | datetime | timedelta

WHOLE_NUMBERS = 1e15  # those of a spreadsheet are exact up to here


def main(path: str) -> int:
    """Write the first visible sheet that has rows; the exit status says why when there is nothing to write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = [each.name for each in workbook.sheets_metadata if is_shown(each.visible)]
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height:
                write(sheet.name, sheet.height, sheet.iter_rows())
                return 0
    except PasswordError:
        return LOCKED
    except (CalamineError, OSError, ValueError, MemoryError):
        return BROKEN
    return EMPTY


def is_shown(visible: SheetVisibleEnum) -> bool:
    """Hidden sheets hold lists for drop-downs and the like, not what somebody wants to import."""
    return visible == SheetVisibleEnum.Visible


def write(name: str, height: int, rows: Iterator[list[Cell]]) -> None:
    """The heading line, then each row that has a cell, with its number in the spreadsheet."""
    say([name, height])
    for no, row in enumerate(rows, start=1):  # from the first row, and the first column in use
        cells = [text_of(cell) for cell in row[:WIDEST]]
        if any(cells):
            say([no, cells])


def say(line: list[object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def text_of(cell: Cell) -> str:
    """The cell as somebody would have typed it: 358401234567, not 358401234567.0; days as 2026-11-23."""
    if isinstance(cell, str):
        return cell[: LONGEST_CELL + 1]
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < WHOLE_NUMBERS else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
