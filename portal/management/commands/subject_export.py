"""Write everything held on the person behind an address into a ZIP (GDPR Art. 15, 20)."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AuditedCommand
from consent import export, subjects


class Command(AuditedCommand):
    """Exit status 0 only when nothing is missing from it; the file is readable by its owner alone."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="an address of the person")
        parser.add_argument(
            "--to", metavar="FILE", required=True, type=Path, help="the ZIP to write"
        )
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found, packed = export.export(options["email"])
        except subjects.UnknownError as error:
            message = "Nobody is known by this address; nothing is held."
            raise CommandError(message) from error
        write(options["to"], packed)
        rows = sum(len(each.rows) for each in found.sections)
        report = {"ok": not found.failed, "rows": rows, "incomplete": found.failed}
        line = f"{rows} rows of {len(found.sections)} holdings in {options['to']}"
        self.stdout.write(json.dumps(report) if options["json"] else line)
        if found.failed:
            self.stderr.write(f"INCOMPLETE: could not be read: {', '.join(found.failed)}")
            sys.exit(1)


def write(file: Path, packed: bytes) -> None:
    """The file appears whole, and other users of the machine cannot read it. What is no file, such as a device, is left alone."""
    if file.exists() and not file.is_file():
        message = f"{file} is there already, and is no file."
        raise CommandError(message)
    begun = file.with_name(f".{file.name}.new")
    with open(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:  # noqa: PTH123  the mode must be there from the start
        opened.write(packed)
    begun.rename(file)
