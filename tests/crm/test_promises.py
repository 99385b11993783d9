"""An answer is promised by the end of the next working day, whatever the calendar and the clock do (C5.2)."""

from datetime import UTC, datetime, time, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import promises
from crm.promises import HELSINKI, promised_by

MOMENTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
    datetime(2040, 12, 31),  # noqa: DTZ001  hypothesis adds the zone
    timezones=st.just(UTC),
)
FREE = holidays.country_holidays("FI", years=range(2024, 2042))


def helsinki(text):
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("2026-11-23 12:00", "2026-11-24 16:00"),  # Monday noon
        ("2026-11-23 07:00", "2026-11-24 16:00"),  # before the office opens
        ("2026-11-23 23:59", "2026-11-24 16:00"),
        ("2026-11-24 00:01", "2026-11-25 16:00"),
        ("2026-11-27 17:00", "2026-11-30 16:00"),  # Friday evening
        ("2026-11-28 10:00", "2026-11-30 16:00"),  # Saturday
        ("2026-12-04 10:00", "2026-12-07 16:00"),  # Independence Day is a Sunday in 2026
        ("2027-12-03 10:00", "2027-12-07 16:00"),  # and a Monday in 2027
        ("2026-12-23 15:00", "2026-12-28 16:00"),  # Christmas Eve to the Sunday after
        ("2027-06-24 15:00", "2027-06-28 16:00"),  # Midsummer Eve
        ("2027-03-25 15:00", "2027-03-30 16:00"),  # Easter, and the clock goes forward in it
        ("2026-10-23 15:00", "2026-10-26 16:00"),  # the clock goes back in the night to Sunday
        ("2026-12-31 23:30", "2027-01-04 16:00"),  # over New Year
    ],
)
def test_the_calendar(asked, promised):
    assert promised_by(helsinki(asked)) == helsinki(promised)


@given(MOMENTS)
def test_it_is_the_close_of_a_working_day(now):
    local = promised_by(now).astimezone(HELSINKI)
    assert local.time() == time(16)
    assert local.weekday() < 5
    assert local.date() not in FREE


@given(MOMENTS)
def test_no_working_day_lies_between_the_asking_and_it(now):
    asked, promised = now.astimezone(HELSINKI).date(), promised_by(now).date()
    between = [asked + timedelta(days=n) for n in range(1, (promised - asked).days)]
    assert not [day for day in between if day.weekday() < 5 and day not in FREE]


@given(MOMENTS)
def test_there_is_a_night_to_think_and_a_week_at_most(now):
    assert timedelta(hours=15) < promised_by(now) - now < timedelta(days=8)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_asks_later_is_not_answered_sooner(now, later):
    assert promised_by(now) <= promised_by(now + later)


@given(MOMENTS)
def test_the_zone_of_the_asker_changes_nothing(now):
    assert promised_by(now.astimezone(HELSINKI)) == promised_by(now)


def test_the_hours_are_data(monkeypatch):
    """On Fridays until one."""
    monkeypatch.setitem(promises.WEEK, 4, (time(9), time(13)))
    assert promised_by(helsinki("2026-11-26 10:00")) == helsinki("2026-11-27 13:00")
