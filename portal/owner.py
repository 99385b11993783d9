"""Be the role that owns the tables, for what the application itself may not do."""

import contextlib
from collections.abc import Iterator

import dj_database_url
from django.conf import settings
from django.db import connection


@contextlib.contextmanager
def owning() -> Iterator[None]:
    """Connect with DATABASE_OWNER_URL until the block ends; not inside a transaction, which would be lost."""
    role = dj_database_url.parse(settings.DATABASE_OWNER_URL)
    application = {**connection.settings_dict}
    connection.close()
    connection.settings_dict.update(
        {key: role[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
    )
    connection.settings_dict["OPTIONS"] = {"options": "-c lock_timeout=10000"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(application)
