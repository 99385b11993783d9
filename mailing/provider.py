"""What the mail provider tells of the mail it has taken from us, as anymail reads it (D3.6).

An event names its delivery by the Message-ID; the provider's signature, which `mailing.views.hooks` has checked, is its
proof. Openings and clicks are nobody's business and not kept.
"""

import logging
from collections.abc import Callable

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from consent.kinds import Method
from consent.ledger import Proof
from mailing import bounces, inbound, preferences, reports
from mailing.models import Delivery

log = logging.getLogger(__name__)
ABOUT_THE_ADDRESS = {RejectReason.INVALID, RejectReason.BOUNCED}


def take(event: AnymailTrackingEvent) -> None:
    """Do what the event says, once; an event that names no delivery of ours changes nothing."""
    if event.event_type not in ACTS:
        return
    known = Delivery.objects.select_related(*inbound.ABOUT)
    delivery = known.filter(internet_message_id=event.message_id or "").first()
    if delivery is None:
        log.info("An event of the provider names no delivery: %s", event.event_type)
        return
    ACTS[event.event_type](delivery, event)


def bounced(delivery: Delivery, event: AnymailTrackingEvent) -> None:
    """The reader's server has refused it for good."""
    said = event.mta_response or ""
    bounces.failed(delivery, reports.status_of(said, said))


def rejected(delivery: Delivery, event: AnymailTrackingEvent) -> None:
    """The provider has not even tried: for what it knows of the address, or for what it thinks of us."""
    if event.reject_reason in ABOUT_THE_ADDRESS:
        bounces.failed(delivery, reports.NO_STATUS)
    else:
        bounces.kept(delivery, "5.7.0")


def delayed(delivery: Delivery, _event: AnymailTrackingEvent) -> None:
    """It is tried again."""
    bounces.kept(delivery, "")


def complained(delivery: Delivery, _event: AnymailTrackingEvent) -> None:
    """The reader has called it spam."""
    bounces.complained(delivery)


def unsubscribed(delivery: Delivery, event: AnymailTrackingEvent) -> None:
    """The reader has used the provider's own link; an event that comes late undoes no newer consent."""
    if preferences.has_permitted_since(delivery, event.timestamp):
        return
    proof = Proof(address=delivery.address, note="by the mail provider’s link")
    preferences.stop_mail(delivery, {"method": Method.ONE_CLICK, "evidence": proof})


ACTS: dict[str, Callable[[Delivery, AnymailTrackingEvent], None]] = {
    EventType.BOUNCED: bounced,
    EventType.REJECTED: rejected,
    EventType.DEFERRED: delayed,
    EventType.COMPLAINED: complained,
    EventType.UNSUBSCRIBED: unsubscribed,
}
