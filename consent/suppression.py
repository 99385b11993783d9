"""Addresses that nothing may bring back: keyed digests in the database and in a file outside it (D3.5).

A digest cannot be turned into an address, but who holds the key can ask about one. The file has a line for each change,
`moment<TAB>digest<TAB>reason`; the last line of a digest counts, and `lifted` ends it. Kept with the backups' key,
not with the backups: replayed after a restore it knows what the backup does not.
"""

import hashlib
import hmac
import logging
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.days import PortalNow
from consent.models import Person, Suppression

LIFTED = "lifted"
log = logging.getLogger(__name__)


class Line(NamedTuple):
    """The last line of a digest in the file."""

    at: datetime
    reason: str


def digest_of(email: str) -> str:
    """HMAC-SHA-256 of the address in lower case under SUPPRESSION_KEY, hexadecimal."""
    key = settings.SUPPRESSION_KEY.encode()
    return hmac.new(key, email.strip().lower().encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def suppress(email: str, reason: str) -> None:
    """Remember that the address is not to come back; once erased it stays so."""
    entry, made = Suppression.objects.get_or_create(
        digest=digest_of(email), defaults={"reason": reason}
    )
    if not made and entry.reason == Suppression.Reason.OBJECTED != reason:
        Suppression.objects.filter(pk=entry.pk).update(reason=reason, at=PortalNow())
    elif not made:
        return
    transaction.on_commit(partial(append, entry.digest, reason))


def reason_for(email: str) -> str | None:
    """Why an import must leave the address out; None when it need not."""
    return (
        Suppression.objects.filter(digest=digest_of(email)).values_list("reason", flat=True).first()
    )


def reasons_for(emails: Iterable[str]) -> dict[str, str]:
    """`reason_for` for many at once: the addresses that must be left out, as given, and why."""
    digests = {digest_of(email): email for email in emails}
    found = Suppression.objects.filter(digest__in=digests).values_list("digest", "reason")
    return {digests[digest]: reason for digest, reason in found}


@transaction.atomic
def lift(person: Person) -> None:
    """Forget the suppression of addresses whose person has just permitted something themself."""
    digests = [digest_of(address.email) for address in person.addresses.all()]
    for entry in Suppression.objects.filter(digest__in=digests):
        transaction.on_commit(partial(append, entry.digest, LIFTED))
        entry.delete()


@transaction.atomic
def unsuppress(digests: list[str]) -> None:
    """Forget objections that were written on these addresses for another's sake; who was erased stays suppressed."""
    for entry in Suppression.objects.filter(digest__in=digests, reason=Suppression.Reason.OBJECTED):
        transaction.on_commit(partial(append, entry.digest, LIFTED))
        entry.delete()


@transaction.atomic
def replay(file: Path) -> int:
    """Bring the table to what the file says last; how many rows changed. Safe to repeat."""
    changed = 0
    for digest, reason in last_words(file).items():
        if reason == LIFTED:
            changed += Suppression.objects.filter(digest=digest).delete()[0]
            continue
        known = Suppression.objects.filter(digest=digest).first()
        if known is None or known.reason != reason:
            defaults = {"reason": reason, "at": PortalNow()}
            Suppression.objects.update_or_create(digest=digest, defaults=defaults)
            changed += 1
    return changed


def last_words(file: Path) -> dict[str, str]:
    """The last reason of each digest in the file; nothing when there is no file."""
    return {digest: line.reason for digest, line in last_lines(file).items()}


def last_lines(file: Path) -> dict[str, Line]:
    """The same with the moments."""
    return dict(_lines(file)) if file.exists() else {}


def _lines(file: Path) -> Iterator[tuple[str, Line]]:
    for line in file.read_text().splitlines():
        parts = line.split("\t")
        if len(parts) == 3:  # a line cut short by a crash is no line
            yield parts[1], Line(datetime.fromisoformat(parts[0]), parts[2])


def append(digest: str, reason: str) -> None:
    """Write a line that is on the disk before this returns; a disk that is full is logged and tried again nightly."""
    file = Path(settings.SUPPRESSION_FILE)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as lines:
            lines.write(f"{timezone.now().isoformat()}\t{digest}\t{reason}\n")
            lines.flush()
            os.fsync(lines.fileno())
    except OSError:
        log.exception("The suppression list cannot be written outside the database.")


def write_missing() -> int:
    """Append what the table has and the file lacks; how many lines.

    What the file says of a later moment stays: a table out of an older backup does not know better.
    """
    known = last_lines(Path(settings.SUPPRESSION_FILE))
    missing = [
        (entry.digest, entry.reason)
        for entry in Suppression.objects.order_by("pk")
        if (line := known.get(entry.digest)) is None
        or (line.reason != entry.reason and line.at < entry.at)
    ]
    for digest, reason in missing:
        append(digest, reason)
    return len(missing)
