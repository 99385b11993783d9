"""What the fault tests stand on: workers and beat to kill, a mail server with faults, readers by the thousand."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg2
from django.db import connection
from django.utils import timezone

from consent import ledger
from consent.models import Address, Chain, ChainOwner, Event, Person
from mailing import outbox
from mailing.models import Delivery, Message
from portal import invariants
from portal.embedded.children import Child, answers, end, free_port, wait
from tests import databases

State = Delivery.State
UNDER_WAY = [State.QUEUED, State.CLAIMED, State.TRANSMITTING, State.IN_DOUBT]


def until(condition: Callable[[], object], what: str, *, seconds: float = 240) -> None:
    """Wait for the condition; the limit is generous, for the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}; {tally()}"
        time.sleep(0.05)


class Sink:
    """The mail server with faults (`tests.faults.sink`), and what it has taken."""

    def __init__(self, folder: Path, *, idle: float = 60, slow: float = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.log = folder / "relay.log"
        self.child = Child(
            "The mail server with faults",
            [
                *(sys.executable, "-m", "tests.faults.sink", str(self.port), str(folder)),
                *(str(idle), str(slow)),
            ],
            log=folder / "sink.log",
        )

    def start(self) -> None:
        self.child.start()
        wait(self.child, lambda: answers(self.port, expect=b"220"))

    @property
    def settings(self) -> dict[str, str]:
        """What makes a worker send here, and ask this log."""
        return {"EMAIL_URL": f"smtp://127.0.0.1:{self.port}", "RELAY_LOG": str(self.log)}

    def taken(self) -> list[tuple[datetime, str, str]]:
        """Moment, Message-ID and recipient of each mail it took, in order."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [(datetime.fromisoformat(at), name, to) for at, name, to in lines]

    def times(self) -> Counter[str]:
        """How often it took each Message-ID."""
        return Counter(name for _at, name, _to in self.taken())

    def recipients(self) -> list[str]:
        return sorted(to for _at, _name, to in self.taken())

    def has(self, word: str) -> bool:
        """Whether it has come to the point of that name."""
        return (self.folder / word).exists()

    def sessions(self) -> int:
        return len((self.folder / "sessions").read_text()) if self.has("sessions") else 0

    def go(self) -> None:
        """Let whoever waits go on."""
        (self.folder / "go").touch()

    def close(self) -> None:
        """Greet with 421 from now on."""
        (self.folder / "closed").touch()

    def open(self) -> None:
        (self.folder / "closed").unlink()


class Team:
    """Real Celery workers, and beat, under a supervisor that starts again what was killed."""

    def __init__(self, folder: Path, more: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = {
            "DJANGO_SETTINGS_MODULE": "tests.settings_faults",
            "MAIL_DOMAIN_PER_MINUTE": "0",
            "CHECKPOINT_FILE": str(folder / "checkpoints.txt"),
            "SUPPRESSION_FILE": str(folder / "suppressed.txt"),
            **more,
        }
        self.workers: list[Child] = []
        self.others: list[Child] = []
        self.kills = 0
        self.looks: int | None = None

    def start(self, workers: int = 1, *, beat: bool = True, app: str = "portal.celery") -> None:
        """Start them, and wait until the workers take tasks."""
        for _ in range(workers):
            self.workers.append(self.worker(app))
        if beat:
            self.others.append(self.beat())
        for child in (*self.workers, *self.others):
            if child.status is None and child.process is None:
                child.start()
        for worker in self.workers:
            wait(worker, partial(is_ready, worker), timeout=180)

    def worker(self, app: str = "portal.celery") -> Child:
        number = len(self.workers)
        return Child(
            f"Worker {number}",
            [
                *(sys.executable, "-m", "celery", "--app", app, "worker", "--pool", "solo"),
                *("--hostname", f"{self.folder.name}-{number}@%h", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            log=self.folder / f"worker-{number}.log",
            env=self.env,
        )

    def beat(self) -> Child:
        number = len(self.others)
        return Child(
            "Celery beat",
            [
                *(sys.executable, "-m", "celery", "--app", "portal.celery", "beat", "--pidfile="),
                *("--schedule", str(self.folder / f"beat-{number}")),
            ],
            log=self.folder / f"beat-{number}.log",
            env=self.env,
        )

    def kill(self, worker: Child | None = None) -> None:
        """`kill -9` one of them, and start it again as a supervisor does."""
        worker = worker or random.choice(self.workers)  # noqa: S311  no secret
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()
        self.kills += 1
        worker.start()

    def signal(self, number: int, worker: Child) -> None:
        assert worker.process is not None
        os.kill(worker.process.pid, number)

    def settled_ever(self) -> int:
        """How often doubts have been looked at."""
        done = "mailing.tasks.settle_doubts["
        lines = [line for worker in self.workers for line in read(worker).splitlines()]
        return sum(done in line and "succeeded" in line for line in lines)

    def settled(self) -> int:
        """How often doubts have been looked at since this was asked first."""
        found = self.settled_ever()
        if self.looks is None:
            self.looks = found
        return found - self.looks

    def end(self) -> None:
        end([*self.others, *self.workers], timeout=5)


class Site:
    """The web server, with two processes."""

    def __init__(self, folder: Path, more: Mapping[str, str]) -> None:
        self.port = free_port()
        self.child = Child(
            "The web server",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
                *("--port", str(self.port), "--workers", "2", "--blocking-threads", "4"),
                *("--workers-kill-timeout", "2", "portal.wsgi:application"),
            ],
            log=folder / f"web-{self.port}.log",
            env={"DJANGO_SETTINGS_MODULE": "tests.settings_faults", **more},
        )

    def start(self) -> None:
        self.child.start()
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        wait(
            self.child,
            lambda: answers(self.port, send=request, expect=b"HTTP/1.1 200"),
            timeout=180,
        )


def is_ready(worker: Child) -> bool:
    """Whether it takes tasks."""
    return " ready." in read(worker)


def read(child: Child) -> str:
    """All that it has written in this life."""
    return child.log.read_text(errors="replace") if child.log else ""


# --- readers and mails ------------------------------------------------------------------


def subscribers(boxes: list[str], *, domain: str = "example.org") -> list[Person]:
    """A person for each box who has permitted the newsletter."""
    people = Person.objects.bulk_create(Person(name="Liisa Virtanen") for _ in boxes)
    Address.objects.bulk_create(
        Address(person=person, email=f"{box}@{domain}")
        for person, box in zip(people, boxes, strict=True)
    )
    chains = Chain.objects.bulk_create(Chain() for _ in people)
    ChainOwner.objects.bulk_create(
        ChainOwner(chain=chain, person=person) for chain, person in zip(chains, people, strict=True)
    )
    wording = ledger.wording_of("newsletter", "fi")
    Event.objects.bulk_create(
        Event(
            chain=chain,
            purpose="newsletter",
            channel="email",
            action="granted",
            basis="consent",
            wording=wording,
            method="form",
            by_kind="self",
            occurred_at=None,  # type: ignore[misc]  # the moment of recording, by trigger
        )
        for chain in chains
    )
    as_superuser("ANALYZE")  # what the database's own housekeeping does within a minute
    return people


def newsletter() -> Message:
    """A campaign to everybody who permits the newsletter."""
    return outbox.campaign(
        "mailing/newsletter",
        Person.objects.all(),
        {},
        not_after=timezone.now() + timedelta(days=1),
        purpose="newsletter",
    )


def service_mail(address: str, *, domain: str = "example.org") -> Delivery:
    """A mail that somebody waits for."""
    person = Person.objects.create(name="Liisa Virtanen")
    Address.objects.create(person=person, email=f"{address}@{domain}")
    return outbox.queue("accounts/code", person, {"what": "sign_in"}, secrets={"code": "1234-5678"})


# --- what became of them ------------------------------------------------------------------


def tally() -> dict[str, int]:
    """How many deliveries are in which state."""
    return dict(Counter(Delivery.objects.order_by().values_list("state", flat=True)))


def is_over() -> bool:
    """Nothing is under way; what waits for its next attempt is made due, as if that time had passed."""
    hurry()
    return not Delivery.objects.filter(state__in=UNDER_WAY).exists()


def hurry() -> None:
    """Let the pauses of what was put off be over."""
    Delivery.objects.filter(state=State.QUEUED, due_at__gt=timezone.now()).update(
        due_at=timezone.now()
    )


def age(interval: str, which: str = "transmit_at IS NOT NULL") -> None:
    """Let what passed the gate have passed it that much earlier: no time machine moves the workers' clocks.

    The database refuses that to everybody, so its superuser does it with the triggers off.
    """
    as_superuser(
        "SET session_replication_role = replica",
        f"UPDATE mailing_delivery SET transmit_at = transmit_at - interval '{interval}' WHERE {which}",
    )


def messages_in(*states: str) -> set[str]:
    """The Message-IDs of the deliveries in these states."""
    return set(
        Delivery.objects.filter(state__in=states).values_list("internet_message_id", flat=True)
    )


def each_once(sink: Sink) -> None:
    """The server took what is called sent, each once, and nothing else; every promise holds."""
    times = sink.times()
    assert {name: n for name, n in times.items() if n > 1} == {}
    assert set(times) == messages_in(State.SENT)
    assert invariants.broken() == {}


def as_superuser(*statements: str) -> None:
    """Run statements that the application may not, each committed at once."""
    with databases.superuser(connection.settings_dict["NAME"]) as cursor:
        for statement in statements:
            cursor.execute(statement)


def reachable(address: str) -> bool:
    """Whether the database there takes connections."""
    try:
        psycopg2.connect(address, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True
