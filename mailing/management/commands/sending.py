"""Let this installation send mail, stop it, or say which it is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mailing import switch


class Command(BaseCommand):
    """A new, restored or copied installation sends nothing until `sending on` has been said in it."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("word", choices=["on", "off", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["word"] != "status":
            switch.turn(on=options["word"] == "on")
        known = switch.status()
        if known.is_other:
            self.stdout.write("off: another installation was switched on or off, this is a copy")
        else:
            self.stdout.write("on" if known.is_on else "off")
