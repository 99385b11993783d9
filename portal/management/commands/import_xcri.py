"""Import an institution's XCRI-CAP feed: exit status 0 when it was read whole, 3 with entries left out, 1 unreadable."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts.commands import AuditedCommand
from common.days import database_now
from courses.exchange.xcri import sources
from courses.exchange.xcri.importing import Report, import_feed
from courses.exchange.xcri.rows import Tally

LEFT_OUT = 3


class Command(AuditedCommand):
    """The operator's end of `importing.import_feed`."""

    help = (
        "Import a catalogue feed in XCRI-CAP 1.2 or 1.1. Courses are known by their identifiers: what is new is"
        " added, what changed is changed, and what an earlier import brought and this feed has no more is"
        " unpublished. So import all courses of an institution from one feed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source", help="a file, an http, https or file address, or - for standard input"
        )
        parser.add_argument(
            "--institution",
            default="",
            metavar="SLUG",
            help="whose courses they are; made from the feed's provider when there is none of that slug."
            " Without it each provider in the feed is an institution of its own",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, do nothing"
        )
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            report = self._import(options)
        except sources.UnreadableError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"source": options["source"], "error": str(error)}))
            raise CommandError(str(error)) from error
        for each in report.left_out:
            self.stderr.write(
                f"line {each.line}, {each.identifier or 'no identifier'}: {each.reason}"
            )
        self.stdout.write(self._as_json(report, options) if options["json"] else _as_text(report))
        if report.left_out or not report.is_whole:
            raise SystemExit(LEFT_OUT)

    def _import(self, options: dict[str, Any]) -> Report:
        most = settings.IMPORT_MAX_MB * sources.MEGABYTE
        with sources.opened(options["source"], most) as feed:
            return import_feed(
                feed,
                options["institution"],
                now=database_now(),
                dry_run=options["dry_run"],
                progress=self._progress,
            )

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            ending = "\n" if done >= total else ""
            self.stderr.write(f"\r{done} / {total} courses {what}", ending=ending)

    def _as_json(self, report: Report, options: dict[str, Any]) -> str:
        whole = {"source": options["source"], "error": None, **report.as_json()}
        return json.dumps(whole, ensure_ascii=False, indent=2)


def _as_text(report: Report) -> str:
    heading = "Dry run, nothing is changed. " if report.dry_run else ""
    pace = report.as_json()["courses_per_second"]
    lines = [
        f"{heading}Institution: {', '.join(report.institutions)}",
        f"Courses: {_counts(report.courses)}, {len(report.left_out)} left out",
        f"Runs: {_counts(report.runs)}",
        f"{report.seconds:.1f} s, {pace} courses a second; search took {report.search_seconds:.1f} s more",
    ]
    if report.repeated:
        lines.append(
            f"{report.repeated} repeated entries were joined with the first of their kind."
        )
    return "\n".join([*lines, *report.notices])


def _counts(tally: Tally) -> str:
    named = {"withdrawn": "unpublished", "returned": "published again"}
    return ", ".join(f"{count} {named.get(name, name)}" for name, count in vars(tally).items())
