"""Open a closed address again: its owner shows that mail arrives, by a link that is mailed there (D3.6).

Mail that proves an address is the one kind that goes to a closed one, and only because somebody who reads its mail,
or is signed in, has just asked for it. It permits nothing that was refused.
"""

from datetime import timedelta

from django.db import transaction

from common.days import PortalNow
from consent import people
from consent.kinds import PROOF
from consent.models import Address, Person
from mailing import kinds, links, outbox
from mailing.models import Delivery, Message

LIFETIME = timedelta(days=7)


def closed_address(person: Person) -> Address | None:
    """The person's primary address, when nothing is sent there."""
    return person.addresses.filter(is_primary=True, closed_at__isnull=False).first()


@transaction.atomic
def mail_link(address: Address, *, language: str) -> Delivery:
    """Mail the link that opens the address."""
    delivery = outbox.queue(
        kinds.PROOF_MAIL, address.person, {}, language=language, to=address.email, purpose=PROOF
    )
    Message.objects.filter(pk=delivery.message_id).update(
        secrets={"prove_url": links.prove_url(delivery)}, not_after=PortalNow() + LIFETIME
    )
    return delivery


def address_of(delivery: Delivery) -> Address | None:
    """The address that the mail proves: still the reader's, open or closed before the mail left; none after LIFETIME."""
    found = Address.objects.filter(person=delivery.person_id, email__iexact=delivery.address)
    sent = Delivery.objects.filter(pk=delivery.pk, transmit_at__gt=PortalNow() - LIFETIME)
    address = found.first()
    if address is None or delivery.transmit_at is None or not sent.exists():
        return None
    is_later = address.closed_at is not None and address.closed_at > delivery.transmit_at
    return None if is_later else address


def prove(address: Address) -> bool:
    """Open the address; false when it is open already."""
    return people.open_address(address.email)
