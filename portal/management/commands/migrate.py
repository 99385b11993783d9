"""Django's migrate as the role that owns the tables; the application's own role makes none."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from portal.owner import owning


class Command(Migrate):
    """Migrate with DATABASE_OWNER_URL."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        with owning():
            return super().handle(*args, **options)
