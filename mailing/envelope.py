"""The mail of a delivery as RFC 5322 wants it: headers, text, HTML as its alternative, files."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import lru_cache
from html import escape

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

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


def envelope(delivery: Delivery, now: datetime) -> bytes:
    """The whole mail, the same at every attempt but for the date. A line break in a header raises ValueError."""
    message = delivery.message
    rendered = personal(delivery)
    mail = EmailMessage(SMTP)
    mail["Subject"] = rendered.subject
    mail["From"] = formataddr((settings.SITE_NAME, settings.MAIL_FROM))
    mail["To"] = postal(delivery.address)
    mail["Reply-To"] = reply_address(message)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = delivery.internet_message_id
    mail["Auto-Submitted"] = "auto-generated"
    if message.kind == Kind.MARKETING:
        for name, value in ways_out(delivery).items():
            mail[name] = value
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        main, sub = file["content_type"].split("/", 1)
        mail.add_attachment(
            file["text"].encode(), maintype=main, subtype=sub, filename=file["name"]
        )
    mail["Content-Language"] = delivery.language  # last: a new part takes such headers with it
    return mail.as_bytes()


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


def ways_out(delivery: Delivery) -> dict[str, str]:
    """What lets a mail program stop such mail with one click (RFC 2369, RFC 8058), and names its kind for complaints."""
    message = delivery.message
    return {
        "List-Unsubscribe": f"<{links.one_click_url(delivery)}>, <mailto:{return_path(delivery)}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": f"{message.pk}:{message.purpose}:{message.controller_id or 0}:{settings.MAIL_DOMAIN}",
        "Precedence": "bulk",
    }


def return_path(delivery: Delivery) -> str:
    """Where the bounce goes: MAIL_ENVELOPE_FROM with the delivery's key and a seal, so that nobody can forge one."""
    box, _, domain = settings.MAIL_ENVELOPE_FROM.rpartition("@")
    return f"{box}+{delivery.pk}.{seal(delivery.pk)}@{domain}"


def seal(key: int) -> str:
    return salted_hmac("mailing.return_path", str(key)).hexdigest()[:16]


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


def reply_address(message: Message) -> str:
    """Who reads the answer: the contact person the mail names, else the site's."""
    contact = message.context.get("contact") or {}
    return str(contact.get("email") or settings.CONTACT_EMAIL)
