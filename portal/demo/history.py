"""Two years of what the demo's people permitted, refused and were sent, by the portal's own verbs and through its gate.

The steps are taken in order of time, each at its own moment of the database's clock; what they queue is sent at once,
to the demo's own mail server.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address
from socket import gethostbyname

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, OuterRef, Subquery
from django.db.models.functions import Least

from accounts.models import User
from consent.models import Event, Person
from mailing import doubt, gateway, newsletters, switch
from mailing.models import Delivery, Message
from portal.demo import agenda, answering, clock, dealings, letters, readers, story
from portal.demo.calendar import Calendar, Step
from portal.demo.content import Entry

WEEK, DAY = timedelta(days=7), timedelta(hours=20)
SETTLES = "coordinator@example.org"


class NoMailHereError(Exception):
    """Sending is off, or mail would leave this machine: the demo's people are invented, but their mails are real."""


@transaction.atomic
def tell(now: datetime) -> int:
    """Take all steps, the last one some hours before now; how many. Raises NoMailHereError."""
    if not (switch.is_on() and stays_here()):
        raise NoMailHereError
    forget_mails_of_one_that_was_killed()
    steps = sorted(all_steps(Calendar(now)), key=lambda step: step.at)
    with clock.movable() as move, expecting_silence():
        for step in steps:
            move(step.at)
            step.take()
            if Delivery.objects.filter(state=Delivery.State.QUEUED).exists():
                gateway.drain()
        newsletters.forget_requests(before=now - WEEK)
    know_since_the_first_word()
    dealings.know_since_they_met()
    dealings.promise(now)
    return len(steps)


def all_steps(calendar: Calendar) -> list[Step]:
    """What everybody did, and what was sent."""
    return [
        *readers.steps(calendar),
        *story.steps(calendar),
        *dealings.steps(calendar),
        *answering.steps(calendar),
        *agenda.steps(calendar),
        *(
            Step(calendar.ago(issue["days"], "09:30"), sending(issue, calendar))
            for issue in letters.issues()
        ),
    ]


def sending(issue: Entry, calendar: Calendar) -> Callable[[], object]:
    """The issue queued; what readers do while it waits in the queue is done before it is sent."""

    def send() -> Message:
        message = letters.queue(issue)
        readers.meanwhile(issue, calendar)
        return message

    return send


def forget_mails_of_one_that_was_killed() -> None:
    """A past that was broken off left no rows, but its mails lie in the mailbox; this one sends them anew."""
    for mail in (settings.DEMO_DIR / "mail").glob("*.eml"):
        mail.unlink()


@contextmanager
def expecting_silence() -> Iterator[None]:
    """One reader's server hangs up, as it should: nobody needs to read of it at the start."""
    level = gateway.log.level
    gateway.log.setLevel(logging.ERROR)
    yield
    gateway.log.setLevel(level)


def stays_here() -> bool:
    """Whether the mail server is on this machine."""
    try:
        return ip_address(gethostbyname(settings.SMTP["host"])).is_loopback
    except OSError:
        return False


def know_since_the_first_word() -> None:
    """Nobody has said anything before we knew them: rows made today have existed since the first word."""
    words = Event.objects.filter(chain__owner__person=OuterRef("pk")).values("chain__owner__person")
    first = words.annotate(at=Min("recorded_at")).values("at")
    known = Person.objects.annotate(first=Subquery(first)).exclude(first=None)
    known.update(created_at=Least(F("created_at"), Subquery(first)))


def end_old_doubts(now: datetime) -> None:
    """A demo that is started again after a day: its coordinator says that what was in doubt did not arrive."""
    old = Delivery.objects.filter(state=Delivery.State.IN_DOUBT, transmit_at__lt=now - DAY)
    for delivery in old:
        doubt.resolve(delivery, Delivery.State.FAILED, User.objects.get(email=SETTLES))
