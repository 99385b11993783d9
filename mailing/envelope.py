"""The mail of a delivery as RFC 5322 wants it: headers, text, HTML as its alternative, files.

A campaign is drawn once in each language; what all its mails share is kept as bytes with marks in place of the rest.
"""

import binascii
import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import lru_cache
from html import escape

from django.conf import settings
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from consent.purposes import Kind
from mailing import links
from mailing.models import Delivery, Message
from mailing.templates import Rendered, render

OWN = {
    "person_name": "\ue000name\ue001",
    "one_click_url": "\ue000stop\ue001",
    "preferences_url": "\ue000preferences\ue001",
    "why_url": "\ue000why\ue001",
}  # characters of private use stand where each reader's own values go
SEALED = re.compile(rb"\+\d{1,18}\.[0-9a-f]{16}@", re.IGNORECASE)
TEXT, HTML = (get_random_string(32).encode() for _ in range(2))  # and these where the two parts go


class BadHeaderError(ValueError):
    """A header would have a line break in it, or a word that is decoded to one (RFC 2047)."""


def envelope(delivery: Delivery, now: datetime) -> bytes:
    """The whole mail, the same at every attempt but for the date. A line break in a header raises ValueError."""
    rendered = personal(delivery)
    subject = SMTP.fold_binary(*SMTP.header_store_parse("Subject", inert(rendered.subject)))
    shared = shared_part if delivery.is_bulk else shared_part.__wrapped__
    body = shared(delivery.message, delivery.language)
    for mark, part in ((TEXT, rendered.text), (HTML, rendered.html)):
        body = body.replace(mark, quoted_printable(part))
    return subject + own_headers(delivery, now) + body


def own_headers(delivery: Delivery, now: datetime) -> bytes:
    """Headers that differ from reader to reader; with the way out that mail programs offer (RFC 2369, RFC 8058)."""
    headers = {
        "To": postal(delivery.address),
        "Reply-To": reply_addresses(delivery),
        "Date": format_datetime(now),
        "Message-ID": delivery.internet_message_id,
    }
    if delivery.message.kind == Kind.MARKETING:
        stop, bounce = links.one_click_url(delivery), return_path(delivery)
        headers["List-Unsubscribe"] = f"<{stop}>, <mailto:{bounce}?subject=unsubscribe>"
    if any(mark in value for value in headers.values() for mark in ("\r", "\n", "=?")):
        raise BadHeaderError
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


@lru_cache(maxsize=8)
def shared_part(message: Message, language: str) -> bytes:
    """The headers that all mails of the message have, and its parts with marks for their text."""
    mail = EmailMessage(SMTP)
    mail["From"] = formataddr((inert(settings.SITE_NAME), settings.MAIL_FROM))
    mail["Auto-Submitted"] = "auto-generated"
    if message.kind == Kind.MARKETING:
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Precedence"] = "bulk"
        # names the kind of mail to those who report complaints
        mail["Feedback-ID"] = (
            f"{message.pk}:{message.purpose}:{message.controller_id or 0}:{settings.MAIL_DOMAIN}"
        )
    mail.set_content(TEXT.decode(), cte="quoted-printable")
    mail.add_alternative(HTML.decode(), subtype="html", cte="quoted-printable")
    for file in message.attachments:
        main, sub = file["content_type"].split("/", 1)
        mail.add_attachment(
            file["text"].encode(), maintype=main, subtype=sub, filename=inert(file["name"])
        )
    mail["Content-Language"] = language  # last: a new part takes such headers with it
    return mail.as_bytes()


def quoted_printable(text: str) -> bytes:
    """The text in UTF-8 as RFC 2045 section 6.7 writes it; the library's own way through `email` is far slower."""
    lines = text.rstrip("\n").replace("\n", "\r\n")
    return binascii.b2a_qp(lines.encode(), istext=True)


def inert(text: str) -> str:
    """The same to read, but no encoded word (RFC 2047): one in a title would be decoded, with its line breaks."""
    return text.replace("=?", "=\u2060?")


def personal(delivery: Delivery) -> Rendered:
    """Subject and texts for one reader; a campaign is drawn once for each language."""
    name = delivery.person.name
    draw = drawn if delivery.is_bulk else drawn.__wrapped__
    shared = draw(delivery.message, delivery.language, is_named=bool(name))
    values = {
        OWN["person_name"]: " ".join(name.split()),
        OWN["one_click_url"]: links.one_click_url(delivery),
        OWN["preferences_url"]: links.preferences_url(delivery),
        OWN["why_url"]: links.why_url(delivery),
    }
    return Rendered(
        subject=filled(shared.subject, values),
        text=filled(shared.text, values),
        html=filled(shared.html, {token: escape(value) for token, value in values.items()}),
    )


@lru_cache(maxsize=8)
def drawn(message: Message, language: str, *, is_named: bool) -> Rendered:
    """The message with OWN in place of what differs from reader to reader.

    What differs between languages stands in its context under `texts`, by language.
    """
    own = OWN if is_named else {**OWN, "person_name": ""}
    texts = message.context.get("texts", {}).get(language, {})
    values = {**own, "kind": message.kind, **message.context, **texts, **message.secrets}
    return render(message.template, language, values)


def filled(text: str, values: dict[str, str]) -> str:
    for token, value in values.items():
        text = text.replace(token, value)
    return text


def return_path(delivery: Delivery) -> str:
    """Where the bounce goes: MAIL_ENVELOPE_FROM with the delivery's key and a seal, so that nobody can forge one."""
    box, _, domain = settings.MAIL_ENVELOPE_FROM.rpartition("@")
    return f"{box}+{delivery.pk}.{seal(delivery.pk)}@{domain}"


def seal(key: int) -> str:
    return salted_hmac("mailing.return_path", str(key)).hexdigest()[:16]


def keys_of_return_paths(raw: bytes) -> list[int]:
    """The deliveries whose return paths stand anywhere in a mail, in order."""
    found = [key_of_return_path(each[0].decode()) for each in SEALED.finditer(raw)]
    return [key for key in found if key is not None]


def key_of_return_path(address: str) -> int | None:
    """The delivery that a return path was made for; None for anything else."""
    key, _, mark = address.partition("@")[0].rpartition("+")[2].partition(".")
    if key.isdecimal() and constant_time_compare(mark.lower(), seal(int(key))):
        return int(key)
    return None


def postal(address: str) -> str:
    """The address as every mail server reads it: a domain such as työ.fi in its ASCII form.

    UnicodeError, a ValueError, for a domain that has none.
    """
    box, _, domain = address.rpartition("@")
    return f"{box}@{domain.encode('idna').decode()}"


def reply_addresses(delivery: Delivery) -> str:
    """Who reads the answer: the contact person the mail names, else the site's.

    An answer to marketing reaches the portal too, where “stop” stops it (`mailing.inbound`).
    """
    message = delivery.message
    contact = message.context.get("contact") or {}
    reader = postal(str(contact.get("email") or settings.CONTACT_EMAIL))
    return f"{reader}, {return_path(delivery)}" if message.kind == Kind.MARKETING else reader
