"""What mailing holds on a person: messages and their deliveries, sign-ups (docs/privacy.md)."""

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from consent.privacy import (
    Erased,
    Holding,
    Kept,
    Subject,
    emptied,
    impersonal,
    of,
    personal,
    technical,
)
from mailing import stopping
from mailing.models import Bounce, Delivery, InboundMail, Message, Sending, SignUp, Transition

KNOWN = _("as long as the person is known")
PROOF = _("GDPR Art. 5(2), 7(1): that marketing left only with permission")


def to_one(subject: Subject) -> Q:
    """Messages to the person alone; a campaign says nothing of its readers."""
    mine = of(person="deliveries__person", email="deliveries__address")
    return mine(subject) & Q(audience_size=None)


HOLDINGS = [
    Holding(
        "mailing.messages",
        Message,
        _("what the message says; secrets are blanked when it has left"),
        [
            personal("id", "template", "kind", "purpose", "topic", "controller", "language"),
            emptied("context", {}),
            emptied("attachments", []),
            personal("not_after", "created_at"),
            personal("audience_size", "held_at", "cancelled_at"),
            emptied(
                "secrets", {}, withheld=_("codes that sign in, blanked when the message has left")
            ),
        ],
        whose=to_one,
        erased=Erased.DELETED,
        until=KNOWN,
    ),
    Holding(
        "mailing.deliveries",
        Delivery,
        _("to send a message once, and to show later that it was sent and by what right"),
        [
            personal("id", "message", "person", "internet_message_id", "state", "is_bulk"),
            emptied("address", ""),
            emptied("reply", ""),
            personal("attempts", "due_at", "lease_token", "lease_until", "transmit_at", "sent_at"),
            personal("permitted_by", "decision"),
            personal("resolved_by", withheld=_("may name a member of staff")),
        ],
        whose=of(person="person", email="address"),
        erased=Erased.DELETED,
        until=KNOWN,
        kept=(
            Kept(Q(is_bulk=True), PROOF, _("as long as the campaign is kept")),
            Kept(
                Q(state=Delivery.State.TRANSMITTING),
                _("a mail server is taking it at this moment"),
                _("it has been taken"),
                passes=True,
            ),
        ),
        recipients=_("the mail server of the address"),
        before=stopping.stop_all,
    ),
    Holding(
        "mailing.steps",
        Transition,
        _("when a delivery was taken, sent or refused"),
        [
            personal("id", "delivery", "at", "from_state", "to_state", "code"),
            personal("by", withheld=_("may name a member of staff")),
        ],
        whose=of(person="delivery__person", email="delivery__address"),
        erased=Erased.STAYS,
        until=_("as long as the delivery"),
    ),
    Holding(
        "mailing.bounces",
        Bounce,
        _("what did not arrive or was reported as spam, so that nothing more is sent there"),
        [personal("id", "delivery", "kind", "status", "at")],
        whose=of(person="delivery__person", email="delivery__address"),
        erased=Erased.DELETED,
        until=_("as long as the delivery"),
    ),
    Holding(
        "mailing.inbound",
        InboundMail,
        _("what came in: reports on our mail, answers to it, and what nobody expected"),
        [
            personal("id", "received_at", "kind", "delivery", "person", "sender", "subject"),
            personal("text", "size", "digest"),
        ],
        whose=of(person="person", email="sender"),
        erased=Erased.DELETED,
        until=_(
            "what a known person writes as long as the person is known, everything else thirty days"
        ),
    ),
    Holding(
        "mailing.sign_ups",
        SignUp,
        _("who asked for the newsletter and has a week to confirm it"),
        [
            personal("id", "person", "address", "language", "frequency"),
            personal("created_at", "confirmed_at", "disowned_at"),
        ],
        whose=of(person="person", email="address"),
        erased=Erased.DELETED,
        until=_("a week"),
    ),
    Holding(
        "mailing.sign_up_topics",
        SignUp.topics.through,
        _("what a sign-up asks for"),
        [personal("id", "signup", "topic")],
        title=_("topics of newsletter subscriptions"),
        whose=of(person="signup__person", email="signup__address"),
        erased=Erased.DELETED,
        until=_("a week"),
    ),
    Holding(
        "mailing.sending",
        Sending,
        "whether this installation sends",
        [
            technical("id", "written_in", "is_on", "changed_at"),
            impersonal("installation", because="the portal’s own address"),
        ],
    ),
]
