"""Enrolments on one hot run: the verb against the very same statements by psycopg2, from as many processes.

The verb is run once while a cursor writes down every statement with its parameters and rows. The plain side replays
that script, with the ids of its own person and rows put where the script's were.
"""

import multiprocessing
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg2 import extensions

from bench.rounds import Ratio, interleaved
from consent.models import Address, Person
from courses import enrolment, seats
from courses.models import Course, Run

PROCESSES = 4
EACH = 50
APART_FROM = 1_000_000
APART = [
    "courses_run",
    "consent_person",
    "courses_seat",
    "courses_enrolment",
    "mailing_message",
    "mailing_delivery",
]


@dataclass
class Statement:
    """What the verb sent, and the rows that came back."""

    sql: str
    params: tuple[Any, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)


SCRIPT: list[Statement] = []


class Recorder(extensions.cursor):
    """A cursor that writes down what it does."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  psycopg2's name
        SCRIPT.append(Statement(str(query), tuple(vars or ())))
        super().execute(query, vars)

    def fetchone(self) -> Any:
        row = super().fetchone()
        if row is not None:
            SCRIPT[-1].rows.append(row)
        return row

    def fetchmany(self, size: int | None = None) -> Any:
        rows = super().fetchmany(size) if size else super().fetchmany()
        SCRIPT[-1].rows.extend(rows)
        return rows


def measure() -> Iterator[Ratio]:
    """Enrolments per second."""
    spread_ids()
    record()
    ours, plain = interleaved(lambda: race(by_verb), lambda: race(by_script))
    yield Ratio(
        f"enrolments on one hot run, {PROCESSES} processes, {len(SCRIPT)} statements each",
        ours,
        plain,
        "/s",
        "≥ 0.2, stretch 0.33",
    )


def spread_ids() -> None:
    """Begin each table's ids at a different million, so that an id in the script tells whose it is."""
    link = psycopg2.connect(settings.DATABASE_OWNER_URL)
    with link, link.cursor() as cursor:
        for million, table in enumerate(APART, 1):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" greatest({million * APART_FROM}, (SELECT coalesce(max(id), 1) FROM {table})))"
            )
    link.close()


def record() -> None:
    """Run the verb once and keep its statements."""
    run, (person,) = hot_run(1)
    with connection.cursor():
        pass  # connects
    connection.connection.cursor_factory = Recorder
    enrolment.enrol(run, person)
    connection.close()
    SCRIPT[:] = [each for each in SCRIPT if "set_config" not in each.sql.lower()]
    SCRIPT.insert(0, Statement("", (run.pk, person.pk)))


def hot_run(people: int) -> tuple[Run, list[Person]]:
    """A run with a seat for each of so many new people."""
    now = timezone.now()
    run = Run.objects.create(
        course=Course.objects.order_by("pk")[0],
        state="published",
        starts_on=timezone.localdate() + timedelta(days=30),
        enrolment_closes_at=now + timedelta(days=20),
        price_net=100,
    )
    seats.set_capacity(run, people)
    made = Person.objects.bulk_create(Person(name=f"Mittaaja {no}") for no in range(people))
    Address.objects.bulk_create(
        Address(person=person, email=f"{uuid.uuid4().hex}@example.org") for person in made
    )
    run.refresh_from_db()
    return run, made


def race(enrol: Callable[[Run, list[Person]], None]) -> float:
    """Enrolments per second when processes enrol their shares at once; connecting is not counted."""
    run, people = hot_run(PROCESSES * EACH)
    connection.close()
    context = multiprocessing.get_context("fork")
    line = context.Barrier(PROCESSES + 1)
    shares = [people[no::PROCESSES] for no in range(PROCESSES)]
    runners = [context.Process(target=start, args=(line, enrol, run, share)) for share in shares]
    for runner in runners:
        runner.start()
    line.wait()
    begun = perf_counter()
    for runner in runners:
        runner.join()
        assert runner.exitcode == 0
    seconds = perf_counter() - begun
    assert run.enrolments.filter(status="confirmed").count() == len(people)
    return len(people) / seconds


def start(
    line: Any, enrol: Callable[[Run, list[Person]], None], run: Run, share: list[Person]
) -> None:
    """In a process of its own: get ready, wait for the others, go."""
    connection.ensure_connection()
    line.wait()
    enrol(run, share)


def by_verb(run: Run, share: list[Person]) -> None:
    """As the site does it."""
    for person in share:
        enrolment.enrol(run, person)


def by_script(run: Run, share: list[Person]) -> None:
    """The recorded statements, each enrolment one transaction."""
    link = psycopg2.connect(settings.DATABASE_URL)
    for person in share:
        with link, link.cursor() as cursor:
            replay(cursor, run.pk, person.pk)
    link.close()


def replay(cursor: extensions.cursor, run: int, person: int) -> None:
    """Send the script with this run's, this person's and the freshly made rows' ids."""
    old_run, old_person = SCRIPT[0].params
    ids: dict[Any, Any] = {old_run: run, old_person: person}
    for statement in SCRIPT[1:]:
        cursor.execute(statement.sql, [fresh(value, ids) for value in statement.params])
        if cursor.description and statement.rows:
            pairs = zip(statement.rows[0], cursor.fetchone() or (), strict=False)
            ids |= {old: new for old, new in pairs if isinstance(old, int) and old >= APART_FROM}


def fresh(value: Any, ids: dict[Any, Any]) -> Any:
    """The value for this replay: ids changed, and a Message-ID of its own."""
    if isinstance(value, str) and value.startswith("<") and value.endswith(">"):
        return f"<{uuid.uuid4().hex}@example.org>"
    if isinstance(value, int) and not isinstance(value, bool):
        return ids.get(value, value)
    return value
