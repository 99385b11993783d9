"""After restoring a backup: erase again who was erased since, record again who has objected since."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AuditedCommand
from consent import restoring


class Command(AuditedCommand):
    """Before the site opens. Exit status 0 only when the database is what the list outside says; `sending on` does it too."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = restoring.replay()
        except restoring.NoListError as error:
            message = "There is no suppression list where SUPPRESSION_FILE says; nothing is done."
            raise CommandError(message) from error
        report = {"ok": not done.unfinished, **asdict(done)}
        self.stdout.write(json.dumps(report) if options["json"] else restoring.told(done))
        if done.unfinished:
            self.stderr.write(f"{done.unfinished} erasures are not finished; see the log.")
            sys.exit(1)
