"""Management commands whose changes the audit keeps under their name."""

from typing import Any

import pghistory
from django.core.management import BaseCommand


class AuditedCommand(BaseCommand):
    """Base of every command of ours that changes rows."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = type(self).__module__.rpartition(".")[2]
        with pghistory.context(job=f"manage.py {name}"):
            return super().execute(*args, **options)
