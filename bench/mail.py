"""Newsletters a second through the whole gateway, by one worker and by two, against plain SMTP and a peer.

Every way sends the same letter, a mail of 19 kB, to as many readers, into `smtp-sink` of Postfix where the machine has it, else into
the demo's own mail server, which is the bound then. The gateway asks the ledger and commits for each message; the plain
side is `smtplib` with one finished mail on one connection; the peer is django-newsletter, in an environment of its own
made from `bench/requirements.lock`, with its tables beside ours in the same PostgreSQL.
"""

import contextlib
import json
import multiprocessing
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.rounds import Ratio, interleaved
from common.days import database_now
from consent.ledger import wording_of
from consent.models import Address, Chain, ChainOwner, Event, Person
from mailing import gateway, kinds, outbox, switch
from mailing.envelope import envelope
from mailing.models import Delivery, Message
from portal.embedded.children import Child, answers, end, free_port, wait

READERS = 1000
LOCK = Path(__file__).parent / "requirements.lock"
PEER = Path(__file__).parent / "newsletter_peer.py"
LETTER: dict[str, object] = {
    "title": "Marraskuun koulutukset",
    "lead": "Valitsimme joulukuun koulutuksista ne, jotka koskevat aiheitasi.",
    "items": [
        {
            "title": f"Koulutus {no}",
            "text": "Opit tunnistamaan, mihin uusi tapa sopii, ja kokeilet sitä omaan työhösi. "
            * 3,
            "url": f"https://portal.example.org/fi/kurssit/koulutus-{no}/",
        }
        for no in range(15)
    ],
}


def measure() -> Iterator[Ratio]:
    """Messages a second: ours with one worker and with two, django-newsletter, plain SMTP."""
    switch.turn(on=True)
    settings.MAIL_DOMAIN_PER_MINUTE = 0
    people = readers()
    mail = envelope(one_delivery(people), database_now())
    with mail_server(), django_newsletter(len(mail)) as peer:
        one, two, theirs, plain = interleaved(
            partial(by_gateway, people, 1),
            partial(by_gateway, people, 2),
            peer,
            partial(by_smtplib, mail),
        )
    size = f"{len(mail) / 1000:.0f} kB"
    yield Ratio(f"mails of {size}, one worker, against django-newsletter", one, theirs, "/s", "≥ 2")
    yield Ratio("two workers against one", two, one, "/s", "≥ 1.3")
    yield Ratio("one worker against plain smtplib, one connection", one, plain, "/s", "–")
    yield Ratio("django-newsletter against plain smtplib", theirs, plain, "/s", "–")


def readers() -> list[Person]:
    """People who have asked for the newsletter, each with an event of the ledger."""
    people = Person.objects.bulk_create(Person(name=f"Lukija {no}") for no in range(READERS))
    Address.objects.bulk_create(
        Address(person=each, email=f"{uuid.uuid4().hex}@example.org") for each in people
    )
    chains = Chain.objects.bulk_create(Chain() for _ in people)
    ChainOwner.objects.bulk_create(
        ChainOwner(chain=chain, person=person) for chain, person in zip(chains, people, strict=True)
    )
    wording = wording_of(kinds.NEWSLETTER, "fi")
    now = timezone.now()
    Event.objects.bulk_create(
        Event(
            chain=chain,
            purpose=kinds.NEWSLETTER,
            channel="email",
            action="granted",
            basis="consent",
            wording=wording,
            method="form",
            by_kind="self",
            occurred_at=now,
        )
        for chain in chains
    )
    return people


@contextlib.contextmanager
def mail_server() -> Iterator[None]:
    """`smtp-sink`, written in C, when it is there; the settings point at it meanwhile."""
    sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if sink is None:
        print("No smtp-sink (Debian's postfix has it): aiosmtpd takes the mail.", file=sys.stderr)
        yield
        return
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    port = free_port()
    before = settings.SMTP
    with tempfile.TemporaryDirectory() as folder:
        child = Child(
            "smtp-sink", [sink, *user, f"127.0.0.1:{port}", "100"], log=Path(folder) / "log"
        )
        child.start()
        wait(child, lambda: answers(port, expect=b"220"))
        settings.SMTP = {**before, "host": "127.0.0.1", "port": port}
        try:
            yield
        finally:
            settings.SMTP = before
            end([child])


# --- ours -------------------------------------------------------------------------------


def campaign(people: list[Person]) -> Message:
    """A newsletter to all of them, ready to go."""
    return outbox.campaign(
        kinds.NEWSLETTER_MAIL,
        Person.objects.filter(pk__in=[each.pk for each in people]),
        LETTER,
        not_after=timezone.now() + timedelta(hours=1),
        purpose=kinds.NEWSLETTER,
    )


def one_delivery(people: list[Person]) -> Delivery:
    """One reader's, which does not go itself."""
    message = campaign(people[:1])
    outbox.cancel(message)
    gateway.drain()
    return message.deliveries.select_related("message", "person").get()


def by_gateway(people: list[Person], workers: int) -> float:
    """Messages a second when so many processes drain the outbox; connecting to the database is not counted."""
    message = campaign(people)
    connection.close()
    context = multiprocessing.get_context("fork")
    line = context.Barrier(workers + 1)
    processes = [context.Process(target=drain, args=(line,)) for _ in range(workers)]
    for process in processes:
        process.start()
    line.wait()
    begun = perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    seconds = perf_counter() - begun
    assert message.deliveries.filter(state=Delivery.State.SENT).count() == len(people)
    return len(people) / seconds


def drain(line: Any) -> None:
    """In a process of its own: get ready, wait for the others, send all."""
    connection.ensure_connection()
    line.wait()
    gateway.drain(seconds=600)


# --- plain SMTP --------------------------------------------------------------------------


def by_smtplib(mail: bytes) -> float:
    """Messages a second on one connection, with nothing asked and nothing written down."""
    begun = perf_counter()
    with smtplib.SMTP(settings.SMTP["host"], settings.SMTP["port"]) as server:
        for no in range(READERS):
            server.sendmail("news@example.org", [f"{no}@example.org"], mail)
    return READERS / (perf_counter() - begun)


# --- the peer ------------------------------------------------------------------------------


@contextlib.contextmanager
def django_newsletter(octets: int) -> Iterator[Callable[[], float]]:
    """A process that sends the letter once for each line it is told, and answers with messages a second."""
    told = {
        "database": settings.DATABASE_OWNER_URL,
        "port": settings.SMTP["port"],
        "readers": READERS,
        "title": LETTER["title"],
        "items": LETTER["items"],
        "octets": octets,
    }
    with subprocess.Popen(
        [environment(), str(PEER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, answer = process.stdin, process.stdout

        def ask(line: str) -> float:
            print(line, file=lines, flush=True)
            return float(answer.readline())

        ask(json.dumps(told))
        yield partial(ask, "send")
        lines.close()


def environment() -> str:
    """The Python of the peer's own environment, made from its lock when it is not there yet."""
    folder = Path(".demo/bench/peer").absolute()
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run(
        [
            *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", str(LOCK)),
        ],
        check=True,
    )
    return str(python)
