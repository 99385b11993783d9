"""Calendar files: right in Finnish time, stable, and read by others' parsers."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from courses.exchange import ical
from courses.models import Venue
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def events(run):
    return Calendar.from_ical(ical.calendar(run)).walk("VEVENT")


def test_each_session_is_an_event_in_finnish_time():
    run = factories.run()
    winter = factories.session(run, starts_at=datetime(2027, 2, 9, 7, tzinfo=UTC))
    summer = factories.session(run, starts_at=datetime(2027, 6, 8, 6, tzinfo=UTC))
    starts = [event["dtstart"].dt for event in events(run)]
    assert [f"{start:%d.%m. %H:%M}" for start in starts] == ["09.02. 09:00", "08.06. 09:00"]
    assert starts == [winter.starts_at, summer.starts_at]


def test_the_zone_is_explained_and_right_on_both_sides_of_summer_time():
    run = factories.run()
    factories.session(run)
    (zone,) = Calendar.from_ical(ical.calendar(run)).walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Helsinki"
    explained = zone.to_tz(lookup_tzid=False)
    for moment in (datetime(2027, 2, 9, 9), datetime(2027, 6, 8, 9), datetime(2036, 8, 1, 9)):  # noqa: DTZ001  a wall clock, as calendars have it
        assert explained.utcoffset(moment) == HELSINKI.utcoffset(moment)


def test_the_uid_never_changes():
    run = factories.run()
    session = factories.session(run)
    (first,) = events(run)
    session.starts_at += factories.DAY
    session.ends_at += factories.DAY
    session.save()
    (second,) = events(type(run).objects.get(pk=run.pk))
    assert first["uid"] == second["uid"] == f"session-{session.pk}@example.org"
    assert first["dtstart"].dt != second["dtstart"].dt


def test_a_run_without_sessions_is_whole_days():
    run = factories.run(starts_on=date(2027, 2, 9), ends_on=date(2027, 2, 10))
    (event,) = events(run)
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2027, 2, 9), date(2027, 2, 11))
    assert event["uid"] == f"run-{run.pk}@example.org"


def test_a_run_without_dates_has_no_file():
    assert ical.calendar(factories.run(starts_on=None)) == ""


def test_the_place_is_one_line():
    venue = Venue.objects.create(
        slug="k3", name="Kuntokatu 3", street="Kuntokatu 3", postcode="33520", city="Tampere"
    )
    run = factories.run()
    factories.session(run, venue=venue)
    (event,) = events(run)
    assert event["location"] == "Kuntokatu 3, Kuntokatu 3, 33520 Tampere"


def test_a_title_cannot_break_out_of_its_line():
    run = factories.run(factories.course("Hei;\r\nATTENDEE:mailto:x@example.org, \\n"))
    text = ical.calendar(run)
    assert "\nATTENDEE" not in text
    (event,) = events(run)
    assert "attendee" not in event


def test_lines_are_folded_and_end_as_the_standard_says():
    run = factories.run(factories.course("Ääkkösiä " * 30))
    lines = ical.calendar(run).encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in b"".join(lines)


def test_a_session_on_site_without_a_venue_is_at_the_runs():
    run = factories.run(venue=factories.venue("Tampere", "Pääkampus"))
    factories.session(run)
    (event,) = events(run)
    assert event["location"] == "Pääkampus, Tampere"
