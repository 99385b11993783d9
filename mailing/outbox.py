"""Queue a message: rows in the caller's transaction, a wake-up for the worker after it."""

from datetime import datetime
from typing import TypedDict

from django.db import transaction

from accounts.models import Institution
from consent.models import Person, Topic
from mailing import wakeup
from mailing.models import Delivery, Message
from mailing.templates import templates


class Attachment(TypedDict):
    """A text file that goes with the mail."""

    name: str
    content_type: str
    text: str


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
    purpose: str = "service",
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> Delivery:
    """Write the message and its delivery; both are sent, or neither, with the caller's transaction.

    `context` holds plain JSON values. `secrets` (codes, links that sign in) are blanked once the mail has left.
    `to` is an address not yet the person's own, such as a new one being verified. After `not_after` it is not sent.
    For a person without an address the delivery is written as failed: the verb that queues it goes on.
    """
    address = to or person.email
    message = Message.objects.create(
        template=templates[template].name,
        language=language or person.language,
        context=context,
        secrets=secrets or {},
        attachments=attachments or [],
        not_after=not_after,
        purpose=purpose,
        topic=topic,
        controller=controller,
    )
    delivery = Delivery.objects.create(
        message=message,
        person=person,
        address=address,
        state=Delivery.State.QUEUED if address else Delivery.State.FAILED,
        reply="" if address else "no address",
    )
    transaction.on_commit(wakeup.ring, robust=True)
    return delivery
