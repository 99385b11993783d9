"""End doubts: mails of which nobody knows whether the server took them (RFC 1047).

Where the relay's log can be read (`RELAY_LOG`, a path or pattern) it decides by the Message-ID. Else service and legal
mail goes once more with the same Message-ID, for losing it is worse than two copies; marketing is never sent again
blindly and waits for staff. Nothing is decided before MAIL_DOUBT_MINUTES, which must be longer than the relay keeps a
session open: a frozen worker could still be speaking to it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.days import PortalNow
from consent.purposes import Kind
from mailing.deliveries import forget_secrets
from mailing.models import Delivery

State = Delivery.State
FOUND, ABSENT, GRACE = "relay log: found", "relay log: absent", "sent once more"
NAMED = re.compile(r"<[^<>\s]+@[^<>\s]+>")


def settle() -> dict[str, int]:
    """End every doubt that is old enough and can be ended without staff; how many ended how."""
    old = Delivery.objects.filter(
        state=State.IN_DOUBT,
        transmit_at__lt=PortalNow() - timedelta(minutes=settings.MAIL_DOUBT_MINUTES),
    )
    if settings.RELAY_LOG:
        return by_log(dict(old.values_list("internet_message_id", "pk")))
    once = old.exclude(message__kind=Kind.MARKETING).filter(resolved_by="")
    keys = list(once.values_list("pk", flat=True))
    return {GRACE: sum(end(key, State.QUEUED, GRACE) for key in keys)}


def by_log(doubts: dict[str, int]) -> dict[str, int]:
    """What the relay has taken was sent; what it has never seen goes again. Raises OSError when it cannot be read."""
    taken = found_in_log(set(doubts)) if doubts else set()
    return {
        FOUND: sum(end(doubts[each], State.SENT, FOUND) for each in taken),
        ABSENT: sum(end(doubts[each], State.QUEUED, ABSENT) for each in set(doubts) - taken),
    }


def found_in_log(wanted: set[str]) -> set[str]:
    """Those Message-IDs that stand in the relay's log; FileNotFoundError when there is none."""
    return {name for line in log_lines() for name in NAMED.findall(line) if name in wanted}


def log_lines() -> Iterator[str]:
    pattern = Path(settings.RELAY_LOG)
    files = sorted(pattern.parent.glob(pattern.name))
    if not files:
        message = f"There is no relay log at {pattern}."
        raise FileNotFoundError(message)
    for file in files:
        with file.open(errors="replace") as lines:
            yield from lines


def resolve(delivery: Delivery, state: str, by: User) -> bool:
    """What staff decide: it was sent, it failed, or it goes again; false when the doubt had ended already."""
    return end(delivery.pk, state, f"staff {by.pk}")


@transaction.atomic
def end(key: int, state: str, by: str) -> bool:
    """Bring a delivery out of doubt; false when it is in doubt no more."""
    changes = {"sent_at": PortalNow()} if state == State.SENT else {}
    delivery = Delivery.objects.select_for_update().filter(pk=key, state=State.IN_DOUBT).first()
    if delivery is None:
        return False
    Delivery.objects.filter(pk=key).update(
        state=state, resolved_by=by, due_at=PortalNow(), **changes
    )
    forget_secrets(delivery.message_id)
    return True
