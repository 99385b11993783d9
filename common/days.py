"""The clock that decides races: the database's own, in aware UTC datetimes.

What two processes race for, or what must be provable, is compared with `portal_now()`, an SQL function made by
accounts' first migration. Only the tests' template database and simulations replace that function.
"""

from calendar import monthrange
from datetime import date, datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class PortalNow(Func):
    """`portal_now()` in a query: the present moment by the database's clock."""

    function = "portal_now"
    template = "%(function)s()"
    output_field = DateTimeField()


def database_now() -> datetime:
    """Ask the database what time it is (aware, UTC)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_now()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)  # noqa: S101  tells mypy what the driver promises
    return now


def month_after(day: date) -> date:
    """The same day of the next month, or its last one when it has no such day (Regulation 1182/71)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))
