"""What a delivery that did not arrive does to its address: counted from rows, so that the same report counts once (D3.6).

There is no such mailbox: the address is closed at once. Another permanent failure: on the third delivery; what is
refused because of who sends or what is sent (5.7.x, such as a block list) is a kind of its own, for the cause may be
ours. Reported as spam: at once, and what the mail was about is withdrawn. Consent is untouched by all but a complaint.
"""

from django.db import transaction
from django.db.models.functions import Lower

from common.days import database_now
from consent import people
from consent.kinds import Method
from consent.ledger import Proof
from consent.models import Address
from mailing import preferences, reports
from mailing.models import Bounce, Delivery

Kind = Bounce.Kind
CLOSING = 3  # deliveries
NO_SUCH_MAILBOX = {"5.1.1", "5.1.6", "5.1.10"}  # unknown, moved away, a domain that takes no mail
POLICY = "5.7."


def failed(delivery: Delivery, status: str, *, is_ours: bool = True) -> bool:
    """Record a permanent failure; false when this delivery had failed so before.

    `is_ours` is false when the report is about another recipient, such as where the reader forwards their mail: then
    a mailbox that does not exist counts as any other failure.
    """
    if status.startswith(POLICY):
        return record(delivery, Kind.BLOCKED, status)
    is_gone = status in NO_SUCH_MAILBOX and is_ours
    return record(delivery, Kind.GONE if is_gone else Kind.HARD, status)


def refused(delivery: Delivery, reply: str) -> bool:
    """Record what the server answered for good while the mail was being handed to it."""
    return failed(delivery, reports.status_of("", reply))


def kept(delivery: Delivery, status: str) -> bool:
    """Record what says nothing lasting of the address, such as that the mail is late; that changes nothing."""
    return record(delivery, Kind.SOFT, status)


@transaction.atomic
def complained(delivery: Delivery) -> bool:
    """Close the address, and withdraw what the mail was about; false when this delivery was reported before.

    Who calls a mail spam says that they want no more like it. That is the person's own word, given with one click in
    their mail program and brought to us by their mail provider, and an objection may be made by automated means
    (GDPR Art. 21(5)). It is recorded for the purpose of that mail and no other.
    """
    if not record(delivery, Kind.COMPLAINT, ""):
        return False
    proof = Proof(address=delivery.address, note="reported as spam to the mail provider")
    preferences.stop_mail(delivery, {"method": Method.ONE_CLICK, "evidence": proof})
    return True


@transaction.atomic
def record(delivery: Delivery, kind: Bounce.Kind, status: str) -> bool:
    """Add the row under the address's lock, and close the address when the rows say so; false when it was there."""
    address = (
        Address.objects.alias(known_as=Lower("email"))
        .filter(known_as=delivery.address.lower())
        .select_for_update()
        .first()
    )
    _row, is_new = Bounce.objects.get_or_create(
        delivery=delivery, kind=kind, defaults={"status": status}
    )
    if address is not None and (reason := reason_to_close(address)):
        people.close_address(address, reason, now=database_now())
    return is_new


def reason_to_close(address: Address) -> str:
    """Why nothing should be sent to the address any more; empty when nothing speaks against it."""
    against = Bounce.objects.against(address)
    if against.filter(kind=Kind.COMPLAINT).exists():
        return Address.Closed.COMPLAINT
    lasting = against.filter(kind__in=[Kind.GONE, Kind.HARD, Kind.BLOCKED])
    if (
        lasting.values("delivery").distinct().count() >= CLOSING
        or against.filter(kind=Kind.GONE).exists()
    ):
        return Address.Closed.HARD_BOUNCE
    return ""
