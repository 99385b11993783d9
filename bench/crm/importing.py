"""Rows a second from a file through the importer (read, tried, brought in), against COPY of the very customers it makes.

The same triggers write the audit on both sides. Each round is a file of its own; its customers are taken out, put back by
COPY, and stay, so that the register grows a little.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from bench.crm.cpu import Spent, spent
from bench.crm.register import ROUNDS, SCRATCH, run
from bench.rounds import Ratio, interleaved
from crm.importing import report, slices, steps, uploads
from crm.importing.steps import Ground
from crm.models import Import

ROWS, EACH = 5_000, 5  # people in the file, of whom so many are at one organisation
HEADINGS = (
    *("Yritys", "Y-tunnus", "Katuosoite", "Postinumero", "Postitoimipaikka"),
    *("Etunimi", "Sukunimi", "Titteli", "Sähköposti", "Puhelin", "Kieli"),
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2)  # of the digits of a business ID
GROUND = Ground(basis="interest", source="bench")
PEOPLE = "(SELECT person_id FROM crm_importrow WHERE imported_id = %(key)s)"
ORGANISATIONS = "(SELECT organisation_id FROM crm_importrow WHERE imported_id = %(key)s)"
TABLES = {  # in the order they can be filled
    "consent_person": f"id IN {PEOPLE}",
    "consent_address": f"person_id IN {PEOPLE}",
    "crm_organisation": f"id IN {ORGANISATIONS}",
    "crm_organisationaddress": f"organisation_id IN {ORGANISATIONS}",
    "crm_contactperson": f"person_id IN {PEOPLE}",
    "crm_contactphone": f"contact_id IN {PEOPLE}",
    "crm_affiliation": f"person_id IN {PEOPLE}",
}


def measure(user: User) -> Iterator[Ratio]:
    """By the clock, and by CPU with the database's."""
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), user)
        ours, plain = interleaved(files.imported, files.copied, rounds=ROUNDS)
    what = f"import of {ROWS:,} people in {ROWS // EACH:,} organisations"
    for how, rate in (("", by_clock), (", by CPU", by_cpu)):
        yield Ratio(f"{what}{how}", [*map(rate, ours)], [*map(rate, plain)], "rows/s", "–")


def by_clock(each: Spent) -> float:
    return ROWS * 1000 / each.wall


def by_cpu(each: Spent) -> float:
    return ROWS * 1000 / each.both


class Files:
    """One file after another: brought in, then its customers put in by COPY."""

    def __init__(self, folder: Path, user: User) -> None:
        self.folder, self.user = folder, user
        self.number = 0
        self.latest: Import | None = None

    def imported(self) -> Spent:
        """What the importer takes for the next file."""
        self.number += 1
        path = self.folder / f"{self.number}.csv"
        path.write_text(table(self.number), encoding="utf-8")
        return spent(1, partial(self.bring, path), is_warm=True)

    def bring(self, path: Path) -> None:
        imported = uploads.receive(path, file_name=path.name, by=self.user)
        steps.name_columns(imported, imported.columns, GROUND, by=self.user)
        for go in (steps.check, partial(steps.begin, now=timezone.now())):
            go(imported)
            while slices.work(imported, now=timezone.now()):
                pass
        counts = report.counts(imported)
        assert (counts.people, counts.organisations) == (ROWS, ROWS // EACH), counts
        self.latest = imported

    def copied(self) -> Spent:
        """What COPY takes for the same customers."""
        assert self.latest
        rows = {name: copied_out(name, self.latest) for name in TABLES}
        taken_out(self.latest)
        return spent(1, partial(copied_in, rows), is_warm=True)


def table(number: int) -> str:
    """A file of people whom no other file has."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADINGS)
    for no in range(ROWS):
        own, at = number * ROWS + no, (number * ROWS + no) // EACH
        writer.writerow(
            (
                *(f"Rakennus {at} Oy", business_id(at), f"Tehtaankatu {at % 90 + 1}", "33100"),
                *("Tampere", "Anna", f"Rakentaja {own}", "toimitusjohtaja"),
                *(f"anna.{own}@rakennus{at}.fi", f"050 {own % 10_000_000:07}", "fi"),
            )
        )
    return text.getvalue()


def business_id(no: int) -> str:
    """The one that begins with 1000000 + no; none where the check would be 10, as one organisation in eleven here."""
    digits = f"{1_000_000 + no}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return f"{digits}-{11 - rest if rest > 1 else 0}" if rest != 1 else ""


def copied_out(name: str, imported: Import) -> str:
    """The rows of the import's customers as COPY writes them."""
    text = io.StringIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(f"SELECT * FROM {name} WHERE {TABLES[name]}", {"key": imported.pk})
        cursor.copy_expert(f"COPY ({query.decode()}) TO STDOUT", text)
    return text.getvalue()


def taken_out(imported: Import) -> None:
    """The register without the import's customers, past the triggers; the rows of the import still name them."""
    deletions = (
        f"DELETE FROM {name} WHERE {TABLES[name]}" % {"key": imported.pk}
        for name in reversed(TABLES)
    )
    run(SCRATCH, "SET session_replication_role = replica", *deletions)


@transaction.atomic
def copied_in(rows: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for name, text in rows.items():
            cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(text))
