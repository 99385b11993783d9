"""The ways to be a customer that courses know: being enrolled (C5.1)."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from courses.models import Course, Enrolment
from crm.customers import Interest, Source


def people() -> "QuerySet[Any, Any]":
    """Keys of the people who have a seat, an offer or a place in a queue, or have been on a run."""
    return Enrolment.objects.live().order_by().values_list("person", flat=True)


def interests(some: Collection[int]) -> dict[int, Interest]:
    """The institution and the topics of each one's courses, the latest first. Two statements."""
    rows = list(
        Enrolment.objects.live()
        .filter(person__in=some)
        .order_by("-created_at", "-pk")
        .values_list("person", "run__course", "run__course__institution")
    )
    topics: dict[int, set[int]] = {}
    themes = Course.themes.through.objects.filter(
        course__in={course for _who, course, _its in rows}
    )
    for course, topic in themes.values_list("course", "theme__topic"):
        topics.setdefault(course, set()).add(topic)
    found: dict[int, Interest] = {}
    for person, course, institution in rows:
        latest = found.get(person, Interest())
        found[person] = latest | Interest(institution, frozenset(topics.get(course, ())))
    return found


def interest_of(course: Course) -> Interest:
    """What somebody who enrols on the course has to do with."""
    return Interest(
        course.institution_id, frozenset(theme.topic_id for theme in course.themes.all())
    )


ENROLMENTS = Source("courses.enrolments", people, interests)
