"""After a backup is restored: what happened since and must not be undone is done again (F24, D3.5).

The backup does not know who was erased or has objected since; the suppression list outside the database does. An address in it
is found by its keyed digest. Who signed up anew after the erasure is younger than the list's line, and stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.models import User
from consent import erasure, ledger, suppression
from consent.kinds import Method
from consent.models import Address, Person, Suppression
from consent.suppression import Line

SOURCE = "the suppression list"


class NoListError(Exception):
    """There is no suppression list where SUPPRESSION_FILE says, so nobody knows who has been erased since."""


@dataclass
class Replayed:
    """What the list changed: entries of the table, people erased again, objections recorded again.

    `unfinished` are erasures with a step that failed: beat goes on with them, and until then sending stays off.
    """

    entries: int = 0
    erased: list[int] = field(default_factory=list)
    objected: int = 0
    unfinished: int = 0


def replay() -> Replayed:
    """Bring the database to what the list outside says; NoListError without one. Safe to repeat: then nothing is left to do."""
    file = Path(settings.SUPPRESSION_FILE)
    if not file.exists():
        raise NoListError
    done = Replayed(entries=suppression.replay(file))
    lines = suppression.last_lines(file)
    for email in list(named(lines, Suppression.Reason.ERASED)):
        if Person.objects.known_by(email).exists() or User.objects.filter(email=email).exists():
            done.erased.append(erasure.erase(email).pk)
    for email in list(named(lines, Suppression.Reason.OBJECTED)):
        done.objected += object_again(email)
    done.unfinished = len(erasure.resume())
    return done


def named(lines: dict[str, Line], reason: str) -> Iterator[str]:
    """Known addresses whose last line is this, and which were known when it was written."""
    for email, since in known():
        line = lines.get(suppression.digest_of(email))
        if line is not None and line.reason == reason and since <= line.at:
            yield email


def known() -> Iterator[tuple[str, datetime]]:
    """Every address of a person or a user, in lower case, and since when."""
    for email, since in Address.objects.values_list("email", "created_at").iterator():
        yield email.lower(), since
    for email, since in User.objects.values_list("email", "date_joined").iterator():
        yield email.lower(), since


def object_again(email: str) -> int:
    """Record the objection unless the ledger has it; how many events."""
    person = Person.objects.known_by(email).first()
    if person is None:
        return 0
    return int(ledger.object_to_marketing(person, method=Method.SYSTEM, source=SOURCE) is not None)


def told(done: Replayed) -> str:
    """A line for the operator."""
    return (
        f"From the suppression list: {len(done.erased)} people erased again, {done.objected} objections recorded"
        f" again, {done.entries} entries brought up to date."
    )
