"""A mail server that refuses, postpones and hangs up on demand; real SMTP over a real socket."""

import email
import email.policy
from collections import defaultdict
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from portal.embedded.children import free_port
from tests.accounts.conftest import without_tokens
from tests.consent.conftest import refused, tamper

__all__ = ["refused", "tamper", "without_tokens"]  # fixtures of the neighbours


class MailServer:
    """Keeps what it takes. `at_rcpt` and `at_data` say what it answers instead, by address, once for each entry.

    An answer of "hang up" closes the connection: before taking the mail, or with "take and hang up" after it.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.sessions = 0
        self.at_rcpt: dict[str, list[str]] = defaultdict(list)
        self.at_data: dict[str, list[str]] = defaultdict(list)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802  aiosmtpd
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd’s name
        if self.at_rcpt[address]:
            answer = self.at_rcpt[address].pop(0)
            if answer == "hang up":
                server.transport.abort()
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd’s name
        (address,) = envelope.rcpt_tos
        answer = self.at_data[address].pop(0) if self.at_data[address] else "250 OK"
        if answer in {"250 OK", "take and hang up"}:
            self.mails.append(
                email.message_from_bytes(envelope.content, policy=email.policy.default)
            )
            self.recipients.append(address)
        if "hang up" in answer:
            server.transport.abort()
        return answer


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    """The server, and the portal's settings pointing at it."""
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": controller.port, "timeout": 20}
    yield handler
    controller.stop()
