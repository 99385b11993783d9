"""Send what is due, each delivery by one worker at a time (D3.8, E5.5).

A worker takes a delivery under a lease in one short transaction, talks SMTP outside any transaction, and writes the
outcome in another. When a worker dies in between, the lease ends and the message goes again with the same Message-ID:
for the service messages sent here two copies are better than none. The end of a lease is also its token: a worker
that was frozen and comes back finds another end in the row, and leaves the delivery to who holds it now.
"""

import logging
import secrets
import time
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.db import transaction
from django.db.models import F

from common.days import PortalNow, database_now
from mailing import transport, wakeup
from mailing.envelope import envelope, postal
from mailing.models import Delivery, DeliveryQuerySet, Message

log = logging.getLogger(__name__)
State = Delivery.State

LEASE = timedelta(minutes=5)
PAUSE = timedelta(seconds=30)  # after the server could not be reached
ATTEMPTS = 8
BATCH = 20


def drain(*, seconds: float = 60) -> int:
    """Send what is due and return how many were taken by the server; rings for another worker when time is up."""
    sent, until = 0, time.monotonic() + seconds
    try:
        while batch := take(BATCH):
            sent += send_all(batch)
            if time.monotonic() > until:
                wakeup.ring()
                break
    except transport.UnreachableError as error:
        log.warning("The mail server takes no mail from us: %s", error)
    return sent


@transaction.atomic
def take(limit: int) -> list[Delivery]:
    """Lease what is due to this worker; others skip these rows, and after the lease may take them again."""
    now = database_now()
    due = (
        Delivery.objects.due(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("message", "person")[:limit]
    )
    taken = list(due)
    Delivery.objects.filter(pk__in=[each.pk for each in taken]).update(
        state=State.SENDING, lease_until=now + LEASE
    )
    for each in taken:
        each.lease_until = now + LEASE
    return taken


def send_all(batch: list[Delivery]) -> int:
    """Send the batch and return how many were taken by the server.

    A connection lost on the way costs the message at hand an attempt and the others none: they get a new connection.
    When there is none to be had the rest go back to the queue, and UnreachableError is raised.
    """
    sent = 0
    waiting = batch[::-1]
    while waiting:
        try:
            with transport.connection() as server:
                while waiting:
                    sent += send(server, waiting.pop())
        except transport.LostError:
            log.warning("The mail server hung up in the middle of a message")
        except transport.UnreachableError as error:
            for delivery in waiting:
                give_back(delivery, str(error))
            raise
    return sent


def send(server: transport.Server, delivery: Delivery) -> bool:
    """Hand one delivery over and write what became of it; true when the server took it."""
    now = database_now()
    if not begin(delivery, now):
        return False
    mail = write(delivery, now)
    if mail is None:
        return False
    try:
        reply = transport.hand_over(server, mail, postal(delivery.address))
    except transport.RefusedError as error:
        put_off(delivery, f"{error.code} {error.reply}", is_last=error.is_permanent)
        return False
    except transport.LostError as error:
        put_off(delivery, str(error))
        raise
    except transport.UnreachableError as error:
        delivery.attempts -= 1
        give_back(delivery, str(error))
        raise
    finish(delivery, State.SENT, reply)
    return True


def write(delivery: Delivery, now: datetime) -> EmailMessage | None:
    """The mail; None when it is too late for it, or it cannot be written, which is noted on its row alone.

    A line break in a header or an address that is none stays wrong; a template may be mended, so that is tried again.
    """
    if delivery.message.not_after and delivery.message.not_after <= now:
        finish(delivery, State.FAILED, "too late")
        return None
    try:
        return envelope(delivery, now)
    except Exception as error:  # noqa: BLE001  one message must not hold up the others
        reason = f"cannot be written: {type(error).__name__}"
        log.error("Delivery %s %s", delivery.pk, reason)  # noqa: TRY400  a trace would hold names
        put_off(delivery, reason, is_last=isinstance(error, ValueError))
        return None


def held(delivery: Delivery) -> DeliveryQuerySet:
    """The delivery's row, if this worker still holds it."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=State.SENDING, lease_until=delivery.lease_until
    )


def begin(delivery: Delivery, now: datetime) -> bool:
    """Count an attempt and renew the lease; false when another worker holds it, or it has been tried often enough.

    Counted before it is made: a message that kills its worker is given up after ATTEMPTS like any other.
    """
    if delivery.attempts >= ATTEMPTS:
        finish(delivery, State.FAILED, delivery.reply or "given up")
        return False
    if not held(delivery).update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return False
    delivery.attempts += 1
    delivery.lease_until = now + LEASE
    return True


@transaction.atomic
def finish(delivery: Delivery, state: str, reply: str) -> None:
    """Write the last word on a delivery; a message with nothing left to send forgets its secrets."""
    held(delivery).update(
        state=state,
        lease_until=None,
        sent_at=PortalNow() if state == State.SENT else None,
        reply=reply[:500],
    )
    Message.objects.filter(pk=delivery.message_id).exclude(
        deliveries__state__in=[State.QUEUED, State.SENDING]
    ).update(secrets={})


def put_off(delivery: Delivery, reply: str, *, is_last: bool = False) -> None:
    """Try again 30 seconds after the first attempt, doubling to an hour, with some jitter; or never, after the last."""
    if is_last or delivery.attempts >= ATTEMPTS:
        finish(delivery, State.FAILED, reply)
        return
    seconds = min(3600, 30 * 2 ** (delivery.attempts - 1)) + secrets.randbelow(5)
    requeue(delivery, timedelta(seconds=seconds), reply)


def give_back(delivery: Delivery, reply: str) -> None:
    """Back to the queue as if never taken: the server's absence is no fault of the message."""
    requeue(delivery, PAUSE, reply)


def requeue(delivery: Delivery, pause: timedelta, reply: str) -> None:
    """Due again after the pause."""
    held(delivery).update(
        state=State.QUEUED,
        lease_until=None,
        attempts=delivery.attempts,
        due_at=PortalNow() + pause,
        reply=reply[:500],
    )
