"""Let this installation send mail, stop it, or say which it is."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AuditedCommand
from consent import restoring
from mailing import switch


class Command(AuditedCommand):
    """A new, restored or copied installation sends nothing until `sending on` has been said in it.

    Before that, whoever was erased or has objected since the backup is erased or refused again, from the list outside.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("word", choices=["on", "off", "status"])
        parser.add_argument(
            "--without-list",
            action="store_true",
            help="switch a copy on without its suppression list: who was erased since the backup is back",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["word"] == "on":
            self.replay(without_list=options["without_list"])
        if options["word"] != "status":
            switch.turn(on=options["word"] == "on")
        known = switch.status()
        if known.is_other:
            self.stdout.write("off: another installation was switched on or off, this is a copy")
        else:
            self.stdout.write("on" if known.is_on else "off")

    def replay(self, *, without_list: bool) -> None:
        """Do again what a backup does not know; CommandError, and sending stays off, when that cannot be."""
        try:
            done = restoring.replay()
        except restoring.NoListError as error:
            if switch.status().is_other and not without_list:
                message = (
                    "This is a copy, and there is no suppression list (SUPPRESSION_FILE): who was erased since"
                    " the backup would get mail. Put the list in its place, or say --without-list."
                )
                raise CommandError(message) from error
            return
        if done.unfinished:
            message = (
                f"{done.unfinished} erasures are not finished (see the log); sending stays off."
            )
            raise CommandError(message)
        if done.entries or done.erased or done.objected:
            self.stdout.write(restoring.told(done))
