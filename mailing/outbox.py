"""Queue a message: rows in the caller's transaction, a wake-up for the worker after it."""

from datetime import datetime
from typing import TypedDict

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Institution
from common.days import PortalNow
from consent import permission
from consent.models import Person, PersonQuerySet, Topic
from consent.purposes import Kind, kind_of
from mailing import wakeup
from mailing.kinds import Stop
from mailing.models import Delivery, Message
from mailing.templates import templates


class Attachment(TypedDict):
    """A text file that goes with the mail."""

    name: str
    content_type: str
    text: str


class WrongPurposeError(ValueError):
    """The purpose is of another kind than the template: marketing never goes as service, nor without a purpose."""


@transaction.atomic(savepoint=False)
def queue(  # noqa: PLR0913  each of these is a fact of the message
    template: str,
    person: Person,
    context: dict[str, object],
    *,
    language: str = "",
    to: str = "",
    secrets: dict[str, str] | None = None,
    attachments: list[Attachment] | None = None,
    not_after: datetime | None = None,
    purpose: str = "",
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> Delivery:
    """Write the message and its delivery; both are sent, or neither, with the caller's transaction.

    `context` holds plain JSON values. `secrets` (codes, links that sign in) are blanked once the mail has left.
    `to` is an address not yet the person's own, such as a new one being verified. After `not_after` it is not sent.
    `purpose`, `topic` and `controller` are what the ledger is asked when it leaves; a service or legal mail has the
    purpose of that name. Raises WrongPurposeError.
    For a person without an address the delivery is written as suppressed: the verb that queues it goes on.
    """
    address = to or person.email
    message = Message.objects.create(
        template=template,
        **why(template, purpose),
        topic=topic,
        controller=controller,
        language=language or person.language,
        context=context,
        secrets=secrets or {},
        attachments=attachments or [],
        not_after=not_after,
    )
    delivery = Delivery.objects.create(
        message=message,
        person=person,
        address=address,
        state=Delivery.State.QUEUED if address else Delivery.State.SUPPRESSED,
        decision="" if address else Stop.NO_ADDRESS,
    )
    transaction.on_commit(wakeup.ring, robust=True)
    return delivery


def why(template: str, purpose: str) -> dict[str, str]:
    """Kind and purpose of a message made from the template."""
    kind = templates[template].kind
    purpose = purpose or ("" if kind == Kind.MARKETING else kind.value)
    if kind_of(purpose) != kind:
        message = f"{template} is {kind}, {purpose or 'no purpose'} is not"
        raise WrongPurposeError(message)
    return {"kind": kind.value, "purpose": purpose}


FREEZE_FOR = (
    "2min"  # the audience may be everybody; other statements of pages and jobs have seconds
)

# The people who may be asked about, each with their open primary address; a later refusal stops a row at the gate.
FREEZE = """
INSERT INTO mailing_delivery (message_id, person_id, address, internet_message_id, state, is_bulk, due_at)
SELECT %s, p.id, a.email, '<' || replace(gen_random_uuid()::text, '-', '') || '@' || %s || '>', 'queued', true,
       portal_now()
FROM ({people}) p JOIN consent_address a ON a.person_id = p.id AND a.is_primary
ON CONFLICT (message_id, person_id) DO NOTHING
"""


@transaction.atomic
def campaign(  # noqa: PLR0913  each of these is a fact of the message
    template: str,
    people: PersonQuerySet,
    context: dict[str, object],
    *,
    not_after: datetime,
    purpose: str = "",
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> Message:
    """Write a message to many, each in their own language; its audience is those of the people who permit it now.

    The rows are made by one INSERT … SELECT and counted in `audience_size`; nobody joins later. The ledger is asked
    again for each when the mail leaves, and after `not_after` none does. Raises WrongPurposeError.
    """
    message = Message.objects.create(
        template=template,
        **why(template, purpose),
        topic=topic,
        controller=controller,
        context=context,
        not_after=not_after,
        audience_size=0,
    )
    audience = permission.permitted(people, message.purpose, topic=topic, controller=controller)
    sql, values = audience.order_by().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [FREEZE_FOR])
        cursor.execute(FREEZE.format(people=sql), [message.pk, settings.MAIL_DOMAIN, *values])
        message.audience_size = cursor.rowcount
    message.save(update_fields=["audience_size"])
    transaction.on_commit(wakeup.ring, robust=True)
    return message


def hold(message: Message) -> None:
    """Let nothing more of it leave until it is let go; what is transmitting goes."""
    Message.objects.filter(pk=message.pk, held_at=None).update(held_at=PortalNow())


def let_go(message: Message) -> None:
    """Let a held message go on."""
    Message.objects.filter(pk=message.pk).update(held_at=None)
    transaction.on_commit(wakeup.ring, robust=True)


def cancel(message: Message) -> None:
    """Stop what has not left, for good."""
    Message.objects.filter(pk=message.pk, cancelled_at=None).update(cancelled_at=PortalNow())
    let_go(message)  # the gate writes the reason on each row
