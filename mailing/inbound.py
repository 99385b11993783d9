"""The one door of all inbound mail: reports on deliveries, complaints, and what readers answer (D3.6, D1.7).

A mail changes something only for the delivery that it proves to be about: by the seal of its return path, which only
that mail holds, or, for a reader's own “stop”, by its Message-ID and the reader's address. Everything else, and what
nobody can make sense of, is kept and changes nothing. The same mail twice is one row and acts once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils import translation

from consent.kinds import Method
from consent.ledger import Proof
from consent.models import Person
from consent.purposes import purposes
from mailing import bounces, envelope, kinds, links, mime, outbox, preferences, replies, reports
from mailing.mime import Taken
from mailing.models import Delivery, InboundMail
from mailing.models import Message as Sent

Kind = InboundMail.Kind
RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")
ABOUT = ("person", "message__topic", "message__controller")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What is read from a mail before anybody looks into the database."""

    kind: Kind
    sealed: list[int] = field(default_factory=list)  # deliveries the mail proves to be about
    message_ids: list[str] = field(default_factory=list)  # those it names
    sender: str = ""
    subject: str = ""
    text: str = ""
    failures: list[reports.Failure] = field(default_factory=list)


def receive(stream: BinaryIO, *, to: str = "", sender: str | None = None) -> InboundMail:
    """Take one mail (RFC 5322), keep it, and do what it says.

    `to` and `sender` are those of its envelope where they are known; an empty sender is a report's.
    """
    taken = mime.take(stream)
    known = InboundMail.objects.filter(digest=taken.digest).first()
    if known is not None:
        return known
    letter = read(taken, to, sender)
    try:
        kept = keep(taken, letter)
    except IntegrityError:  # handed over twice at once: the other one is as good
        return InboundMail.objects.get(digest=taken.digest)
    log.info("Inbound mail %s: %s, delivery %s", kept.pk, kept.kind, kept.delivery_id)
    return kept


def read(taken: Taken, to: str, sender: str | None) -> Letter:
    """Say what the mail is; what breaks its reader is kept as not known."""
    try:
        return understood(mime.parse(taken.head), taken, to, sender)
    except Exception as error:  # noqa: BLE001  anybody may send anything
        log.warning("A mail could not be read: %s", type(error).__name__)
        return Letter(Kind.UNKNOWN)


def understood(mail: Message, taken: Taken, to: str, sender: str | None) -> Letter:
    """The mail sorted: reports first, for they answer by themselves too; a program's “unsubscribe” next."""
    report = reports.kind_of(mail)
    is_by_mailer = reports.is_from_a_mailer(mail, sender)
    recipients = [to, *mime.addresses(mail, *RECIPIENTS)]
    sealed = [key for each in recipients if (key := envelope.key_of_return_path(each))]
    found = reports.failures(mail, taken.head) if report == reports.DSN or is_by_mailer else []
    if report == reports.DSN or found:
        kind = Kind.BOUNCE
    elif report == reports.COMPLAINT:
        kind = Kind.COMPLAINT
    elif sealed and replies.is_unsubscribe(mail):
        kind = Kind.UNSUBSCRIBE
    elif report or is_by_mailer or replies.is_by_a_program(mail):
        kind = Kind.AUTO_REPLY
    else:
        kind = Kind.REPLY
    if kind in {Kind.BOUNCE, Kind.COMPLAINT}:
        sealed += envelope.keys_of_return_paths(taken.head)
    return Letter(
        kind,
        sealed=sealed,
        message_ids=reports.message_ids(mail, taken.head),
        sender=next(iter(mime.addresses(mail, "from")), ""),
        subject=mime.header(mail, "subject")[:200],
        text=mime.text_of(mail)[: InboundMail.TEXT_LENGTH],
        failures=found,
    )


@transaction.atomic
def keep(taken: Taken, letter: Letter) -> InboundMail:
    """Write the row and do what the mail says, both or neither; IntegrityError when the mail is kept already."""
    proven = delivery_of(letter)
    delivery = proven or Delivery.objects.filter(internet_message_id__in=letter.message_ids).first()
    person = delivery.person if delivery else person_of(letter)
    kept = InboundMail.objects.create(
        kind=Kind.UNKNOWN if letter.kind == Kind.REPLY and delivery is None else letter.kind,
        delivery=delivery,
        person=person,
        sender=letter.sender,
        subject=letter.subject,
        text=letter.text,
        size=taken.size,
        digest=taken.digest,
    )
    if proven and letter.kind in ACTS:
        ACTS[letter.kind](proven, letter)
    return kept


def delivery_of(letter: Letter) -> Delivery | None:
    """The delivery the mail proves to be about: by a seal, or by a Message-ID and the address it was sent to."""
    known = Delivery.objects.select_related(*ABOUT)
    if letter.sealed:
        return known.filter(pk=letter.sealed[0]).first()
    if letter.kind == Kind.REPLY and letter.sender:
        named = known.filter(internet_message_id__in=letter.message_ids)
        return named.filter(address__iexact=letter.sender).first()
    return None


def person_of(letter: Letter) -> Person | None:
    """Who says to be the writer; anybody can write any address there, so nothing follows from it."""
    return Person.objects.known_by(letter.sender).first() if letter.sender else None


# --- what each kind does, for the delivery it is proven to be about ---------------------------


def bounced(delivery: Delivery, letter: Letter) -> None:
    """Count what failed for good, once; note what is only late."""
    address = delivery.address.lower()
    ours = [each for each in letter.failures if address in each.recipients]
    for failure in (ours or letter.failures)[:1]:
        if failure.is_permanent:
            bounces.failed(delivery, failure.status, is_ours=bool(ours))
        elif failure.is_delay:
            bounces.kept(delivery, failure.status)


def complained(delivery: Delivery, _letter: Letter) -> None:
    """Close the address and stop what the mail was about."""
    bounces.complained(delivery)


def unsubscribed(delivery: Delivery, letter: Letter) -> None:
    """The same as one click, from whatever address: the seal authorises, as the link does. No mail answers it."""
    proof = Proof(address=letter.sender, note="an e-mail to the address of List-Unsubscribe")
    preferences.stop_mail(delivery, {"method": Method.ONE_CLICK, "evidence": proof})


def answered(delivery: Delivery, letter: Letter) -> None:
    """An answer that only says “stop” stops what the mail was about, and one mail says so.

    Never a second one: what is stopped already is not stopped again, and the mail that says so is no marketing.
    """
    if not replies.means_stop(letter.text, delivery.person.name):
        return
    proof = Proof(address=letter.sender, note=replies.own_words(letter.text)[:200])
    event = preferences.stop_mail(delivery, {"method": Method.REPLY, "evidence": proof})
    if event is not None:
        confirm(delivery)


def confirm(delivery: Delivery) -> None:
    """Mail that it has stopped, with the way to choose anew."""
    with translation.override(delivery.language):
        what = str(purposes[delivery.message.purpose].title)
    sent = outbox.queue(
        kinds.STOPPED_MAIL,
        delivery.person,
        {"what_has_stopped": what},
        language=delivery.language,
        to=delivery.address,
    )
    page = {"preferences_page": links.preferences_url(sent)}
    Sent.objects.filter(pk=sent.message_id).update(secrets=page)


ACTS: dict[Kind, Callable[[Delivery, Letter], None]] = {
    Kind.BOUNCE: bounced,
    Kind.COMPLAINT: complained,
    Kind.UNSUBSCRIBE: unsubscribed,
    Kind.REPLY: answered,
}


def forget() -> int:
    """Delete what need not be kept longer; how many."""
    count, _models = InboundMail.objects.spent().delete()
    return count
