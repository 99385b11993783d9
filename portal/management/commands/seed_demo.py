"""Fill an empty portal with the demo's invented offering, people and sign-ins."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from accounts.commands import AuditedCommand
from consent import verification
from courses.models import Course, Theme
from courses.search import index
from crm import scanning
from portal.demo import history
from portal.demo.history import NoMailHereError
from portal.demo.seeding import Progress, seed
from portal.owner import owning

SLICES = 100  # of the search for duplicates at a time


class Command(AuditedCommand):
    """Seed once; a second time changes nothing."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="copies of each course")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG):
            message = "seed_demo makes sign-ins with a known password; it runs only with DEMO=1."
            raise CommandError(message)
        tty = self.stderr.isatty()
        with owning():
            count, steps = self.seed(
                scale=options["scale"],
                progress=lambda line: (
                    self.stderr.write(f"\r\x1b[K{line}", ending="") if tty else None
                ),
            )
        if tty:
            self.stderr.write("\r\x1b[K", ending="")
        index.refresh(Course.objects.filter(search_entries=None).values_list("pk", flat=True))
        if steps:
            verification.examine_nightly()
            scanning.begin()
            while scanning.go_on(SLICES):
                pass
        self.stdout.write(f"{count} courses and events")

    @transaction.atomic
    def seed(self, *, scale: int, progress: Progress) -> tuple[int, int]:
        """Offering and past in one transaction, by the tables' owner, who alone may move the database's clock.

        How many courses there are, and how many steps of the past were told: none where they were already, and none
        where mail would leave this machine.
        """
        is_new = not Theme.objects.exists()
        count = seed(timezone.localdate(), scale=scale, progress=progress)
        try:
            return count, history.tell(timezone.now()) if is_new else 0
        except NoMailHereError:
            self.stderr.write("Sending is off here, or goes elsewhere: the demo has no past mails.")
            return count, 0
