"""What a report on a delivery says: DSN (RFC 3464), the many forms beside it, and complaints (RFC 5965)."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from mailing import mime

log = logging.getLogger(__name__)

DSN, COMPLAINT, RECEIPT = "delivery-status", "feedback-report", "disposition-notification"
NO_STATUS = "5.0.0"
NOTICE = 65_536  # octets; who fails stands before the copy of the mail
MOST_NAMED = 50
STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
SAID = re.compile(
    r"(?<![\d.])([45])\d\d[ _-]+#?(\1\.\d{1,3}\.\d{1,3}(?![\d.]))?|#([45]\.\d{1,3}\.\d{1,3})"
)
COPY = re.compile(
    r"^--.*(?:copy of|original message|below this line)", re.IGNORECASE | re.MULTILINE
)
MAILER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon)(?:@.*)?")


@dataclass(frozen=True)
class Failure:
    """What a report says of one recipient: what was done with the mail, its status, the addresses it is known by."""

    action: str
    status: str
    recipients: frozenset[str] = frozenset()

    @property
    def is_permanent(self) -> bool:
        """Given up, whether refused at once or tried for days in vain."""
        return self.action.startswith(("fail", "error"))

    @property
    def is_delay(self) -> bool:
        return self.action.startswith("delay")


def kind_of(mail: Message) -> str:
    """Which report the mail is, by what it says or by what it holds; empty for other mail."""
    if not mail.get_content_type().startswith("multipart/") or not mail.is_multipart():
        return ""
    kinds = {part.get_content_type() for part in children(mail)}
    return next((kind for kind in (DSN, COMPLAINT, RECEIPT) if f"message/{kind}" in kinds), "")


def children(mail: Message) -> list[Message]:
    """The parts a mail has itself, none that lie deeper."""
    held = mail.get_payload()
    return [part for part in held if isinstance(part, Message)] if isinstance(held, list) else []


def is_from_a_mailer(mail: Message, sender: str | None) -> bool:
    """Whether a program of the mail system speaks: reports have no sender (RFC 5321, 4.5.5), or say who they are."""
    if sender is None:
        paths = mime.values(mail, "return-path")
        sender = paths[0] if paths else "unknown"
    writers = [sender.strip("<> ").lower(), *mime.addresses(mail, "from")]
    return not writers[0] or any(MAILER.fullmatch(each) for each in writers)


def failures(mail: Message, head: bytes) -> list[Failure]:
    """What the report says of each recipient; nothing when it cannot be understood."""
    return list(stated(mail)) or recognised(mime.parse(head[:NOTICE]))


def stated(mail: Message) -> Iterator[Failure]:
    """The recipients of an RFC 3464 report."""
    for part in children(mail):
        if part.get_content_type() != f"message/{DSN}":
            continue
        for block in children(part):
            action = mime.header(block, "action").lower()
            if action:
                yield Failure(
                    action,
                    status_of(mime.header(block, "status"), mime.header(block, "diagnostic-code")),
                    frozenset(
                        mime.header(block, name).rpartition(";")[2].strip(" <>").lower()
                        for name in ("original-recipient", "final-recipient")
                    ),
                )


def recognised(mail: Message) -> list[Failure]:
    """What flufl.bounce knows of reports that follow no standard."""
    try:
        delayed, failed = all_failures(mail)
    except Exception as error:  # noqa: BLE001  a stranger's mail may break any of its readers
        log.warning("A report could not be read: %s", type(error).__name__)
        return []
    words = COPY.split(mime.text_of(mail), maxsplit=1)[0]
    status = status_of("", words)
    found = [Failure("failed", status, frozenset({each.decode().lower()})) for each in failed]
    return found + [Failure("delayed", "", frozenset({each.decode().lower()})) for each in delayed]


def status_of(stated: str, words: str) -> str:
    """The status (RFC 3463): as stated, unless the server's own words say it more exactly."""
    match = STATUS.search(stated)
    status = match[0] if match else ""
    if status and not status.endswith(".0.0"):
        return status
    said = list(SAID.finditer(words))
    exact = next((each[2] or each[3] for each in said if each[2] or each[3]), "")
    return exact or status or (f"{said[0][1]}.0.0" if said else NO_STATUS)


def message_ids(mail: Message, head: bytes) -> list[str]:
    """The Message-IDs of what the mail answers or encloses, those in its headers first."""
    named = mime.values(mail, "in-reply-to", "references")
    lines = re.findall(rb"^message-id:\s*(<[^<>\s]+>)", head, re.IGNORECASE | re.MULTILINE)
    found = re.findall(r"<[^<>\s]+>", " ".join(named))
    return [*found, *(each.decode("ascii", "replace") for each in lines)][:MOST_NAMED]
