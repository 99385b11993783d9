"""CPU time of one catalogue page against a bare Django view that lists 20 rows with one query."""

from collections.abc import Iterator
from functools import partial
from time import process_time

from django.test import Client, override_settings

from bench.rounds import Ratio, interleaved

REQUESTS = 40


def measure() -> Iterator[Ratio]:
    """The plain catalogue page, and one with a search and two filters."""
    for what, url in (
        ("catalogue page, CPU per request", "/en/courses/"),
        (
            "catalogue page with search and filters",
            "/en/courses/?q=johtaminen&delivery=on_site&delivery=blended&language=fi",
        ),
    ):
        ours, plain = interleaved(partial(cpu, url), bare)
        yield Ratio(what, ours, plain, "ms", "≤ 4, stretch 2.5")


def bare() -> float:
    """Milliseconds of CPU per request of the bare view."""
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.bare"):
        return cpu("/")


def cpu(url: str) -> float:
    """Milliseconds of this process's CPU per request."""
    client = Client(headers={"host": "localhost"})
    assert client.get(url).status_code == 200
    start = process_time()
    for _ in range(REQUESTS):
        client.get(url)
    return (process_time() - start) * 1000 / REQUESTS
