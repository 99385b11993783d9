"""Plain JSON values of a stored message as the dates and amounts they were; addresses half hidden."""

from datetime import date, datetime
from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def as_day(value: str | None) -> date | None:
    """`2027-02-09` as a date."""
    return date.fromisoformat(value) if value else None


@register.filter
def as_moment(value: str | None) -> datetime | None:
    """`2027-02-09T07:00:00+00:00` as an aware datetime."""
    return datetime.fromisoformat(value) if value else None


@register.filter
def as_amount(value: str | None) -> Decimal | None:
    """`1190.00` as euros."""
    return Decimal(value) if value else None


@register.filter
def masked(email: str) -> str:
    """An address that its owner knows again and nobody else learns: `a…n@example.org`."""
    box, at, host = email.rpartition("@")
    return f"{box[:1]}…{box[-1:] if len(box) > 2 else ''}{at}{host}"
