"""Send what is due: offer, ask the gate, hand over, write what became of it (D3.8, D4, E5.5).

No network call happens inside a transaction. What breaks before the gate goes again; what breaks after it is in doubt,
for the server may have taken it (RFC 1047). A worker that dies leaves its lease behind, which `deliveries.reap` ends.
"""

import logging
import secrets
import time
from datetime import datetime, timedelta

from django.db import transaction

from common.days import database_now
from mailing import bounces, deliveries, switch, transport, wakeup
from mailing.envelope import envelope, postal, return_path
from mailing.models import Delivery

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=30)  # after the server could not be reached
ATTEMPTS = 8
BATCH = 50


def drain(*, seconds: float = 60) -> int:
    """Send what is due and return how many were taken by the server; rings for another worker when time is up.

    Nothing is claimed while sending is off.
    """
    sent, until = 0, time.monotonic() + seconds
    deliveries.reap()
    try:
        while switch.is_on() and (batch := deliveries.claim(BATCH)):
            sent += send_all(batch)
            if time.monotonic() > until:
                wakeup.ring()
                break
    except transport.UnreachableError as error:
        log.warning("The mail server takes no mail from us: %s", error)
    return sent


def send_all(batch: list[Delivery]) -> int:
    """Send the batch and return how many were taken by the server.

    A connection lost on the way costs the message at hand an attempt and the others none: they get a new connection.
    When there is none to be had the rest go back to the queue, and UnreachableError is raised.
    """
    sent = 0
    waiting, now = batch[::-1], database_now()
    while waiting:
        try:
            with transport.connection() as server:
                while waiting:
                    sent += send(server, waiting.pop(), now)
        except transport.LostError:
            log.warning("The mail server hung up in the middle of a message")
        except transport.UnreachableError as error:
            for delivery in waiting:
                deliveries.put_back(delivery, PAUSE, str(error), counts=False)
            raise
    return sent


def send(server: transport.Server, delivery: Delivery, now: datetime) -> bool:
    """Hand one delivery over, dated now, and write what became of it; true when the server took it."""
    mail = write(delivery, now)
    if mail is None or not offer(server, delivery):
        return False
    if not deliveries.gate(delivery):
        transport.take_back(server)
        return False
    try:
        reply = transport.transmit(server, mail)
    except transport.RefusedError as error:
        refuse(delivery, error)
        if error.code == transport.CLOSING:
            raise transport.LostError(error.reply) from error
        return False
    except transport.LostError as error:
        deliveries.doubt(delivery, str(error))
        raise
    deliveries.sent(delivery, reply)
    return True


def write(delivery: Delivery, now: datetime) -> bytes | None:
    """The mail; None when it has been tried often enough, or cannot be written, which is noted on its row alone.

    Attempts are counted when they begin: a message that kills its worker is given up like any other. A line break in
    a header or an address that is none stays wrong; a template may be mended, so that is tried again.
    """
    if delivery.attempts > ATTEMPTS:
        deliveries.fail(delivery, delivery.reply or "given up")
        return None
    try:
        return envelope(delivery, now)
    except Exception as error:  # noqa: BLE001  one message must not hold up the others
        reason = f"cannot be written: {type(error).__name__}"
        log.error("Delivery %s %s", delivery.pk, reason)  # noqa: TRY400  a trace would hold names
        put_off(delivery, reason, is_last=isinstance(error, ValueError))
        return None


def offer(server: transport.Server, delivery: Delivery) -> bool:
    """Name the reader to the server; false when it refuses. Nothing has left yet, so all of it may go again."""
    try:
        transport.offer(server, return_path(delivery), postal(delivery.address))
    except transport.RefusedError as error:
        refuse(delivery, error)
        return False
    except transport.LostError as error:
        put_off(delivery, str(error))
        raise
    except transport.UnreachableError as error:
        deliveries.put_back(delivery, PAUSE, str(error), counts=False)
        raise
    return True


def refuse(delivery: Delivery, error: transport.RefusedError) -> None:
    """Try again later, or never: then the failure and what it says of the address are written together."""
    reply = f"{error.code} {error.reply}"
    if not error.is_permanent:
        put_off(delivery, reply)
        return
    with transaction.atomic():
        if deliveries.fail(delivery, reply):
            bounces.refused(delivery, reply)


def put_off(delivery: Delivery, reply: str, *, is_last: bool = False) -> None:
    """Try again 30 seconds after the first attempt, doubling to an hour, with some jitter; or never, after the last."""
    if is_last or delivery.attempts >= ATTEMPTS:
        deliveries.fail(delivery, reply)
        return
    seconds = min(3600, 30 * 2 ** (delivery.attempts - 1)) + secrets.randbelow(5)
    deliveries.put_back(delivery, timedelta(seconds=seconds), reply)
