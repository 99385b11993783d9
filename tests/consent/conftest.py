"""Hands that the application does not have: the tables' owner, and a superuser with the triggers off."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper


@contextlib.contextmanager
def role(name: str) -> Iterator[CursorWrapper]:
    """Be this role until the block ends; `NONE` is the superuser the tests are logged in as."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {name}")
        yield cursor
        cursor.execute("SET ROLE portal_app")  # an error ends the transaction, and the role with it


@pytest.fixture
def tamper(db) -> Callable[..., int]:
    """Run a statement as a superuser with every trigger off; how many rows it touched."""

    def run(statement: str, *values: Any) -> int:
        with role("NONE") as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending is no attack's doing
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, values)
            rows = int(cursor.rowcount)
            cursor.execute("SET session_replication_role = origin")
            return rows

    return run


@pytest.fixture
def refused(db) -> Callable[..., str]:
    """Run a statement as a role; it must be refused, and the refusal is returned."""

    def run(statement: str, as_role: str = "portal_app") -> str:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError) as error, transaction.atomic(), role(as_role) as cursor:
            cursor.execute(statement)
        return str(error.value)

    return run
