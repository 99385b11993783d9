"""Fixtures of the whole suite: database, clock, worker, mail, browser."""

import contextlib
import email
import email.policy
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import TransactionTestCase

from mailing import switch
from portal.embedded.children import Child, end, wait
from portal.testing import FOLDER, MAILBOX, WORKER
from tests import chromium, databases
from tests.clients import Client

# --- database and clock ---------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker) -> Iterator[None]:
    """This process's database, cloned from the migrated template.

    Tests with real commits (transaction=True) are cleaned up by `reference.restore()`: Django's
    flush would TRUNCATE, which ledgers refuse, and lose the rows that migrations made.
    """
    name = f"test_{WORKER or 'main'}"
    with django_db_blocker.unblock():
        databases.clone(databases.template(), name)
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        os.environ["DATABASE_URL"] = databases.address("DATABASE_URL", name)
        os.environ["DATABASE_OWNER_URL"] = databases.address("DATABASE_OWNER_URL", name)
        switch.turn(on=True)
    TransactionTestCase._fixture_teardown = _restore  # type: ignore[attr-defined]  # Django’s own, not in its stubs
    yield
    with django_db_blocker.unblock():
        connection.close()


def _restore(_case: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference.restore()")


@pytest.fixture
def set_clock(db) -> Iterator[Callable[[datetime], None]]:
    """Stop Python's clock and `portal_now()` of this test's connection at an aware moment."""
    with contextlib.ExitStack() as stack:

        def stop_at(moment: datetime) -> None:
            stack.pop_all().close()
            stack.enter_context(time_machine.travel(moment, tick=False))
            stack.callback(_set_database_clock, "")
            _set_database_clock(moment.isoformat())

        yield stop_at


def _set_database_clock(moment: str) -> None:
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('test.now', %s, false)", [moment])


# --- browsers without a window ---------------------------------------------------------


@pytest.fixture
def client() -> Client:
    """A visitor; `client.force_login(user)` signs in wholly, as `tests.clients` says."""
    return Client()


# --- cache, worker, mail ----------------------------------------------------------------


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits and cached pages of one test do not reach the next; queued tasks stay."""
    valkey = redis.Redis.from_url(os.environ["REDIS_URL"])
    keys = list(valkey.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:*", count=1000))
    if keys:
        valkey.delete(*keys)
    valkey.close()


@pytest.fixture(autouse=True)
def _own_files_outside(settings, tmp_path) -> None:
    """What is written outside the database belongs to one test, as the database's rows do."""
    settings.CHECKPOINT_FILE = tmp_path / "checkpoints.log"
    settings.SUPPRESSION_FILE = tmp_path / "suppressed.log"


@pytest.fixture(scope="module")
def celery_worker(django_db_setup) -> Iterator[Child]:
    """A real worker process on this process's test database; tests need transaction=True.

    It ends with the module: elsewhere nothing takes tasks from the queue behind a test's back.
    """
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    child = Child(
        "The Celery worker",
        [
            *(sys.executable, "-m", "celery", "--app", "portal.celery", "worker", "--pool", "solo"),
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        log=FOLDER / f"worker{WORKER}.log",
    )
    child.start()
    wait(child, lambda: " ready." in child.tail())
    yield child
    end([child])


@pytest.fixture
def inbox() -> Callable[..., list[EmailMessage]]:
    """Mails that the SMTP server took during this test, in order; `inbox(2)` waits for two."""
    for mail in MAILBOX.glob("*.eml"):
        mail.unlink()

    def read(count: int = 0, *, seconds: float = 15) -> list[EmailMessage]:
        deadline = time.monotonic() + seconds
        while len(files := sorted(MAILBOX.glob("*.eml"))) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"{len(files)} mails instead of {count} after {seconds:.0f} s")
            time.sleep(0.05)
        policy = email.policy.default
        return [email.message_from_bytes(file.read_bytes(), policy=policy) for file in files]

    return read


# --- browser ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_type) -> dict[str, Any]:
    """A Chromium that starts; without one the tests are skipped, or fail under REQUIRE_BROWSER."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread
    try:
        return {**browser_type_launch_args, **chromium.launch_arguments(browser_type)}
    except chromium.NoBrowserError as error:
        reason = f"no Chromium: {error}"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
