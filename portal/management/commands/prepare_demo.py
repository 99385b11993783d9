"""Make the database and the static files ready for `make demo`, in one process to be quick."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from mailing import switch
from portal.demo import history


class Command(BaseCommand):
    """Migrate, collect static files, seed once; a second time changes nothing."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        switch.turn(on=True)  # what the demo sends stays on this machine
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("Seeding the invented offering, once")
        call_command("seed_demo", stdout=self.stdout, stderr=self.stderr)
        history.end_old_doubts(timezone.now())
