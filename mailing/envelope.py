"""The mail of a delivery as RFC 5322 wants it: headers, text, HTML as its alternative, files."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from django.conf import settings

from mailing.models import Delivery, Message
from mailing.templates import render


def envelope(delivery: Delivery, now: datetime) -> EmailMessage:
    """The whole mail, the same at every attempt but for the date. A line break in a header raises ValueError."""
    message = delivery.message
    rendered = render(
        message.template,
        message.language,
        {"person_name": delivery.person.name, **message.context, **message.secrets},
    )
    mail = EmailMessage()
    mail["Subject"] = rendered.subject
    mail["From"] = formataddr((settings.SITE_NAME, settings.MAIL_FROM))
    mail["To"] = postal(delivery.address)
    mail["Reply-To"] = reply_address(message)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = delivery.internet_message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        main, sub = file["content_type"].split("/", 1)
        mail.add_attachment(
            file["text"].encode(), maintype=main, subtype=sub, filename=file["name"]
        )
    mail["Content-Language"] = message.language  # last: a new part takes such headers with it
    return mail


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
