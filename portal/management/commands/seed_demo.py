"""Fill an empty portal with the demo's invented offering, people and sign-ins."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.models import Course
from courses.search import index
from portal.demo.seeding import seed


class Command(BaseCommand):
    """Seed once; a second time changes nothing."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="copies of each course")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG):
            message = "seed_demo makes sign-ins with a known password; it runs only with DEMO=1."
            raise CommandError(message)
        tty = self.stderr.isatty()
        count = seed(
            timezone.localdate(),
            scale=options["scale"],
            progress=lambda line: self.stderr.write(f"\r\x1b[K{line}", ending="") if tty else None,
        )
        if tty:
            self.stderr.write("\r\x1b[K", ending="")
        index.refresh(Course.objects.filter(search_entries=None).values_list("pk", flat=True))
        self.stdout.write(f"{count} courses and events")
