"""The steps of a delivery, each one short transaction; the database allows no others (D3.8, D4.1).

    queued → claimed → transmitting → sent | failed | in doubt, or queued again after a definite “not now”
    queued or claimed → suppressed, with the rule that stopped it
    in doubt → sent | queued | failed, by the relay's log, by time, or by staff (`mailing.doubt`)

A worker claims under a lease. `gate` is the only door to DATA: it locks the delivery, then the heads of the person's
chains in order of key, asks the ledger, and commits the answer before a byte of the mail leaves. So a refusal that was
recorded before the gate is obeyed, and one recorded after it finds the mail already transmitting.
"""

import uuid
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from common.days import PortalNow
from common.prepared import Statement, execute
from consent import permission
from consent.kinds import Channel
from mailing.models import Delivery, Message

State = Delivery.State
LEASE = timedelta(seconds=settings.MAIL_LEASE_SECONDS)
LIVE = (State.QUEUED, State.CLAIMED, State.TRANSMITTING, State.IN_DOUBT)

FULL = """
SELECT lower(split_part(address, '@', 2)) FROM mailing_delivery
WHERE transmit_at > (SELECT portal_now()) - interval '1 minute' AND is_bulk
GROUP BY 1 HAVING count(*) >= %s
"""
# What one person waits for, such as a code, goes before what goes to many. The rows are chosen once, before any is
# changed: joined instead, the choice may be made anew for every row it is compared with, and skip those it has locked.
# Neither a claim nor the word that a mail is sent waits for the disk: the gate's commit does, and carries all that was
# written before it. What a crash of the database takes away leaves a row queued that nobody has sent, or transmitting,
# so in doubt, which is true.
CLAIM = """
SELECT set_config('synchronous_commit', 'off', true);
WITH due AS MATERIALIZED (
  SELECT x.id FROM mailing_delivery x JOIN mailing_message m ON m.id = x.message_id AND m.held_at IS NULL
  WHERE x.state = 'queued' AND x.due_at <= (SELECT portal_now())
    AND NOT (x.is_bulk AND lower(split_part(x.address, '@', 2)) = ANY(%s))
  ORDER BY x.is_bulk, x.due_at, x.id LIMIT %s FOR UPDATE OF x SKIP LOCKED
)
UPDATE mailing_delivery d
SET state = 'claimed', lease_token = %s, lease_until = portal_now() + %s::interval, attempts = attempts + 1
FROM due WHERE d.id = due.id
RETURNING d.id
"""
MINE = Statement(
    "mailing_mine",
    ("bigint", "uuid"),
    """
    SELECT m.kind, m.purpose, m.topic_id, m.controller_id, m.held_at IS NOT NULL AS is_held,
      CASE WHEN m.cancelled_at IS NOT NULL THEN 'cancelled'
           WHEN m.not_after <= portal_now() THEN 'too_late'
           WHEN m.kind = 'marketing' AND NOT EXISTS (
             SELECT FROM consent_address a WHERE a.person_id = d.person_id AND lower(a.email) = lower(d.address))
           THEN 'moved' ELSE '' END AS stop
    FROM mailing_delivery d JOIN mailing_message m ON m.id = d.message_id
    WHERE d.id = %s AND d.state = 'claimed' AND d.lease_token = %s AND d.lease_until > portal_now()
    FOR UPDATE OF d
    """,
)
TRANSMITTING = Statement(
    "mailing_transmitting",
    ("interval", "text", "bigint", "bigint", "uuid"),
    """
    UPDATE mailing_delivery
    SET state = 'transmitting', transmit_at = portal_now(), lease_until = portal_now() + %s,
        decision = %s, permitted_by_id = %s
    WHERE id = %s AND state = 'claimed' AND lease_token = %s
    """,
)
UNFLUSHED = Statement(
    "mailing_unflushed", (), "SELECT set_config('synchronous_commit', 'off', true)"
)
SENT = Statement(
    "mailing_sent",
    ("text", "bigint", "uuid"),
    """
    UPDATE mailing_delivery
    SET state = 'sent', sent_at = portal_now(), reply = %s, lease_token = NULL, lease_until = NULL
    WHERE id = %s AND state = 'transmitting' AND lease_token = %s
    """,
)


class Question(NamedTuple):
    """What the gate knows of a delivery it still holds."""

    kind: str
    purpose: str
    topic_id: int | None
    controller_id: int | None
    is_held: bool
    stop: str


def claim(limit: int) -> list[Delivery]:
    """Lease what is due to this worker; others skip these rows. A domain that has had its share waits a minute."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [full_domains(), limit, token, str(LEASE)])
        keys = [row[0] for row in cursor.fetchall()]
    return list(
        Delivery.objects.filter(pk__in=keys)
        .select_related("message", "person")
        .order_by("is_bulk", "due_at", "pk")
    )


def full_domains() -> list[str]:
    """Domains that have got as many mails of campaigns within a minute as MAIL_DOMAIN_PER_MINUTE lets them."""
    if not settings.MAIL_DOMAIN_PER_MINUTE:
        return []
    with connection.cursor() as cursor:
        cursor.execute(FULL, [settings.MAIL_DOMAIN_PER_MINUTE])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def gate(delivery: Delivery) -> bool:
    """True when the mail may leave now: it is marked as transmitting, with the event that permits it.

    False when it may not, which is written on its row with the reason; or when the lease has ended, and the row is
    somebody else's.
    """
    question = mine(delivery)
    if question is None:
        return False
    if question.is_held:
        put_back(delivery, timedelta(0), "", counts=False)
        return False
    if question.stop:
        suppress(delivery, question.stop)
        return False
    decision = permission.decide(
        delivery.person_id,
        question.purpose,
        Channel.EMAIL,
        question.topic_id,
        question.controller_id,
        lock=True,
        address=delivery.address,
    )
    if not decision.allowed:
        suppress(delivery, decision.rule, decision.event_id)
        return False
    with connection.cursor() as cursor:
        answer = [str(LEASE), decision.rule, decision.event_id]
        execute(cursor, (TRANSMITTING, [*answer, delivery.pk, delivery.lease_token]))
    return True


def mine(delivery: Delivery) -> Question | None:
    """Lock the delivery while this worker's lease lives; None when it has ended."""
    with connection.cursor() as cursor:
        execute(cursor, (MINE, [delivery.pk, delivery.lease_token]))
        row = cursor.fetchone()
    return Question(*row) if row else None


def held(delivery: Delivery) -> QuerySet[Delivery]:
    """The delivery's row, if this worker still holds it."""
    return Delivery.objects.filter(
        pk=delivery.pk,
        lease_token=delivery.lease_token,
        state__in=[State.CLAIMED, State.TRANSMITTING],
    )


def sent(delivery: Delivery, reply: str) -> None:
    """The server has taken it."""
    with connection.cursor() as cursor:
        values = [reply[:500], delivery.pk, delivery.lease_token]
        execute(cursor, (UNFLUSHED, []), (SENT, values))
    if delivery.message.secrets:
        forget_secrets(delivery.message_id)


def fail(delivery: Delivery, reply: str) -> bool:
    """It will never be taken; false when another worker has it meanwhile."""
    return finish(delivery, state=State.FAILED, reply=reply[:500])


def suppress(delivery: Delivery, rule: str, event_id: int | None = None) -> None:
    """It may not go; the rule and the event it rests on stay on the row (D4.4)."""
    finish(delivery, state=State.SUPPRESSED, decision=rule, permitted_by=event_id)


def doubt(delivery: Delivery, reply: str) -> None:
    """The connection broke after the gate: nothing says whether the server took it."""
    held(delivery).update(
        state=State.IN_DOUBT, lease_token=None, lease_until=None, reply=reply[:500]
    )


def finish(delivery: Delivery, **changes: object) -> bool:
    """Write the last word on a delivery, if this worker holds it; a message with nothing to send forgets its secrets."""
    is_written = bool(held(delivery).update(lease_token=None, lease_until=None, **changes))
    if delivery.message.secrets:
        forget_secrets(delivery.message_id)
    return is_written


def forget_secrets(message_id: int) -> None:
    """Blank the secrets of a message that has nothing left to send."""
    Message.objects.filter(pk=message_id).exclude(deliveries__state__in=LIVE).update(secrets={})


def put_back(delivery: Delivery, pause: timedelta, reply: str, *, counts: bool = True) -> None:
    """Due again after the pause; an attempt that does not count is taken off again."""
    held(delivery).update(
        state=State.QUEUED,
        lease_token=None,
        lease_until=None,
        attempts=F("attempts") if counts else F("attempts") - 1,
        due_at=PortalNow() + pause,
        reply=reply[:500],
    )


# A batch is worked through in order: what a gone worker had in hand is its first row that is left. The others were not
# begun, and their attempts are taken off, or a message that kills its workers would take its neighbours with it.
REAP_CLAIMED = """
UPDATE mailing_delivery d SET state = 'queued', lease_token = NULL, lease_until = NULL, reply = %s,
  attempts = d.attempts - (EXISTS (
    SELECT FROM mailing_delivery b
    WHERE b.lease_token = d.lease_token AND b.state IN ('claimed', 'transmitting')
      AND (b.state = 'transmitting' OR (b.is_bulk, b.due_at, b.id) < (d.is_bulk, d.due_at, d.id))))::int
WHERE d.id IN (SELECT id FROM mailing_delivery WHERE state = 'claimed' AND lease_until <= (SELECT portal_now())
               FOR UPDATE SKIP LOCKED)
"""
REAP_TRANSMITTING = """
UPDATE mailing_delivery SET state = 'in_doubt', lease_token = NULL, lease_until = NULL, reply = %s
WHERE id IN (SELECT id FROM mailing_delivery WHERE state = 'transmitting' AND lease_until <= (SELECT portal_now())
             FOR UPDATE SKIP LOCKED)
"""


def reap() -> tuple[int, int]:
    """Take back what workers held that are gone: claimed goes again, transmitting is in doubt; how many of each."""
    with connection.cursor() as cursor:
        cursor.execute(REAP_CLAIMED, ["the worker is gone"])
        claimed = int(cursor.rowcount)
        cursor.execute(REAP_TRANSMITTING, ["the worker is gone"])
        return claimed, int(cursor.rowcount)
