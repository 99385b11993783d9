"""How a row was when an import made it, as a short text; and how often the import itself has raised a version.

By both it is known later whether anybody has changed since what the import made (`touched`). Every column counts, for what
an import leaves empty somebody else may fill.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

from datetime import UTC, datetime
from typing import Any

from django.db.models import Field, GeneratedField

from crm import versions
from crm.models import ImportRow

VERSIONED = {"organisation": "organisation", "card": "person"}  # and the row's column that names it
APART = {"version", "created_at"}  # one is counted, the other never changes


def of(row: Any) -> str:
    """The row as it is now."""
    return versions.mark(*(told(getattr(row, each.attname)) for each in columns(type(row))))


def columns(model: type[Any]) -> list["Field[Any, Any]"]:
    """Those in which anybody can write."""
    return [
        each
        for each in model._meta.concrete_fields
        if each.name not in APART and not each.primary_key and not isinstance(each, GeneratedField)
    ]


def told(value: object) -> str | None:
    """The same of a value as it is written and as it is read."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else str(value)


def keep(row: ImportRow, what: str, key: int, mark: str) -> None:
    """Note how what the row made was when it was made."""
    row.made.setdefault("was", {})[f"{what}:{key}"] = mark


def kept(row: ImportRow, what: str, key: int) -> str | None:
    """What was noted."""
    found: str | None = row.made.get("was", {}).get(f"{what}:{key}")
    return found


def count(row: ImportRow, what: str) -> None:
    """Note that the import has raised the version of the row's organisation or card."""
    raised = row.made.setdefault("raised", {})
    raised[what] = raised.get(what, 0) + 1
