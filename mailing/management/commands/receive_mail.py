"""Take one mail on stdin, as a mail server pipes it; every inbound mail enters by this or by the provider's webhook."""

import logging
import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AuditedCommand
from mailing import inbound

log = logging.getLogger(__name__)


class Command(AuditedCommand):
    """Exit status 0 when the mail is kept, whatever it is; 75 (EX_TEMPFAIL) when it must be handed over again."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", default="", help="the recipient of the mail’s envelope")
        parser.add_argument(
            "--sender", default=None, help="the sender of its envelope; empty for a report"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            inbound.receive(sys.stdin.buffer, to=options["to"], sender=options["sender"])
        except Exception as error:  # noqa: BLE001  a fault of ours must cost no mail
            log.error("A mail was put off: %s", type(error).__name__)  # noqa: TRY400  a trace would hold names
            sys.exit(os.EX_TEMPFAIL)
