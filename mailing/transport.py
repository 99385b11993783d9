"""The one place that speaks SMTP. Only the gateway calls it (D4)."""

import contextlib
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from django.conf import settings

Server = smtplib.SMTP
CLOSING = 421  # the server says it, and hangs up


class RefusedError(Exception):
    """The server refused this message; `code` is its SMTP reply code, `reply` its text."""

    def __init__(self, code: int, reply: str) -> None:
        super().__init__(code, reply)
        self.code = code
        self.reply = reply

    @property
    def is_permanent(self) -> bool:
        return 500 <= self.code < 600


class LostError(Exception):
    """The connection broke while a message was handed over; nothing says whether the server took it."""


class UnreachableError(Exception):
    """The server takes no mail from us now: it cannot be connected to, or wants no such user or sender."""


@contextmanager
def connection() -> Iterator[Server]:
    """One SMTP session for any number of messages; raises UnreachableError."""
    try:
        server = connect()
    except OSError as error:  # smtplib's own errors are among them
        raise UnreachableError(str(error)) from error
    try:
        yield server
        with contextlib.suppress(OSError):
            server.quit()
    finally:
        server.close()


def connect() -> Server:
    """A session ready for messages: encrypted and signed in where the settings say so."""
    mail = settings.SMTP
    kind = smtplib.SMTP_SSL if mail["use_ssl"] else smtplib.SMTP
    server = kind(mail["host"], mail["port"], timeout=mail["timeout"])
    try:
        if mail["use_tls"]:
            server.starttls()
        if mail["user"]:
            server.login(mail["user"], mail["password"])
    except OSError:
        server.close()
        raise
    return server


def hand_over(server: Server, message: EmailMessage, to: str) -> str:
    """Give one message to the server and return its reply; raises RefusedError, LostError or UnreachableError."""
    try:
        server.send_message(message, from_addr=settings.MAIL_ENVELOPE_FROM, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        raise refused(*error.recipients[to]) from error
    except smtplib.SMTPSenderRefused as error:  # our own address: no fault of the message
        reply = f"{error.smtp_code} {said(error.smtp_error)}"
        raise UnreachableError(reply) from error
    except smtplib.SMTPResponseException as error:
        raise refused(error.smtp_code, error.smtp_error) from error
    except OSError as error:
        raise LostError(str(error)) from error
    return "250"


def refused(code: int, reply: bytes | str) -> RefusedError | LostError:
    """The error for a reply that is no yes."""
    text = said(reply)
    return LostError(f"{code} {text}") if code == CLOSING else RefusedError(code, text)


def said(reply: bytes | str) -> str:
    """The server's words; smtplib gives bytes or text."""
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply
