"""Test databases: one migrated template, a clone for each worker, emptied without TRUNCATE."""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
SQL = Path(__file__).with_suffix(".sql")
ROLES = ROOT / "portal" / "roles.sql"


def template() -> str:
    """Name of the migrated database; made anew only when what it is made from changes."""
    sources = [*sorted(ROOT.glob("*/migrations/*.*")), SQL, ROLES, ROOT / "requirements.lock"]
    apps = " ".join(settings.INSTALLED_APPS).encode()  # libraries' tables come and go with them
    digest = hashlib.sha256(apps + b"".join(path.read_bytes() for path in sources))
    name = f"template_{digest.hexdigest()[:12]}"
    with superuser("postgres") as cursor:
        cursor.execute("SELECT pg_advisory_lock(1)")  # the first worker makes it, the others wait
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname ~ '^template_'")
        known = {row[0] for row in cursor.fetchall()}
        if name not in known:
            for former in known:
                cursor.execute(f"DROP DATABASE {former} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name}_new")
            _fill(f"{name}_new")
            cursor.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


def clone(template: str, name: str) -> None:
    """Make the database `name` a fresh copy of the template."""
    connections.close_all()
    with superuser("postgres") as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(
            f"CREATE DATABASE {name} OWNER portal_owner TEMPLATE {template} STRATEGY FILE_COPY"
        )


@contextlib.contextmanager
def superuser(database: str) -> Iterator["psycopg2.extensions.cursor"]:
    """A cursor of the role `postgres`, each statement committed at once."""
    link = psycopg2.connect(address("DATABASE_URL", database))
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


def address(setting: str, database: str) -> str:
    """The server's address from the environment, with another database."""
    return os.environ[setting].rsplit("/", 1)[0] + f"/{database}"


def _fill(database: str) -> None:
    with superuser(database) as cursor:
        cursor.execute(ROLES.read_text())
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_OWNER_URL": address("DATABASE_OWNER_URL", database)},
            check=True,
        )
        cursor.execute(SQL.read_text())
