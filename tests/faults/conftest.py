"""Servers and workers that are killed, frozen and brought back."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from portal.embedded.children import Child, end, wait
from portal.testing import FOLDER, WORKER
from tests.faults import harness
from tests.faults.harness import Sink, Site, Team


class Valkey:
    """The test run's Valkey, to stop and to start again on its port."""

    def __init__(self) -> None:
        self.again: Child | None = None
        self.pid: int = self.client().info()["process_id"]
        port = self.client().connection_pool.connection_kwargs["port"]
        program = Path(f"/proc/{self.pid}/exe").readlink()
        options = {"bind": "127.0.0.1", "port": str(port), "save": "", "databases": "64"}
        self.argv = [str(program), *(word for o in options.items() for word in (f"--{o[0]}", o[1]))]

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=1)

    def answers(self) -> bool:
        with contextlib.suppress(redis.exceptions.RedisError):
            return bool(self.client().ping())
        return False

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        while self.answers():
            time.sleep(0.02)
        if self.again:
            end([self.again])

    def start(self) -> None:
        self.again = Child("Valkey", self.argv, log=FOLDER / "valkey-again.log")
        self.again.start()
        wait(self.again, self.answers)
        self.pid = self.client().info()["process_id"]

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Valkey]:
    if WORKER:
        pytest.skip("other test processes use this server too")
    server = Valkey()
    yield server
    if server.again:
        end([server.again])


@pytest.fixture
def valkey(_valkey: Valkey) -> Iterator[Valkey]:
    """Running when the test begins, and again when it is over."""
    yield _valkey
    with contextlib.suppress(ProcessLookupError):
        _valkey.thaw()
    if not _valkey.answers():
        _valkey.start()


@pytest.fixture
def beat() -> Iterator[Child]:
    """Celery's clock, as in production: it rings, whatever was lost."""
    child = Child(
        "Celery beat",
        [
            *(sys.executable, "-m", "celery", "--app", "portal.celery", "beat"),
            *("--schedule", str(FOLDER / "beat-schedule"), "--pidfile="),
        ],
        log=FOLDER / "beat.log",
    )
    (FOLDER / "beat-schedule").unlink(missing_ok=True)
    child.start()
    yield child
    end([child])


@pytest.fixture
def sink(tmp_path) -> Iterator[Callable[..., Sink]]:
    """Starts a mail server with faults: `sink(idle=…, slow=…)`."""
    started: list[Sink] = []

    def start(**options: float) -> Sink:
        server = Sink(tmp_path / f"sink-{len(started)}", **options)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.go()
    end(server.child for server in started)


@pytest.fixture
def team(tmp_path) -> Iterator[Callable[..., Team]]:
    """Makes a team of workers with these settings: `team(sink.settings)`; tests need transaction=True."""
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    made: list[Team] = []

    def make(*settings: dict[str, str], **more: str) -> Team:
        folder = tmp_path / f"team-{len(made)}"
        folder.mkdir()
        merged = {name: value for each in settings for name, value in each.items()}
        made.append(Team(folder, {**merged, **more}))
        return made[-1]

    yield make
    for each in made:
        each.end()
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()


@pytest.fixture
def here(sink, settings) -> Sink:
    """A mail server with faults that this process sends to, without a worker."""
    server: Sink = sink()
    settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": server.port}
    return server


@pytest.fixture
def without_guard() -> Iterator[None]:
    """The database's own guard of a delivery's steps, away for a control."""
    harness.as_superuser("ALTER TABLE mailing_delivery DISABLE TRIGGER guard")
    yield
    harness.as_superuser("ALTER TABLE mailing_delivery ENABLE TRIGGER guard")


@pytest.fixture
def web(tmp_path) -> Iterator[Callable[..., Site]]:
    """Starts the site as in production, but for these settings; tests need transaction=True."""
    started: list[Site] = []

    def start(**settings: str) -> Site:
        started.append(Site(tmp_path, settings))
        started[-1].start()
        return started[-1]

    yield start
    end(site.child for site in started)
