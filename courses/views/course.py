"""What a course's page shows: its texts, the ways on from its runs, whom to ask, what lies near."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses import contacts, related
from courses.exchange import jsonld
from courses.models import Course
from courses.openings import Opening, openings
from courses.texts import shown
from courses.views.meta import Meta
from crm.forms.asking import ask_form

DESCRIPTION = 160


def context(request: HttpRequest, course: Course) -> dict[str, Any]:
    """The course page's context."""
    reader, today = request.LANGUAGE_CODE, timezone.localdate()
    found = openings(course, request.user, now=timezone.now(), today=today)
    coming = [each for each in found if not each.is_past or each.run.is_enrollable]
    held = [each for each in coming if not each.is_cancelled]
    next_start = first_start(held)
    around = related.neighbours(course, reader=reader, next_start=next_start, today=today)
    share_image = reverse("courses:course_share_image", args=[course.slug])
    image = course.image.url if course.image else share_image
    return {
        "course": course,
        "title": shown(course, "title", reader),
        "coming": coming,
        "past": [each for each in found if each not in coming],
        "held": held,
        "next": held[0] if held else None,
        "contact": contacts.of_course(course, on=today),
        "ask_form": ask_form(request.user, course=course.slug),
        "path": related.path(course, around, reader=reader, next_start=next_start),
        "related": related.related(around),
        "crumbs": crumbs(course),
        "meta": meta(course, reader, share_image),
        "data": jsonld.script(jsonld.course(course, [each.run for each in coming], image)),
    }


def first_start(held: list[Opening]) -> date | None:
    """The first date of what is still to be held."""
    return min((each.run.starts_on for each in held if each.run.starts_on), default=None)


def crumbs(course: Course) -> list[tuple[str, str]]:
    """The catalogue, and the course's first theme in it."""
    base = reverse("courses:course_list")
    themes = course.themes.all()[:1]
    return [(base, _("Courses")), *((f"{base}?theme={theme.slug}", str(theme)) for theme in themes)]


def meta(course: Course, reader: str, image: str) -> Meta:
    """The title with its extent, and the summary."""
    title = shown(course, "title", reader).text
    summary = shown(course, "summary", reader).text or shown(course, "why", reader).text
    short = summary if len(summary) <= DESCRIPTION else summary[: DESCRIPTION - 1].rstrip() + "…"
    return Meta(title, " ".join(short.split()), course.get_absolute_url(), image=image)


def context_withdrawn(request: HttpRequest, course: Course) -> dict[str, Any]:
    """What is left to say of a course that is gone."""
    reader, today = request.LANGUAGE_CODE, timezone.localdate()
    around = related.neighbours(course, reader=reader, next_start=None, today=today)
    return {
        "title": shown(course, "title", reader),
        "related": related.related(around),
        "contact": contacts.of_course(course),
        "base": reverse("courses:course_list"),
    }
