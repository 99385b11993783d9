"""Import customers from a CSV or a workbook: exit status 0 when every row came in, 3 with rows left out, 1 unreadable."""

import json
import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, no_translations

from accounts.commands import AuditedCommand
from accounts.models import Institution
from common.days import database_now
from crm.importing import report, slices, steps, uploads
from crm.importing.problems import UnreadableError, Why
from crm.importing.reading import MEGABYTE
from crm.importing.steps import Ground
from crm.models import Import
from crm.models.imports import Basis

LEFT_OUT = 3
PAUSE = 0.5  # seconds until a slice is tried again that another worker, or another import, does not leave to us


class Command(AuditedCommand):
    """The operator's end of `importing`: read, try, bring in, report."""

    help = (
        "Import organisations and people from a CSV or a workbook (.xlsx, .xls, .ods). Columns are known by their"
        " headings in Finnish, Swedish or English. Customers are recognised by business ID and e-mail address; blanks are"
        " filled, nothing is overwritten. Every row needs a legal basis and a source: by a column, or by the options."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a file, or - for standard input")
        parser.add_argument(
            "--basis", choices=Basis.values, default="", help="for rows whose column does not say"
        )
        parser.add_argument(
            "--source", default="", help="where the details are from; the people are told this"
        )
        parser.add_argument("--proof", default="", help="of consent: where and when it was given")
        parser.add_argument(
            "--institution", default="", metavar="SLUG", help="which one brings them"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, do nothing"
        )
        parser.add_argument("--json", action="store_true", help="report as JSON")

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with opened(options["file"]) as path:
                imported = self._receive(path, options)
        except UnreadableError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"file": options["file"], "error": str(error)}))
            raise CommandError(str(error)) from error
        try:
            self._work(steps.check(imported))
            if not options["dry_run"]:
                self._work(steps.begin(imported, now=database_now()))
            is_whole = self._report(Import.objects.get(pk=imported.pk), options)
        finally:
            if options["dry_run"]:
                imported.delete()
        if not is_whole:
            raise SystemExit(LEFT_OUT)

    def _receive(self, path: Path, options: dict[str, Any]) -> Import:
        institution = Institution.objects.filter(slug=options["institution"]).first()
        if options["institution"] and institution is None:
            reason = f"There is no institution {options['institution']}."
            raise CommandError(reason)
        ground = Ground(
            options["basis"],
            options["source"][:120],
            options["proof"][:200],
            institution=institution,
        )
        imported = uploads.receive(path, file_name=Path(options["file"]).name)
        return steps.take_as_proposed(imported, ground)

    def _work(self, imported: Import) -> None:
        """Do the work here, whether or not a worker has heard of it too: each slice is one's alone."""
        while True:
            while slices.work(imported, now=database_now()):
                self._progress(imported)
            self._progress(imported)
            if not Import.objects.at_work().filter(pk=imported.pk).exists():
                return
            time.sleep(PAUSE)

    def _progress(self, imported: Import) -> None:
        if self.stderr.isatty():
            counts = report.counts(Import.objects.get(pk=imported.pk))
            ending = "\n" if counts.handled == counts.rows else ""
            said = imported.get_state_display()
            self.stderr.write(f"\r{counts.handled} / {counts.rows} rows {said}", ending=ending)

    def _report(self, imported: Import, options: dict[str, Any]) -> bool:
        """Say what it came to, and name the rows left out; whether there were none."""
        counts = report.counts(imported)
        for line in report.lines(imported, imported.rows.left_out()):
            self.stderr.write(f"row {line.row.no}: {line.said}")
        if options["json"]:
            for piece in as_json(imported, counts, options):
                self.stdout.write(piece, ending="")
        else:
            self.stdout.write(as_text(imported, counts, dry_run=options["dry_run"]))
        return not counts.left_out


def as_json(imported: Import, counts: report.Counts, options: dict[str, Any]) -> Iterator[str]:
    """The report in pieces, so that rows by the hundred thousand are never all in memory."""
    head = {
        "file": options["file"],
        "error": None,
        "dry_run": options["dry_run"],
        "import": None if options["dry_run"] else imported.pk,
        "encoding": imported.encoding,
        "columns": dict(zip(imported.headings, imported.columns, strict=True)),
        **counts.as_json(),
    }
    yield json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    lists = (
        ("rows_left_out", "reason", imported.rows.left_out()),
        ("notices", "said", imported.rows.noted()),
    )
    for name, said, found in lists:
        yield f',\n  "{name}": ['
        for at, line in enumerate(report.lines(imported, found)):
            told = json.dumps({"row": line.row.no, said: line.said}, ensure_ascii=False)
            yield f"{',' if at else ''}\n    {told}"
        yield "\n  ]"
    yield "\n}\n"


def as_text(imported: Import, counts: report.Counts, *, dry_run: bool) -> str:
    pairs = zip(imported.headings, imported.columns, strict=True)
    unknown = [heading for heading, name in pairs if not name]
    lines = [
        "Dry run, nothing is changed." if dry_run else f"Import {imported.pk}.",
        f"Rows: {counts.rows}, of which {counts.new} new, {counts.known} known, {counts.left_out} left out",
        f"New organisations: {counts.organisations}, new people: {counts.people}",
    ]
    if unknown:
        lines.append(f"Columns nobody knows, left out: {', '.join(unknown)}")
    return "\n".join(lines)


@contextmanager
def opened(file: str) -> Iterator[Path]:
    """The file's path; standard input lies in a temporary file meanwhile. UnreadableError when it cannot be read."""
    most = settings.IMPORT_MAX_MB
    with NamedTemporaryFile(prefix="import-") as kept:
        path = Path(file)
        if file == "-":
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.flush()
            path = Path(kept.name)
        elif not path.is_file():
            reason = f"{file} is not a file."
            raise CommandError(reason)
        if path.stat().st_size > most * MEGABYTE:
            raise UnreadableError(Why.TOO_LARGE, most=most)
        yield path
