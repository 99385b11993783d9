"""Is the ledger what it was? Chains, heads, state and evidence recomputed, checkpoints compared (D3.2).

Whoever rewrites the end of a chain and its head leaves nothing inside the database that shows it: therefore a digest of
all chains is appended daily to a file outside, and the last line of that file must still be true.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from consent.models import Checkpoint, Event, Verification

AT_MOST = 100  # rows of one broken promise that are read
TIMEOUT = "10min"  # of one check; pages and jobs have seconds
log = logging.getLogger(__name__)


class LedgerBrokenError(Exception):
    """The ledger does not pass, so no checkpoint may say that it does."""


@dataclass(frozen=True)
class Check:
    """A promise of the ledger; its query returns the keys of the rows that break it, first ones first."""

    name: str
    promise: str
    sql: str


CHECKS = [
    Check(
        "a1",
        "no event has been changed, removed from the middle or put in another order",
        """
        SELECT e.id, e.chain_id::text, e.seq FROM consent_event e
        LEFT JOIN consent_event p ON p.chain_id = e.chain_id AND p.seq = e.seq - 1
        LEFT JOIN consent_wording w ON w.id = e.wording_id
        WHERE e.hash <> consent_hash(e, consent_shown(w))
           OR e.prev_hash <> coalesce(p.hash, CASE WHEN e.seq = 1 THEN consent_sha256(e.chain_id::text) END, '')
        ORDER BY e.id
        """,
    ),
    Check(
        "a2",
        "every chain ends where its head says",
        """
        SELECT c.id::text FROM consent_chain c
        LEFT JOIN (SELECT chain_id, count(*) AS n, max(seq) AS seq FROM consent_event GROUP BY 1) l
          ON l.chain_id = c.id
        LEFT JOIN consent_event e ON e.chain_id = c.id AND e.seq = c.seq
        WHERE c.seq <> coalesce(l.n, 0) OR c.seq <> coalesce(l.seq, 0)
           OR c.hash <> coalesce(e.hash, consent_sha256(c.id::text))
        ORDER BY c.id
        """,
    ),
    Check(
        "a3",
        "the state is the last word of every scope",
        """
        SELECT coalesce(l.id, s.event_id), coalesce(l.chain_id, s.chain_id)::text FROM consent_state s
        FULL JOIN (
          SELECT DISTINCT ON (chain_id, purpose, channel, topic_id, controller_id) * FROM consent_event
          ORDER BY chain_id, purpose, channel, topic_id, controller_id, seq DESC) l ON l.id = s.event_id
        WHERE (s.chain_id, s.purpose, s.channel, s.topic_id, s.controller_id, s.action, s.allowed)
          IS DISTINCT FROM (l.chain_id, l.purpose, l.channel, l.topic_id, l.controller_id, l.action,
                            l.action IN ('granted', 'soft_opt_in', 'legal_person'))
        ORDER BY 1
        """,
    ),
    Check(
        "a4",
        "evidence that is kept is the evidence that was recorded",
        """
        SELECT e.id, e.chain_id::text, e.seq FROM consent_evidence v JOIN consent_event e ON e.id = v.event_id
        WHERE e.evidence_digest <> consent_evidence_digest(v.salt, v.address, v.ip, v.user_agent, v.note)
        ORDER BY e.id
        """,
    ),
    Check(
        "a5",
        "whoever was asked was shown a text on the same purpose",
        """
        SELECT e.id, e.chain_id::text, e.seq FROM consent_event e LEFT JOIN consent_wording w ON w.id = e.wording_id
        WHERE e.action IN ('granted', 'soft_opt_in') AND (w.id IS NULL OR w.purpose <> e.purpose)
        ORDER BY e.id
        """,
    ),
    Check(
        "a6",
        "a refusal was lifted by nothing but the person's own new consent",
        """
        SELECT e.id, e.chain_id::text, e.seq FROM consent_event e
        WHERE e.action IN ('granted', 'soft_opt_in', 'legal_person')
          AND NOT (e.action = 'granted' AND e.by_kind = 'self')
          AND EXISTS (
            SELECT FROM consent_event r
            WHERE r.chain_id = e.chain_id AND r.seq < e.seq AND r.action IN ('withdrawn', 'objected')
              AND (r.purpose = '*' OR r.purpose = e.purpose AND r.channel = e.channel
                   AND r.controller_id IS NOT DISTINCT FROM e.controller_id
                   AND (r.topic_id IS NULL OR r.topic_id = e.topic_id))
              AND NOT EXISTS (
                SELECT FROM consent_event g
                WHERE g.chain_id = e.chain_id AND g.seq > r.seq AND g.seq < e.seq
                  AND g.action IN ('granted', 'soft_opt_in', 'legal_person')
                  AND g.purpose = e.purpose AND g.channel = e.channel
                  AND g.controller_id IS NOT DISTINCT FROM e.controller_id
                  AND (g.topic_id IS NULL OR g.topic_id = e.topic_id)
                  AND (r.purpose = '*' OR r.topic_id IS NULL OR g.topic_id = r.topic_id)))
        ORDER BY e.id
        """,
    ),
]
OUTSIDE = "the ledger is what the last checkpoint outside the database says"


@dataclass(frozen=True)
class Break:
    """A broken promise, the first row that breaks it, and how many do (no more than AT_MOST are counted)."""

    check: str
    promise: str
    row: tuple[Any, ...]
    rows: int = 1

    def __str__(self) -> str:
        return f"{self.check} {self.promise}: {', '.join(str(part) for part in self.row)} ({self.rows})"

    def as_json(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "promise": self.promise,
            "row": list(self.row),
            "rows": self.rows,
        }


@transaction.atomic
def verify() -> list[Break]:
    """Examine everything; an empty list when the ledger is intact. Reads only."""
    broken = []
    with patient_cursor() as cursor:
        for check in CHECKS:
            cursor.execute(f"SELECT * FROM ({check.sql}) found LIMIT {AT_MOST}")  # noqa: S608  constants
            if rows := cursor.fetchall():
                broken.append(Break(check.name, check.promise, rows[0], len(rows)))
    return broken + compare_outside()


def compare_outside() -> list[Break]:
    """Hold the ledger against the file's last line; a lost file is a break too."""
    lines = read_checkpoints()
    if not lines:
        lost = Checkpoint.objects.order_by("pk").last()
        return [Break("checkpoint", OUTSIDE, ("the file is gone", str(lost.at)))] if lost else []
    last = lines[-1]
    if digest(last["last_event"]) == (last["events"], last["chains"], last["digest"]):
        return []
    return [Break("checkpoint", OUTSIDE, (last["at"], f"events to {last['last_event']}"))]


def examine() -> tuple[Verification, list[Break]]:
    """Verify and remember the outcome: while the last one failed, `permission` refuses all marketing."""
    broken = verify()
    for each in broken:
        log.critical("The ledger of permissions is broken; marketing stops. %s", each)
    outcome = Verification.objects.create(
        events=Event.objects.count(),
        is_intact=not broken,
        breaks=[each.as_json() for each in broken],
    )
    return outcome, broken


def examine_nightly() -> None:
    """Examine, and when the ledger is intact say so in a checkpoint; a broken one gets none until it is mended."""
    _outcome, broken = examine()
    if not broken:
        checkpoint()


def checkpoint(note: str = "") -> Checkpoint | None:
    """Append the ledger's digest to the file and the table; None when nothing has happened since the last one.

    A note says why the operator begins anew from here, such as after restoring an older backup.
    """
    last_event = newest_event()
    lines = read_checkpoints()
    if lines and not note and lines[-1]["last_event"] == last_event:
        return None
    with transaction.atomic():
        events, chains, value = digest(last_event)
        made = Checkpoint.objects.create(
            last_event=last_event, events=events, chains=chains, digest=value
        )
        made.refresh_from_db(fields=["at"])
        write_outside(made, note)
    return made


def newest_event() -> int:
    """Wait until nobody is writing, and say which event is the last; writers wait no longer than this statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT consent_last_event()")
        (key,) = cursor.fetchone()
    return int(key)


def begin_anew(note: str) -> None:
    """Take the ledger as it is for true from now on; LedgerBrokenError when more than the checkpoint is broken."""
    if any(each.check != "checkpoint" for each in verify()):
        raise LedgerBrokenError
    checkpoint(note)


def digest(last_event: int) -> tuple[int, int, str]:
    """Events, chains and the digest of all chains as they were up to that event."""
    with patient_cursor() as cursor:
        cursor.execute("SELECT events, chains, digest FROM consent_digest(%s)", [last_event])
        events, chains, value = cursor.fetchone()
    return int(events), chains, value


@contextlib.contextmanager
def patient_cursor() -> Iterator[CursorWrapper]:
    """A cursor in a transaction whose statements may read the whole ledger."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT])
        yield cursor


def read_checkpoints() -> list[dict[str, Any]]:
    """The file's lines, oldest first; none when there is no file. A line cut short by a crash is left out."""
    file = Path(settings.CHECKPOINT_FILE)
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def write_outside(made: Checkpoint, note: str) -> None:
    """Append the line and see it on the disk."""
    line = {
        "at": made.at.isoformat(),
        "last_event": made.last_event,
        "events": made.events,
        "chains": made.chains,
        "digest": made.digest,
        **({"note": note} if note else {}),
    }
    file = Path(settings.CHECKPOINT_FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def last_examined() -> Verification | None:
    """The last examination's outcome."""
    return Verification.objects.order_by("pk").last()
