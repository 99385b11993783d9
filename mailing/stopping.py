"""Stop what is on its way to a person who is erased (GDPR Art. 17); what has been handed over cannot be called back."""

from consent.privacy import Subject, of
from mailing.kinds import Stop
from mailing.models import Delivery, Message

State = Delivery.State
BY = "erasure"


def stop_all(subject: Subject) -> None:
    """Suppress what waits, end what is in doubt and blank the secrets, in the caller's transaction.

    A worker that had claimed a row finds at the gate that it has it no more. What a server is taking at this very
    moment goes on to its end.
    """
    whose = of(person="person", email="address")
    mine = Delivery.objects.filter(whose(subject)).order_by("pk")
    keys = [each.pk for each in mine.select_for_update(of=("self",))]
    rows = Delivery.objects.filter(pk__in=keys)
    rows.filter(state__in=[State.QUEUED, State.CLAIMED]).update(
        state=State.SUPPRESSED, decision=Stop.ERASED, lease_token=None, lease_until=None
    )
    rows.filter(state=State.IN_DOUBT).update(state=State.FAILED, resolved_by=BY)
    Message.objects.filter(deliveries__in=keys, audience_size=None).exclude(secrets={}).update(
        secrets={}
    )
