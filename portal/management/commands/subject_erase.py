"""Erase everything on the person behind an address, but for what the law keeps (GDPR Art. 17)."""

import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AuditedCommand
from consent import erasure, subjects
from consent.models import SubjectRequest


class Command(AuditedCommand):
    """The request is written down first. Exit status 0 only when all is erased; else it goes on by itself."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="an address of the person")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            request = erasure.erase(options["email"])
        except subjects.UnknownError as error:
            message = "Nobody is known by this address; there is nothing to erase."
            raise CommandError(message) from error
        if options["json"]:
            self.stdout.write(json.dumps(report(request)))
        else:
            self.stdout.write("\n".join(lines(request)))
        if not request.finished_at:
            self.stderr.write(
                "Not finished: a step waits or has failed (see the log), and is tried again every five minutes."
            )
            sys.exit(1)


def report(request: SubjectRequest) -> dict[str, object]:
    return {
        "ok": request.finished_at is not None,
        "request": request.pk,
        "due_on": request.due_on.isoformat(),
        "steps": request.steps,
        **request.outcome,
    }


def lines(request: SubjectRequest) -> list[str]:
    """What was done, for people."""
    told = [f"Request {request.pk}, due on {request.due_on}."]
    for name in ("deleted", "emptied", "unlinked", "stays"):
        told += [f"{name}: {holding} {count}" for holding, count in request.outcome[name].items()]
    told += [
        f"kept: {each['holding']} {each['rows']}, {each['law']}, until {each['until']}"
        for each in request.outcome["kept"]
    ]
    return [*told, *(f"done: {step}" for step in request.steps)]
