"""The only judge of whether somebody may be contacted (D3.4); the rules stand in `consent.rules`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL
from django.db.transaction import TransactionManagementError

from accounts.models import Institution
from common.prepared import Call, Statement, execute
from consent.history import Entry, Standing, at, history
from consent.kinds import Channel
from consent.models import Person, PersonQuerySet, Topic
from consent.purposes import Kind, kind_of
from consent.rules import LASTING, PERMITTING, Decision, judge, judge_many

__all__ = [
    "Decision",
    "Entry",
    "Question",
    "Standing",
    "answers",
    "at",
    "decide",
    "history",
    "may_contact",
    "permitted",
    "stands",
]

QUESTION = ("text", "text", "text", "bigint", "bigint")  # purpose, kind, channel, topic, controller
LOCK = Statement(
    "consent_lock",
    ("bigint",),
    """
    SELECT FROM consent_chain WHERE id IN
      (SELECT chain_id FROM consent_chainowner WHERE person_id = %s)
    ORDER BY id FOR SHARE
    """,
)
DECIDE = Statement("consent_decide", (*QUESTION, "bigint"), f"{judge()} WHERE p.id = %s")
DECIDE_MANY = Statement(
    "consent_decide_many", (*(f"{each}[]" for each in QUESTION), "bigint"), judge_many()
)
DECIDE_AT = Statement(
    "consent_decide_at", (*QUESTION, "text", "bigint"), f"{judge(address=True)} WHERE p.id = %s"
)
LASTINGLY = f"{judge(rules=LASTING)} WHERE p.id = %s"
NAMES = ", ".join(f"'{name}'" for name in PERMITTING)
# Nothing permits marketing but an event: who has none need not be judged, which is most of a long list.
HAS_GROUND = """WHERE p.id IN (
  SELECT o.person_id FROM consent_chainowner o JOIN consent_state s ON s.chain_id = o.chain_id WHERE s.allowed)"""
ALL = f"SELECT person_id FROM ({judge()}) judged WHERE rule IN ({NAMES})"  # noqa: S608  names of the table
ALL_MARKETING = f"SELECT person_id FROM ({judge()} {HAS_GROUND}) judged WHERE rule IN ({NAMES})"  # noqa: S608  the same


def may_contact(
    person: Person,
    purpose: str,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> Decision:
    """Judge one contact now. No controller: the joint list of the portal."""
    return decide(person.pk, purpose, channel, key_of(topic), key_of(controller))


class Question(NamedTuple):
    """One contact that is asked about, as `may_contact` asks it."""

    purpose: str
    channel: str = Channel.EMAIL
    topic: Topic | None = None
    controller: Institution | None = None


def answers(person: Person, questions: Sequence[Question]) -> list[Decision]:
    """Judge many contacts with one person now, in one round trip; the decisions in the questions' order."""
    columns: tuple[list[Any], ...] = (
        [each.purpose for each in questions],
        [kind_of(each.purpose) for each in questions],
        [each.channel for each in questions],
        [key_of(each.topic) for each in questions],
        [key_of(each.controller) for each in questions],
    )
    with connection.cursor() as cursor:
        execute(cursor, (DECIDE_MANY, [*columns, person.pk]))
        return [Decision(rule, event_id) for _person, rule, event_id in cursor.fetchall()]


def stands(
    person: Person,
    purpose: str,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> Decision:
    """What has been permitted or refused, whatever keeps messages back today: a pause, a closed address."""
    question = (purpose, kind_of(purpose), channel, key_of(topic), key_of(controller))
    with connection.cursor() as cursor:
        cursor.execute(LASTINGLY, (*question, person.pk))
        _person, rule, event_id = cursor.fetchone()
    return Decision(rule, event_id)


def permitted(
    people: PersonQuerySet,
    purpose: str,
    channel: str = Channel.EMAIL,
    topic: Topic | None = None,
    controller: Institution | None = None,
) -> PersonQuerySet:
    """Those of the people who may be contacted, by the same table; still one query."""
    kind = kind_of(purpose)
    question = (purpose, kind, channel, key_of(topic), key_of(controller))
    judged = ALL_MARKETING if kind == Kind.MARKETING else ALL
    return people.filter(pk__in=RawSQL(judged, question))  # noqa: S611  constant text, parameters apart


def key_of(row: Topic | Institution | None) -> int | None:
    return None if row is None else row.pk


def decide(  # noqa: PLR0913  the question has as many parts
    person_id: int,
    purpose: str,
    channel: str = Channel.EMAIL,
    topic_id: int | None = None,
    controller_id: int | None = None,
    *,
    lock: bool = False,
    address: str = "",
) -> Decision:
    """Judge one contact by keys, in one round trip; somebody who is gone may not be contacted.

    `lock` takes the heads of the person's chains FOR SHARE in order first: what is recorded after the answer waits for
    the end of the caller's transaction, and what was recorded before is seen. Outside a transaction it raises
    TransactionManagementError. `address` is where the mail goes when it is not the primary address.
    """
    if lock and not connection.in_atomic_block:
        message = "The answer holds only as long as the transaction that locks."
        raise TransactionManagementError(message)
    question: list[Any] = [purpose, kind_of(purpose), channel, topic_id, controller_id]
    question += [address, person_id] if address else [person_id]
    calls: list[Call] = [(LOCK, [person_id])] if lock else []
    calls.append((DECIDE_AT if address else DECIDE, question))
    with connection.cursor() as cursor:
        execute(cursor, *calls)  # what was committed while the lock was waited for is seen
        row = cursor.fetchone()
    return Decision(row[1], row[2]) if row else Decision("no_ground")
