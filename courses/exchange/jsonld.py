"""The catalogue in schema.org's words, for search engines: Course with CourseInstance and Offer, or Event (E2.1)."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from accounts.models import Institution
from courses.models import Course, Run, Session, Venue

Data = dict[str, Any]
SCHEMA = "https://schema.org"
MODES = {"on_site": "Onsite", "online": "Online", "blended": "Blended"}
ATTENDANCE = {"on_site": "Offline", "online": "Online", "blended": "Mixed"}
UNSAFE = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def script(data: Data) -> SafeString:
    """The data as an element for a page; a browser runs nothing of it, so it needs no nonce."""
    text = json.dumps(_filled({"@context": SCHEMA, **data}), ensure_ascii=False).translate(UNSAFE)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  nothing in it closes the element


def site() -> Data:
    """Who keeps the site, and how it is searched."""
    search = f"{settings.BASE_URL}{reverse('courses:course_list')}?q={{search_term_string}}"
    home = f"{settings.BASE_URL}/"
    return {
        "@graph": [
            {
                "@type": "Organization",
                "@id": f"{home}#organization",
                "name": settings.SITE_NAME,
                "url": home,
                "email": settings.CONTACT_EMAIL,
                "telephone": settings.CONTACT_PHONE,
            },
            {
                "@type": "WebSite",
                "name": settings.SITE_NAME,
                "url": home,
                "publisher": {"@id": f"{home}#organization"},
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": {"@type": "EntryPoint", "urlTemplate": search},
                    "query-input": "required name=search_term_string",
                },
            },
        ]
    }


def course(course: Course, runs: Iterable[Run], image: str) -> Data:
    """The course with its runs to come; an event has no course around it, each of its runs is one.

    `image` is a path. A cancelled run is told of an event alone, which has a word for it, and offered nowhere.
    """
    url, image = (f"{settings.BASE_URL}{path}" for path in (course.get_absolute_url(), image))
    if course.format != Course.Format.COURSE:
        return {"@graph": [_event(course, run, url, image) for run in runs]}
    held = (run for run in runs if run.state != Run.State.CANCELLED)
    instances = [_instance(course, run, url) for run in held]
    return {
        "@type": "Course",
        "name": course.title,
        "description": course.summary or course.title,
        "url": url,
        "image": image,
        "provider": _provider(course.institution),
        "courseCode": course.identifier,
        "about": [str(theme) for theme in course.themes.all()],
        "teaches": course.outcomes.splitlines(),
        "coursePrerequisites": course.prerequisites,
        "educationalLevel": course.eqf_level and f"EQF {course.eqf_level}",
        "numberOfCredits": course.credits
        and {
            "@type": "StructuredValue",
            "value": float(course.credits),
            "unitText": "ECTS",
        },
        "hasCourseInstance": instances,
        "offers": [instance["offers"] for instance in instances if instance["offers"]],
    }


def _instance(course: Course, run: Run, url: str) -> Data:
    return {
        "@type": "CourseInstance",
        "courseMode": MODES[run.delivery],
        "startDate": _day(run.starts_on),
        "endDate": _day(run.ends_on),
        "inLanguage": run.language,
        "courseWorkload": course.hours and f"PT{course.hours}H",
        "location": _place(run.venue) or ("Online" if run.delivery == "online" else None),
        "instructor": [
            {"@type": "Person", "name": trainer.name} for trainer in course.trainers.all()
        ],
        "offers": _offer(run, url),
    }


def _event(course: Course, run: Run, url: str, image: str) -> Data:
    sessions = list(run.sessions.all())
    return {
        "@type": "Event",
        "name": course.title,
        "description": course.summary or course.title,
        "url": url,
        "image": image,
        "startDate": _moment(sessions[0]) if sessions else _day(run.starts_on),
        "endDate": _moment(sessions[-1], end=True) if sessions else _day(run.ends_on),
        "inLanguage": run.language,
        "eventStatus": f"{SCHEMA}/Event{'Cancelled' if run.state == 'cancelled' else 'Scheduled'}",
        "eventAttendanceMode": f"{SCHEMA}/{ATTENDANCE[run.delivery]}EventAttendanceMode",
        "location": _place(run.venue) or {"@type": "VirtualLocation", "url": url},
        "organizer": _provider(course.institution),
        "offers": _offer(run, url),
    }


def _offer(run: Run, url: str) -> Data | None:
    """Gross price in euros; none where the price is not known, or nothing is to be had."""
    if run.price is None or run.state == Run.State.CANCELLED:
        return None
    full = run.seats_left is not None and run.seats_left <= 0
    return {
        "@type": "Offer",
        "price": str(run.price.gross),
        "priceCurrency": "EUR",
        "category": "Free" if run.price.is_free else "Paid",
        "availability": f"{SCHEMA}/{'SoldOut' if full else 'InStock'}",
        "validFrom": _instant(run.enrolment_opens_at),
        "availabilityEnds": _instant(run.enrolment_closes_at),
        "url": url,
    }


def _provider(institution: Institution) -> Data:
    return {
        "@type": "CollegeOrUniversity",
        "name": institution.name,
        "url": institution.url,
        "logo": institution.logo and f"{settings.BASE_URL}{institution.logo.url}",
    }


def _place(venue: Venue | None) -> Data | None:
    if venue is None:
        return None
    return {
        "@type": "Place",
        "name": venue.name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": venue.street,
            "postalCode": venue.postcode,
            "addressLocality": venue.city,
        },
    }


def _moment(session: Session, *, end: bool = False) -> str | None:
    return _instant(session.ends_at if end else session.starts_at)


def _instant(moment: datetime | None) -> str | None:
    return localtime(moment).isoformat() if moment else None


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None


def _filled(data: Any) -> Any:
    """Without what is empty."""
    if isinstance(data, dict):
        kept = {key: _filled(value) for key, value in data.items()}
        return {key: value for key, value in kept.items() if value not in (None, "", [], {})}
    if isinstance(data, list):
        return [_filled(each) for each in data]
    return data
