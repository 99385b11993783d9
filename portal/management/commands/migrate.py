"""Django's migrate as the role that owns the tables; the application's own role makes none."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from portal.owner import owning

# Each migration of a trigger makes this function anew, as one that lets any code switch triggers off for itself.
NOTHING_IS_IGNORED = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS 'SELECT false'
"""


class Command(Migrate):
    """Migrate with DATABASE_OWNER_URL, and leave the audit's triggers without a way around them."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        with owning():
            done = super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                with connection.cursor() as cursor:
                    cursor.execute(NOTHING_IS_IGNORED)
        return done
