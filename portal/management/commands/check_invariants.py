"""Look for rows that break a promise of the database."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from consent.verification import patient_cursor
from portal import invariants


class Command(BaseCommand):
    """Exit status 0 only when every promise holds."""

    help = "Look for rows that break a promise of the database; status 0 only when there are none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with patient_cursor():
            broken = invariants.broken()
        if options["json"]:
            self.stdout.write(json.dumps(self.report(broken)))
        else:
            for each in invariants.INVARIANTS:
                rows = broken.get(each.name, [])
                self.stdout.write(f"{each.name} {each.promise}: {len(rows) or 'holds'}")
                for row in rows[:20]:
                    self.stdout.write(f"   {row}")
        if broken:
            sys.exit(1)

    def report(self, broken: dict[str, list[tuple[object, ...]]]) -> dict[str, object]:
        """Every promise with the keys of the rows that break it."""
        return {
            "ok": not broken,
            "invariants": {
                each.name: {"promise": each.promise, "rows": broken.get(each.name, [])}
                for each in invariants.INVARIANTS
            },
        }
