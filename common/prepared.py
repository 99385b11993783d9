"""Statements that each connection plans once: for what is asked thousands of times, planning takes longer than running."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Statement:
    """SQL with `%s` in place of its parameters, and their types; the name is the connection's for it."""

    name: str
    types: tuple[str, ...]
    sql: str


Call = tuple[Statement, Sequence[Any]]


def execute(cursor: CursorWrapper, *calls: Call) -> None:
    """Run the statements in order and in one journey; the cursor then has the rows of the last.

    Each sees what was committed while the one before it waited. A pooler in front must keep sessions together.
    """
    known = _prepared.setdefault(connection.connection, set())
    for statement, _values in calls:
        if statement.name not in known:
            prepare(cursor, statement)
            known.add(statement.name)
    cursor.execute(
        "; ".join(f"EXECUTE {statement.name}{places(values)}" for statement, values in calls),
        [value for _statement, values in calls for value in values],
    )


def prepare(cursor: CursorWrapper, statement: Statement) -> None:
    """Have this connection know the statement."""
    types = f" ({', '.join(statement.types)})" if statement.types else ""
    numbered = statement.sql.replace("%s", "${}").format(*range(1, len(statement.types) + 1))
    cursor.execute(f"PREPARE {statement.name}{types} AS {numbered}")


def places(values: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(values))})" if values else ""
