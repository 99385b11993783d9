"""Know what a column is by its heading, in Finnish, Swedish or English (headings.toml); case, hyphens, spaces, accents aside."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from crm.importing.problems import UnreadableError, Why
from crm.importing.texts import Row

FILE = Path(__file__).with_name("headings.toml")
LOOKED_AT = 15  # rows at the top among which the headings are
MOST_COLUMNS = 200
BARE_NAMES = {"nimi", "namn", "name"}  # of whom, the other columns tell


def folded(heading: str) -> str:
    """The heading's letters and digits alone, without accents: Sähköposti-osoite → sahkopostiosoite."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[\W_]", "", plain) or plain


@cache
def known() -> dict[str, str]:
    """The field of each heading there is a word for."""
    words = tomllib.loads(FILE.read_text())
    return {
        folded(word): name
        for name, languages in words.items()
        for found in languages.values()
        for word in found
    }


@cache
def fields() -> tuple[str, ...]:
    """Every field that a column can fill, in the order of the file."""
    return tuple(tomllib.loads(FILE.read_text()))


def field_of(heading: str) -> str:
    """The field, or nothing for a heading nobody knows."""
    return known().get(folded(heading), "")


def proposed(headings: Sequence[str]) -> list[str]:
    """The field of each column; a field that two headings mean is the first one's.

    A bare “Name” is a person's, or the organisation's when nothing else names that and another column names the person, or
    the file has business IDs and nobody's e-mail.
    """
    meant = [field_of(heading) for heading in headings]
    is_of_organisation = meant.count("name") > 1 or (
        "business_id" in meant and "email" not in meant
    )
    if is_of_organisation and "organisation" not in meant:
        meant = [
            "organisation" if folded(heading) in BARE_NAMES else field
            for heading, field in zip(headings, meant, strict=True)
        ]
    return ["" if field in meant[:at] else field for at, field in enumerate(meant)]


def signature(headings: Iterable[str]) -> str:
    """What files with the same columns have in common, whatever their order or letters."""
    return "|".join(sorted(folded(heading) for heading in headings))


def heading_row(top: Sequence[Row]) -> int:
    """Which of the first rows names the columns: the one with most known headings, else the first with two cells.

    A title above them, merged cells and empty lines are passed over. UnreadableError when there is none.
    """
    best = max(range(len(top)), key=lambda at: (told(top[at]), -at), default=None)
    if best is not None and told(top[best]):
        return best
    for at, row in enumerate(top):
        if len(set(filter(None, row.cells))) > 1:
            return at
    raise UnreadableError(Why.NO_HEADINGS)


def told(row: Row) -> int:
    """How many known headings it has."""
    return len({field_of(cell) for cell in row.cells} - {""})


def width(rows: Sequence[Row]) -> int:
    """How many columns there are: those with a heading, and those that at least half of the first rows fill."""
    named = len(trimmed(rows[0].cells))
    lengths = sorted(len(trimmed(row.cells)) for row in rows[1:] if not row.trouble)
    return max(named, lengths[len(lengths) // 2] if lengths else 0)


def trimmed(cells: Sequence[str]) -> list[str]:
    """Without the empty cells at the end."""
    last = max((at for at, cell in enumerate(cells) if cell), default=-1)
    return list(cells[: last + 1])


def names(row: Row, width: int) -> list[str]:
    """The headings; a column without one is called by its letter. UnreadableError for two that are the same."""
    cells = [*row.cells, *[""] * width][:width]
    if len(cells) > MOST_COLUMNS:
        raise UnreadableError(Why.TOO_MANY_COLUMNS, most=MOST_COLUMNS)
    headings = [" ".join(cell.split())[:100] or letter(at) for at, cell in enumerate(cells)]
    twice = sorted(
        {each for each in headings if [folded(one) for one in headings].count(folded(each)) > 1}
    )
    if twice:
        raise UnreadableError(Why.SAME_HEADINGS, headings=", ".join(twice))
    return headings


def letter(at: int) -> str:
    """A column's letters in a spreadsheet: A, …, Z, AA."""
    rest, last = divmod(at, 26)
    return (letter(rest - 1) if rest else "") + chr(ord("A") + last)
