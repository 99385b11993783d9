"""What people are told of their enrolments: an entry on their timeline and a mail in their language, together."""

from dataclasses import dataclass

from django.utils import translation

from courses import contacts, kinds
from courses.exchange import ical
from courses.models import Enrolment, Run, Session, Venue
from crm import timeline
from mailing import outbox

MAILS = {
    kinds.ENROLLED: kinds.ENROLMENT_MAIL,
    kinds.QUEUED: kinds.QUEUE_MAIL,
    kinds.OFFERED: kinds.OFFER_MAIL,
    kinds.LAPSED: kinds.LAPSED_MAIL,
    kinds.CANCELLED: kinds.CANCELLATION_MAIL,
}


@dataclass(frozen=True)
class Facts:
    """What a mail says of a run, frozen: plain values in the reader's language, and the calendar file's text."""

    values: dict[str, object]
    calendar: str


def facts(run: Run, language: str) -> Facts:
    """Read what a mail needs. Before the run is locked: whoever waits for the lock need not wait for this."""
    course = run.course
    with translation.override(language):
        return Facts(
            {
                "title": course.title,
                "slug": course.slug,
                "run": run.pk,
                "institution": course.institution.name,
                "starts_on": run.starts_on and run.starts_on.isoformat(),
                "ends_on": run.ends_on and run.ends_on.isoformat(),
                "sessions": [meeting(session) for session in run.sessions.all()],
                "place": place(run.venue),
                "delivery": run.get_delivery_display(),
                "is_free": bool(run.price and run.price.is_free),
                "gross": run.price and str(run.price.gross),
                "vat_rate": str(run.vat_rate),
                "contact": contacts.of_course(course).told(),
            },
            ical.calendar(run),
        )


def tell(kind: str, enrolment: Enrolment, told: Facts, **more: object) -> None:
    """Write the encounter and queue its mail, in the caller's transaction; what is enrolled comes with its dates."""
    timeline.record(
        kind,
        person=enrolment.person,
        organisation=enrolment.run.organisation,
        title=str(told.values["title"]),
        run=enrolment.run_id,
        enrolment=enrolment.pk,
    )
    dates = kind == kinds.ENROLLED and told.calendar
    outbox.queue(
        MAILS[kind],
        enrolment.person,
        {**told.values, "enrolment": enrolment.pk, **more},
        attachments=[
            outbox.Attachment(
                name=f"{told.values['slug']}.ics"[:100],
                content_type="text/calendar",
                text=told.calendar,
            )
        ]
        if dates
        else None,
    )


def tell_about(kind: str, enrolments: list[Enrolment]) -> None:
    """Tell each of them the same, in their own language."""
    for enrolment in enrolments:
        ends = enrolment.offer_expires_at
        tell(
            kind,
            enrolment,
            facts(enrolment.run, enrolment.person.language),
            offer_expires_at=ends and ends.isoformat(),
        )


def meeting(session: Session) -> dict[str, str]:
    """When, where and what of a session."""
    is_elsewhere = session.place != session.run.venue
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "place": place(session.place) or (session.where if is_elsewhere else ""),
        "topic": session.topic or "",
    }


def place(venue: Venue | None) -> str:
    """The venue in one line; nothing when there is none."""
    if venue is None:
        return ""
    return ", ".join(part for part in (venue.name, venue.street, venue.city) if part)
