"""Mails as mail systems write them (tests/mailing/mails), made to be about a delivery."""

import io
from pathlib import Path

from consent import people
from consent.models import Person
from mailing import envelope, inbound, outbox
from mailing.models import Delivery, InboundMail
from tests import factories

MAILS = Path(__file__).parent / "mails"
NAMES = sorted(file.stem for file in MAILS.glob("*.eml"))


def letter(address: str = "anna@example.org") -> Delivery:
    """A newsletter that the address's person has permitted."""
    person = people.person_for(address, name="Anna Virtanen")
    factories.grant(person)
    return sent("mailing/newsletter", person, "newsletter")


def service(address: str = "anna@example.org") -> Delivery:
    """A mail about something the person has ordered."""
    return sent("mailing/welcome", people.person_for(address, name="Anna Virtanen"))


def sent(template: str, person: Person, purpose: str = "") -> Delivery:
    delivery = outbox.queue(template, person, {}, purpose=purpose)
    return Delivery.objects.select_related("person", "message").get(pk=delivery.pk)


def mail(name: str, about: Delivery, *, seal: str = "", **changes: str) -> bytes:
    """The mail of this name, about the delivery; `seal` is a false one, `changes` replace texts in it."""
    path = envelope.return_path(about)
    if seal:
        path = path.replace(envelope.seal(about.pk), seal)
    raw = (MAILS / f"{name}.eml").read_bytes()
    values = {
        "@@RETURN@@": path,
        "@@ADDRESS@@": about.address,
        "@@MESSAGE-ID@@": about.internet_message_id,
        **changes,
    }
    for token, value in values.items():
        raw = raw.replace(token.encode(), value.encode())
    return raw


def receive(raw: bytes, **kwargs: str) -> InboundMail:
    return inbound.receive(io.BytesIO(raw), **kwargs)
