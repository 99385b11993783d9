"""The workbench at 100,000 contacts: its pages against a bare view, and its search against one exact look-up.

The contacts are made by plain SQL in a scratch database, which is dropped afterwards.
"""

import contextlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import psycopg2
from django.db import connections
from django.test import Client
from django.urls import reverse
from psycopg2 import extensions

from accounts.models import StaffRole, User
from bench.catalogue import bare
from bench.rounds import Ratio, interleaved
from consent.models import Person
from crm import search

SCRATCH = "bench_crm"
CONTACTS = Path(__file__).with_name("contacts.sql")
ROUNDS = 5
REQUESTS, SEARCHES = 40, 20
TYPED = {
    "beginnings of two names": "anna virt",
    "a name and an employer": "timo konepaja",
    "a slip of the hand": "virtanne",
    "a phone number": "040 123",
}
KNOWN = "anna.virtanen1000001@yritys2.fi"


def measure() -> Iterator[Ratio]:
    """Pages by CPU, searches by the time one waits."""
    with scratch():
        user = manager()
        yield page("the workbench’s first page, CPU per request", reverse("site:staff"), user)
        for what, typed in TYPED.items():
            ours, plain = interleaved(partial(found, typed), exact, rounds=ROUNDS)
            yield Ratio(f"search by {what}, against an exact address", ours, plain, "ms", "≤ 50 ms")


def page(what: str, path: str, user: User) -> Ratio:
    """CPU of a page of the workbench, against a bare view."""
    ours, plain = interleaved(partial(cpu, path, user), bare, rounds=ROUNDS)
    return Ratio(what, ours, plain, "ms", "–")


def cpu(path: str, user: User) -> float:
    """Milliseconds of this process's CPU per request."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(path).status_code == 200
    start = process_time()
    for _ in range(REQUESTS):
        client.get(path)
    return (process_time() - start) * 1000 / REQUESTS


def found(typed: str) -> float:
    """Milliseconds for the people and organisations that the list under the field shows."""
    start = perf_counter()
    for _ in range(SEARCHES):
        query = search.read(typed)
        assert search.people(query, most=6, by_address=True)
        search.organisations(query, most=6)
    return (perf_counter() - start) * 1000 / SEARCHES


def exact() -> float:
    """Milliseconds for the one person of an address."""
    start = perf_counter()
    for _ in range(SEARCHES):
        list(Person.objects.known_by(KNOWN))
    return (perf_counter() - start) * 1000 / SEARCHES


def manager() -> User:
    """Somebody who may see everything."""
    made = User.objects.create_user("bench@example.org", is_staff=True)
    StaffRole.objects.create(user=made, role="manager")
    return made


# --- the scratch database ----------------------------------------------------------------------


@contextlib.contextmanager
def scratch() -> Iterator[None]:
    """A copy of the database with the contacts in it, to which Django is led meanwhile."""
    own = str(connections["default"].settings_dict["NAME"])
    connections.close_all()
    run(own, f"DROP DATABASE IF EXISTS {SCRATCH}", f"CREATE DATABASE {SCRATCH} TEMPLATE {own}")
    run(SCRATCH, CONTACTS.read_text(), "VACUUM ANALYZE")
    connections["default"].settings_dict["NAME"] = SCRATCH
    try:
        yield
    finally:
        connections.close_all()
        connections["default"].settings_dict["NAME"] = own
        run(own, f"DROP DATABASE {SCRATCH}")


def run(database: str, *statements: str) -> None:
    """Statements of the superuser, one by one, each committed at once."""
    link = superuser(database)
    with link.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    link.close()


def superuser(database: str) -> extensions.connection:
    link = psycopg2.connect(
        os.environ["DATABASE_URL"].replace("portal_app@", "postgres@"), dbname=database
    )
    link.autocommit = True
    return link
