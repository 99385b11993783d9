"""The customer register at 100,000 contacts: pages, search, duplicates and import, each against plain code.

All of it happens in a scratch database (`register`), which is dropped afterwards.
"""

from collections.abc import Iterator

from bench.crm import duplicates, importing, pages, searching
from bench.crm.register import manager, scratch
from bench.rounds import Ratio


def measure() -> Iterator[Ratio]:
    """What reads comes first: the import makes more customers."""
    with scratch():
        user = manager()
        yield from pages.measure(user)
        yield from searching.measure()
        yield from duplicates.measure()
        yield from importing.measure(user)
