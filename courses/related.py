"""Courses near a course: on the same threads, and before and after it in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Abs, Extract
from django.urls import reverse

from courses.models import Course, Run, Theme
from courses.texts import shown, shown_of

EPOCH = date(1970, 1, 1)
NEAREST = 40
MOST_THREADS = 2
MOST_RELATED = 4


@dataclass(frozen=True)
class Neighbour:
    """A course that shares a theme; `next_start` is None where no run is coming."""

    title: str
    language: str
    url: str
    credits: Decimal | None
    institution: str
    next_start: date | None
    threads: frozenset[int]

    @property
    def thread(self) -> int:
        """The colour it is shown in."""
        return min(self.threads)


@dataclass(frozen=True)
class Node:
    """A step of a learning path; `language` is the title's."""

    title: str
    language: str
    url: str
    credits: Decimal | None
    thread: int
    here: bool = False


@dataclass(frozen=True)
class PathTheme:
    """A thread of the path."""

    name: str
    thread: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Path:
    """One or two threads that meet at a course, in the order of the next starts."""

    themes: list[PathTheme]
    nodes: list[Node]


def neighbours(
    course: Course, *, reader: str, next_start: date | None, today: date
) -> list[Neighbour]:
    """Published courses on the course's threads, those first that begin nearest to it."""
    themes = list(course.themes.all())
    rows = _rows(course, themes, next_start or today, today) if themes else []
    return [_neighbour(row, reader) for row in rows]


def related(around: list[Neighbour]) -> list[Neighbour]:
    """The few that share most; of equal ones those that begin nearest."""
    return sorted(around, key=lambda each: -len(each.threads))[:MOST_RELATED]


def path(
    course: Course, around: list[Neighbour], *, reader: str, next_start: date | None
) -> Path | None:
    """What begins before and after on each thread; None when nothing does, or the course has no date."""
    if next_start is None:
        return None
    themes = [PathTheme(str(theme), theme.thread) for theme in course.themes.all()[:MOST_THREADS]]
    steps = list(_steps(themes, around, next_start))
    if not steps:
        return None
    title, url = shown(course, "title", reader), course.get_absolute_url()
    here = Node(title.text, title.language, url, course.credits, themes[0].thread, here=True)
    before = [node for on, node in steps if on < next_start]
    after = [node for on, node in steps if on >= next_start]
    return Path(themes, [*before, here, *after])


def _steps(
    themes: list[PathTheme], around: list[Neighbour], next_start: date
) -> Iterator[tuple[date, Node]]:
    """The nearest one before and after on each thread; a course on both threads stands on the first only."""
    used: set[str] = set()
    for theme in themes:
        on_thread = [
            (each.next_start, each)
            for each in around
            if each.next_start and theme.thread in each.threads and each.url not in used
        ]
        before = [pair for pair in on_thread if pair[0] < next_start]
        after = [pair for pair in on_thread if pair[0] >= next_start]
        for on, each in before[:1] + after[:1]:
            used.add(each.url)
            yield on, Node(each.title, each.language, each.url, each.credits, theme.thread)


def _rows(course: Course, themes: list[Theme], around: date, today: date) -> list[dict[str, Any]]:
    """Columns of the published courses on the threads, by how many days lie between their start and `around`."""
    starts = (
        Run.objects.listed()
        .upcoming(today)
        .filter(course=OuterRef("pk"))
        .order_by()
        .values("course")
        .annotate(first=Min("starts_on"))
        .values("first")
    )
    apart = Abs(Extract("next_start", "epoch") - (around - EPOCH).total_seconds())
    rows = (
        Course.objects.published()
        .filter(themes__in=themes)
        .exclude(pk=course.pk)
        .annotate(
            next_start=Subquery(starts),
            threads=ArrayAgg("themes__thread", filter=Q(themes__in=themes), distinct=True),
        )
        .order_by(apart.asc(nulls_last=True), "pk")
        .values(
            *("slug", "title_fi", "title_sv", "title_en", "credits", "next_start", "threads"),
            institution_name=F("institution__short_name"),
        )
    )
    return list(rows[:NEAREST])


def _neighbour(row: dict[str, Any], reader: str) -> Neighbour:
    title = shown_of(row, "title_", reader)
    return Neighbour(
        title=title.text,
        language=title.language,
        url=reverse("courses:course_detail", args=[row["slug"]]),
        credits=row["credits"],
        institution=row["institution_name"],
        next_start=row["next_start"],
        threads=frozenset(row["threads"]),
    )
