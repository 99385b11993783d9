"""Many at once: a thread and a connection for each."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from portal import invariants

FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)  # the threads' connections know no stopped clock


@dataclass
class Crowd:
    """What came of a crowd's calls: answers, errors, and the seconds each call took."""

    answers: list[Any] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def all_at_once(self, call: Callable[[Any], Any], each: Iterable[Any]) -> "Crowd":
        """Call with each of them, in threads that are all connected before the first begins."""
        things = list(each)
        gate = threading.Barrier(len(things))
        threads = [threading.Thread(target=self.one, args=(call, thing, gate)) for thing in things]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def one(self, call: Callable[[Any], Any], thing: Any, gate: threading.Barrier) -> None:
        connection.ensure_connection()
        gate.wait()
        began = time.monotonic()
        try:
            self.answers.append(call(thing))
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.errors.append(error)
        finally:
            self.seconds.append(time.monotonic() - began)
            connection.close()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def all_promises_hold() -> Callable[[], None]:
    def check() -> None:
        assert invariants.broken() == {}

    return check
