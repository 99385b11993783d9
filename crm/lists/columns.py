"""Columns of a list: what they show, what they need to be read, and how they look."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django_stubs_ext import StrOrPromise

Cell = str | int | datetime | None
Prepare = Callable[["QuerySet[Any]"], "QuerySet[Any]"]


class Look(StrEnum):
    """How a cell is drawn."""

    TEXT = "text"
    TITLE = "title"  # the row's own name, which leads to its page
    NUMBER = "number"
    CODE = "code"  # read as one sign, so it stays on one line
    DAY = "day"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Column:
    """A column: the cell of a row, and what of the database is read for all rows at once to have it."""

    name: str
    label: StrOrPromise
    value: Callable[[Any], Cell]
    prepare: Prepare | None = None
    look: Look = Look.TEXT
    is_default: bool = True


def chosen(columns: Sequence[Column], names: Iterable[str]) -> list[Column]:
    """Those of these names in the list's own order, the title always among them; the usual ones when none is known."""
    wanted = set(names)
    found = [each for each in columns if each.look is Look.TITLE or each.name in wanted]
    if wanted & {each.name for each in columns}:
        return found
    return [each for each in columns if each.is_default]


def prepared(rows: "QuerySet[Any]", columns: Iterable[Column]) -> "QuerySet[Any]":
    """The rows with all that the columns read."""
    for prepare in dict.fromkeys(column.prepare for column in columns):  # two may need the same
        if prepare is not None:
            rows = prepare(rows)
    return rows
