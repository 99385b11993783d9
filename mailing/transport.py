"""The one place that speaks SMTP. Only the gateway calls it (D4)."""

import contextlib
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

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
    """The connection broke; after `transmit` nothing says whether the server took the mail."""


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
        server.ehlo_or_helo_if_needed()
        if mail["user"]:
            server.login(mail["user"], mail["password"])
    except OSError:
        server.close()
        raise
    return server


def offer(server: Server, sender: str, to: str) -> None:
    """Name sender and recipient; nothing has left yet. Raises RefusedError, LostError or UnreachableError."""
    try:
        code, reply = server.mail(sender)
        if code != 250:  # our own address: no fault of the message
            raise UnreachableError(code, said(reply))
        code, reply = server.rcpt(to)
    except OSError as error:
        raise LostError(str(error)) from error
    if code not in {250, 251}:
        with contextlib.suppress(OSError):
            server.rset()  # else the next sender would be one too many
        raise refused(code, reply)


def take_back(server: Server) -> None:
    """Forget the offer; raises LostError."""
    try:
        server.rset()
    except OSError as error:
        raise LostError(str(error)) from error


def transmit(server: Server, mail: bytes) -> str:
    """Send the mail and return the server's reply; raises RefusedError for a definite no, LostError for none."""
    try:
        code, reply = server.data(mail)
    except smtplib.SMTPDataError as error:  # it would not even begin
        raise RefusedError(error.smtp_code, said(error.smtp_error)) from error
    except OSError as error:
        raise LostError(str(error)) from error
    if code == 250:
        return f"{code} {said(reply)}"
    if 400 <= code < 600:
        raise RefusedError(code, said(reply))
    raise LostError(code, said(reply))


def refused(code: int, reply: bytes | str) -> RefusedError | LostError:
    """The error for a reply that is no yes."""
    text = said(reply)
    return LostError(f"{code} {text}") if code == CLOSING else RefusedError(code, text)


def said(reply: bytes | str) -> str:
    """The server's words; smtplib gives bytes or text."""
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply
