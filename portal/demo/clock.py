"""The database's clock, moved while the demo's past is told; production has no such door."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError

MOVED = """
CREATE OR REPLACE FUNCTION portal_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT clock_timestamp() + coalesce(nullif(current_setting('portal.demo_shift', true), ''), '0')::interval
$$
"""
SHIFT = "SELECT set_config('portal.demo_shift', (%s::timestamptz - clock_timestamp())::text, true)"


class NotADemoError(Exception):
    """The clock is moved in a demo alone."""


@contextlib.contextmanager
def movable() -> Iterator[Callable[[datetime], None]]:
    """Let `portal_now()` go on from any moment that is set, until the block ends.

    All of it happens inside the caller's transaction, and the function is put back as it was before that commits: no
    other session ever sees another clock, and one that is killed leaves none behind. Needs the owner's rights. Raises
    NotADemoError, and TransactionManagementError outside a transaction.
    """
    if not (settings.DEMO or settings.DEBUG):
        raise NotADemoError
    if not connection.in_atomic_block:
        message = "The clock is moved inside one transaction, so that nobody else sees it."
        raise TransactionManagementError(message)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('portal_now'::regproc)")
        (former,) = cursor.fetchone()
        cursor.execute(MOVED)
        yield move
        cursor.execute(former)


def move(moment: datetime) -> None:
    """Go on from this moment."""
    with connection.cursor() as cursor:
        cursor.execute(SHIFT, [moment])
