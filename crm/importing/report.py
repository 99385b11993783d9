"""What an import came to, or would: counts, and every row that has something to tell."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from common import spreadsheets
from common.spreadsheets import Cell, Format
from consent.models.people import unrestricted, visible_to
from crm.exporting import Taken
from crm.importing.cleaning import Entry, entry_of
from crm.importing.problems import Problem
from crm.models import Export, Import, ImportRow

SHEET = "crm.import_rows"  # in the log of exports
Row, Verdict = ImportRow.State, ImportRow.Verdict


@dataclass(frozen=True)
class Counts:
    """Rows by what became of them; organisations and people that are new by them."""

    rows: int
    handled: int
    new: int
    known: int
    left_out: int
    told: int
    undone: int
    stays: int
    organisations: int
    people: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @property
    def good(self) -> int:
        return self.new + self.known

    @property
    def per_cent(self) -> int:
        return 100 * self.handled // max(self.rows, 1)


def counts(imported: Import) -> Counts:
    """One query. In a trial several rows can name one new customer: it is counted once."""
    handled = {
        Import.State.IMPORTING: Q(state=Row.DONE),
        Import.State.UNDOING: Q(state__in=[Row.UNDONE, Row.STAYS]),
    }.get(Import.State(imported.state), ~Q(state=Row.WAITING))
    found = imported.rows.aggregate(
        rows=Count("pk"),
        handled=Count("pk", filter=handled),
        new=Count("pk", filter=Q(verdict=Verdict.NEW)),
        known=Count("pk", filter=Q(verdict=Verdict.KNOWN)),
        left_out=Count("pk", filter=Q(verdict=Verdict.LEFT_OUT)),
        told=Count("pk", filter=~Q(problems=[]) & ~Q(verdict=Verdict.LEFT_OUT)),
        undone=Count("pk", filter=Q(state=Row.UNDONE)),
        stays=Count("pk", filter=Q(state=Row.STAYS)),
        organisations=Count("made__organisation", distinct=True),
        people=Count("pk", filter=Q(made__has_key="person")),
    )
    return Counts(**found)


class Told(NamedTuple):
    """What is wrong, and under which heading of the file."""

    heading: str
    said: str


@dataclass(frozen=True)
class Line:
    """A row with something to tell."""

    row: ImportRow
    name: str
    told: list[Told]

    @property
    def said(self) -> str:
        """Everything in one line."""
        return "; ".join(
            f"{each.heading}: {each.said}" if each.heading else each.said for each in self.told
        )


def lines(imported: Import, found: QuerySet[ImportRow] | None = None) -> Iterator[Line]:
    """Rows with problems or notices, or those of them that are asked for, in the file's order; read as they are used."""
    some = told(imported) if found is None else found.order_by("no")
    for row in some.iterator(chunk_size=1000):
        yield line_of(row, imported)


def first_lines(imported: Import, most: int, reader: User, *, after: int = 0) -> Iterator[Line]:
    """The first of them after a row number, about whom the reader may see; those left out come with the others."""
    found = told(imported).filter(visible_to(reader), no__gt=after)
    return (line_of(row, imported) for row in found[:most])


def told(imported: Import) -> QuerySet[ImportRow]:
    return imported.rows.exclude(problems=[]).order_by("no")


def line_of(row: ImportRow, imported: Import) -> Line:
    """With the headings the file has; nothing of the suppressed is left to name them by."""
    headings = dict(zip(imported.columns, imported.headings, strict=False))
    entry = entry_of(row, imported)
    problems = [Problem.from_json(each) for each in row.problems]
    return Line(
        row,
        entry["organisation"] or entry["name"] or entry["business_id"],
        [Told(headings.get(each.column, ""), each.said) for each in problems],
    )


def preview(imported: Import, most: int, reader: User) -> list[Entry]:
    """The first rows as they are understood, about whom the reader may see."""
    rows = imported.rows.filter(visible_to(reader)).order_by("no")
    return [entry_of(row, imported) for row in rows[:most]]


def take_out(imported: Import, *, by: User) -> Taken:
    """The rows that have something to tell, to be corrected and imported again, in the log as any export is.

    Restricted people (GDPR Art. 18) are left out, as of any export.
    """
    found = told(imported).filter(unrestricted())
    export = Export.objects.create(
        sheet=SHEET,
        form=Format.XLSX.value,
        filters={"import": imported.pk},
        rows=found.count(),
        by=by,
    )
    headings = [_("Row"), _("What became of it"), _("What is to be told"), *imported.headings]
    return Taken(export, spreadsheets.pieces(Format.XLSX, headings, cells(imported, found)))


def cells(imported: Import, found: QuerySet[ImportRow]) -> Iterator[list[Cell]]:
    """The rows for a file: number, verdict, what is wrong, and the row itself."""
    for line in lines(imported, found):
        yield [line.row.no, str(line.row.get_verdict_display()), line.said, *line.row.values]
