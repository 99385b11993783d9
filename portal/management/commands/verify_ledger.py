"""Examine the ledger of permissions and say which row is the first that is not as it was."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent import verification
from consent.models import Verification
from consent.verification import Break, LedgerBrokenError


class Command(BaseCommand):
    """Exit status 0 only when the ledger is intact. The outcome is remembered: after a failure marketing stops."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="report as JSON")
        parser.add_argument(
            "--checkpoint", action="store_true", help="write a checkpoint when it is intact"
        )
        parser.add_argument(
            "--begin-anew",
            metavar="WHY",
            help="take the ledger for true from now on, such as after restoring an older backup",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["begin_anew"]:
            self.begin_anew(options["begin_anew"])
        outcome, broken = verification.examine()
        if options["checkpoint"] and not broken:
            verification.checkpoint()
        self.report(outcome, broken, as_json=options["json"])
        if broken:
            sys.exit(1)

    def begin_anew(self, why: str) -> None:
        try:
            verification.begin_anew(why)
        except LedgerBrokenError as error:
            message = "The ledger itself is broken; a new checkpoint would hide that."
            raise CommandError(message) from error

    def report(self, outcome: Verification, broken: list[Break], *, as_json: bool) -> None:
        if as_json:
            report = {
                "ok": outcome.is_intact,
                "events": outcome.events,
                "breaks": outcome.breaks,
            }
            self.stdout.write(json.dumps(report))
            return
        for each in broken:
            self.stdout.write(str(each))
        if not broken:
            self.stdout.write(f"{outcome.events} events, intact")
