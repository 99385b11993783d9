"""CPU time of this process, and of the database's process that serves it: up to half of a page over 100,000 rows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from django.db import connection


@dataclass(frozen=True)
class Spent:
    """Milliseconds a time: of this process, with the database's (which without /proc is not known), and by the clock."""

    own: float
    both: float
    wall: float


def spent(times: int, work: Callable[[], object], *, is_warm: bool = False) -> Spent:
    """The mean of doing the work so many times; once before that, unless it is warm, does not count."""
    if not is_warm:
        work()
    database, own, wall = in_database(), process_time(), perf_counter()
    for _ in range(times):
        work()
    wall, own = perf_counter() - wall, process_time() - own
    database = in_database() - database
    return Spent(*(each * 1000 / times for each in (own, own + database, wall)))


def in_database() -> float:
    """Seconds of CPU that the connection's process has had, in nanoseconds of Linux's scheduler; else 0."""
    connection.ensure_connection()
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e9 if told.exists() else 0.0
