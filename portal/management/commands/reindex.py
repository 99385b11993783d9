"""Bring the search index up to date, for all courses or those named by slug."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts.commands import AuditedCommand
from courses.models import Course, SearchWord
from courses.search import index


class Command(AuditedCommand):
    """Index courses; a second time changes nothing, and two at a time do no harm."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="slug", help="a course; none for all")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        count = index.refresh(self.chosen(options["slugs"]), self.progress)
        forgotten = 0 if options["slugs"] else index.forget_words()
        report = {
            "courses": count,
            "words": SearchWord.objects.count(),
            "words_forgotten": forgotten,
            "seconds": round(time.monotonic() - started, 1),
        }
        line = "%(courses)d courses indexed, %(words)d words known, in %(seconds).1f s"
        self.stdout.write(json.dumps(report) if options["json"] else line % report)

    def chosen(self, slugs: list[str]) -> list[int]:
        courses = dict(Course.objects.values_list("slug", "pk"))
        if unknown := [slug for slug in slugs if slug not in courses]:
            message = f"No such course: {', '.join(unknown)}"
            raise CommandError(message)
        return [courses[slug] for slug in slugs] if slugs else list(courses.values())

    def progress(self, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{done}", ending="")
