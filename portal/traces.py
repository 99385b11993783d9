"""What the site leaves of a person outside its rows, each erased by a step that may be run again (docs/privacy.md)."""

import email
import email.policy
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import redis
from django.conf import settings

from consent.privacy import Subject, Trace
from mailing.envelope import postal

BATCH = 1000


def delete_kept_mails(subject: Subject) -> int:
    """Delete the demo's kept mails that are to the person, or name an address of theirs; how many."""
    wanted = {form for each in subject.emails for form in (each, postal(each).lower())}
    found = [file for file in kept_mails() if wanted and names(file, wanted)]
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def kept_mails() -> Iterable[Path]:
    """The files of the demo's mail server; none where there is no such server."""
    return (settings.DEMO_DIR / "mail").glob("*.eml")


def names(file: Path, wanted: set[str]) -> bool:
    """Whether the mail has one of these in its headers or texts, however they are encoded."""
    try:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    except FileNotFoundError:  # another run of this step was quicker
        return False
    told = " ".join(texts(mail)).lower()
    return any(each in told for each in wanted)


def texts(mail: EmailMessage) -> Iterator[str]:
    """Headers and texts of the mail, decoded."""
    yield from (str(value) for value in mail.values())
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield part.get_content()


def forget_in_cache(subject: Subject) -> int:
    """Delete what the cache counts by an address or a network address of the person; how many keys.

    The counters of allauth's limits have digests of the address, alone or with the visitor's, in their names.
    """
    typed = [*subject.emails, *(f"{each} {ip}" for each in subject.emails for ip in subject.ips)]
    marks = [*subject.emails, *subject.ips, *(sha256(each.encode()).hexdigest() for each in typed)]
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3) as server:
        keys = [
            key
            for key in server.scan_iter(f"{prefix}:*", count=BATCH)
            if any(mark.encode() in key for mark in marks)
        ]
        return int(server.delete(*keys)) if keys else 0


TRACES = [
    Trace(
        "portal.cache",
        "limits that count by address: hashed, for a day at most",
        forget_in_cache,
    ),
    Trace(
        "portal.mails", "mails the demo keeps as files instead of sending them", delete_kept_mails
    ),
]
