"""A copy of the database with 100,000 contacts in it, made by plain SQL (`contacts.sql`), and what the measurements share."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from django.db import connections
from psycopg2 import extensions

from accounts.models import StaffRole, User

SCRATCH = "bench_crm"
CONTACTS = Path(__file__).with_name("contacts.sql")
ROUNDS = 5
PERSON, ORGANISATION = 1_000_001, 1_000_500  # of contacts.sql, with 2,000 encounters each


@contextlib.contextmanager
def scratch() -> Iterator[None]:
    """The copy, to which Django is led meanwhile; dropped in the end, and before when a run was cut short."""
    own = str(connections["default"].settings_dict["NAME"])
    connections.close_all()
    run(own, f"DROP DATABASE IF EXISTS {SCRATCH}", f"CREATE DATABASE {SCRATCH} TEMPLATE {own}")
    run(SCRATCH, CONTACTS.read_text(), "VACUUM ANALYZE")
    connections["default"].settings_dict["NAME"] = SCRATCH
    try:
        yield
    finally:
        connections.close_all()
        connections["default"].settings_dict["NAME"] = own
        run(own, f"DROP DATABASE {SCRATCH}")


def run(database: str, *statements: str) -> None:
    """Statements of the superuser, one by one, each committed at once."""
    with contextlib.closing(superuser(database)) as link, link.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def superuser(database: str) -> extensions.connection:
    """A connection that the portal's own triggers do not bind."""
    link = psycopg2.connect(
        os.environ["DATABASE_URL"].replace("portal_app@", "postgres@"), dbname=database
    )
    link.autocommit = True
    return link


def manager() -> User:
    """Somebody who may see everything."""
    made = User.objects.create_user("bench@example.org", is_staff=True)
    StaffRole.objects.create(user=made, role="manager")
    return made
