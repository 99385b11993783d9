"""Sending is on only where it was switched on: a restored or copied database mails nobody by itself (D3.8).

The row names who may send: the public address, the database's name and its timeline; and the transaction that wrote it,
which a row that came out of a dump does not have. A copy under another name or address, a restore from a dump and a
recovery to a point in time each switch sending off until somebody says `manage.py sending on` there.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

HERE = "%s || ' ' || current_database() || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
TURN = f"""
INSERT INTO mailing_sending (id, installation, written_in, is_on, changed_at)
VALUES (1, {HERE}, txid_current(), %s, portal_now())
ON CONFLICT (id) DO UPDATE SET installation = EXCLUDED.installation, written_in = EXCLUDED.written_in,
  is_on = EXCLUDED.is_on, changed_at = EXCLUDED.changed_at
"""  # noqa: S608  constant texts
STATUS = f"""
SELECT is_on, installation = {HERE} AND xmin::text::bigint = written_in & 4294967295 FROM mailing_sending
"""  # noqa: S608  constant texts


@dataclass(frozen=True)
class Status:
    """Whether mail leaves; `is_other` when the row was written by another installation, and so counts for nothing."""

    is_on: bool
    is_other: bool = False


def status() -> Status:
    """What the row says here."""
    with connection.cursor() as cursor:
        cursor.execute(STATUS, [settings.BASE_URL])
        row = cursor.fetchone()
    if row is None:
        return Status(is_on=False)
    is_on, is_ours = row
    return Status(is_on=is_on and is_ours, is_other=not is_ours)


def is_on() -> bool:
    """May mail leave now."""
    return status().is_on


def turn(*, on: bool) -> None:
    """Switch sending on or off for this installation; not inside a savepoint, whose transaction has another number."""
    with connection.cursor() as cursor:
        cursor.execute(TURN, [settings.BASE_URL, on])
