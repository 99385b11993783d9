"""Courses a second from an XCRI-CAP feed into the catalogue, against COPY of the very rows it makes."""

import io
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import psycopg2
from django.conf import settings
from django.utils import timezone
from psycopg2 import extensions

from bench.rounds import Ratio, interleaved
from courses.exchange.xcri import sources
from courses.exchange.xcri.importing import import_feed
from courses.models import Course

COURSES = 300
SLUG = "bench-college"
OWN = f"(SELECT id FROM accounts_institution WHERE slug = '{SLUG}')"
TABLES = {  # in the order they can be filled
    "courses_course": f"SELECT * FROM courses_course WHERE institution_id = {OWN}",
    "courses_run": "SELECT run.* FROM courses_run run JOIN courses_course course"
    f" ON course.id = run.course_id WHERE institution_id = {OWN}",
}


def measure() -> Iterator[Ratio]:
    """The first import; the search index, which follows it, is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.xml"
        feed.write_text(catalogue())
        imported(feed)
        rows = {table: copied_out(query) for table, query in TABLES.items()}
        ours, plain = interleaved(partial(imported, feed), partial(copied_in, rows))
        cleared()
    yield Ratio(f"import of {COURSES} courses with 2 runs each", ours, plain, "courses/s", "–")


def catalogue() -> str:
    """A feed of plain courses."""
    course = (
        "<course><dc:identifier>bench-{no}</dc:identifier><dc:title>Welding, part {no}</dc:title>"
        "<abstract>How to weld, part {no}.</abstract><dc:description>Theory and practice.</dc:description>"
        "{runs}</course>"
    )
    run = (
        "<presentation><dc:identifier>bench-{no}-{part}</dc:identifier>"
        '<mlo:start dtf="2030-0{part}-01">1.{part}.2030</mlo:start><mlo:cost>Free</mlo:cost></presentation>'
    )
    courses = "".join(
        course.format(no=no, runs="".join(run.format(no=no, part=part) for part in (1, 2)))
        for no in range(COURSES)
    )
    return (
        '<catalog xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:mlo="http://purl.org/net/mlo" generated="2026-01-01T00:00:00Z"><provider>'
        "<dc:identifier>https://bench.example.org</dc:identifier><dc:title>Bench College</dc:title>"
        f"{courses}</provider></catalog>"
    )


def imported(feed: Path) -> float:
    """Courses a second into a catalogue that has none of them."""
    cleared()
    with sources.opened(str(feed), sources.MEGABYTE) as opened:
        report = import_feed(opened, SLUG, now=timezone.now())
    assert report.courses.new == COURSES, report
    return COURSES / report.seconds


def copied_out(query: str) -> str:
    """The rows as COPY writes them."""
    text = io.StringIO()
    with plain() as link, link.cursor() as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", text)
    return text.getvalue()


def copied_in(rows: dict[str, str]) -> float:
    """Courses a second by COPY of the same rows, in one transaction."""
    cleared()
    start = perf_counter()
    with plain() as link, link.cursor() as cursor:
        for table, text in rows.items():
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))
    return COURSES / (perf_counter() - start)


def plain() -> extensions.connection:
    """A connection without Django."""
    return psycopg2.connect(settings.DATABASE_URL)


def cleared() -> None:
    """The catalogue without the feed's courses."""
    Course.objects.filter(institution__slug=SLUG).delete()
