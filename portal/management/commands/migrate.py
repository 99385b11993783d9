"""Django's migrate as the role that owns the tables; the application's own role makes none."""

from typing import Any

import dj_database_url
from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection


class Command(Migrate):
    """Migrate with DATABASE_OWNER_URL."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        role = dj_database_url.parse(settings.DATABASE_OWNER_URL)
        application = {**connection.settings_dict}
        connection.close()
        connection.settings_dict.update(
            {key: role[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
        )
        connection.settings_dict["OPTIONS"] = {"options": "-c lock_timeout=10000"}
        try:
            return super().handle(*args, **options)
        finally:
            connection.close()
            connection.settings_dict.update(application)
