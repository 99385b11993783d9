"""A run as a calendar file (RFC 5545): an event for each session, or one of whole days when none is known."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone

from courses.models import Run, Session, Venue

HELSINKI = ZoneInfo("Europe/Helsinki")
LAST_DAY = date(2038, 1, 1)  # how far the rules of summer time are written out


def calendar(run: Run) -> str:
    """The file's text in the active language; empty when the run has no dates.

    An event's UID never changes: a file taken again after a change replaces the events of the first.
    """
    events = [session_event(each) for each in run.sessions.all()] or days_event(run)
    if not events:
        return ""
    file = Calendar()
    file.add("prodid", f"-//{settings.SITE_NAME}//{settings.MAIL_DOMAIN}//")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    for event in events:
        file.add_component(describe(event, run))
    head, first, rest = file.to_ical().decode().partition("BEGIN:VEVENT")
    return f"{head}{helsinki()}{first}{rest}"


@cache
def helsinki() -> str:
    """Finland's time as a VTIMEZONE, written once: it costs more than all else in the file."""
    zone = Timezone.from_tzinfo(HELSINKI, first_date=date(2020, 1, 1), last_date=LAST_DAY)
    text: str = zone.to_ical().decode()
    return text


def session_event(session: Session) -> Event:
    """One meeting, at its own place."""
    event = Event()
    event.add("uid", f"session-{session.pk}@{settings.MAIL_DOMAIN}")
    event.add("dtstart", local(session.starts_at))
    event.add("dtend", local(session.ends_at))
    if session.topic:
        event.add("description", session.topic)
    add_place(event, session.place)
    return event


def days_event(run: Run) -> list[Event]:
    """The whole run from its first day to its last; nothing when it has no first day."""
    if run.starts_on is None:
        return []
    event = Event()
    event.add("uid", f"run-{run.pk}@{settings.MAIL_DOMAIN}")
    event.add("dtstart", run.starts_on)
    event.add("dtend", (run.ends_on or run.starts_on) + timedelta(days=1))
    add_place(event, run.venue)
    return [event]


def describe(event: Event, run: Run) -> Event:
    """What the events of a run have in common."""
    event.add("summary", run.course.title)
    event.add("dtstamp", timezone.now())
    event.add("url", settings.BASE_URL + run.course.get_absolute_url())
    return event


def add_place(event: Event, venue: Venue | None) -> None:
    """The venue's address in one line; a session online has none."""
    if venue is not None:
        parts = (venue.name, venue.street, f"{venue.postcode} {venue.city}".strip())
        event.add("location", ", ".join(part for part in parts if part))


def local(moment: datetime) -> datetime:
    return moment.astimezone(HELSINKI)
