"""Search over 100,000 people and 8,000 organisations as somebody types, against one exact look-up."""

from collections.abc import Iterator
from functools import partial

from bench.crm.cpu import spent
from bench.crm.register import PERSON, ROUNDS
from bench.rounds import Ratio, interleaved
from consent.models import Address, Person
from crm import search

SEARCHES = 20
TYPED = {
    "beginnings of two names": "anna virt",
    "a name and an employer": "timo konepaja",
    "a slip of the hand": "virtanne",
    "a phone number": "040 123",
}


def measure() -> Iterator[Ratio]:
    """CPU of this process and of the database's, which does most of it."""
    for what, typed in TYPED.items():
        ours, plain = interleaved(partial(found, typed), exact, rounds=ROUNDS)
        yield Ratio(
            f"search by {what}, against an exact address, CPU", ours, plain, "ms", "≤ 50 ms"
        )


def found(typed: str) -> float:
    """Milliseconds for the people and organisations that the list under the field shows."""

    def look() -> None:
        query = search.read(typed)
        assert search.people(query, most=6, by_address=True)
        search.organisations(query, most=6)

    return spent(SEARCHES, look).both


def exact() -> float:
    """Milliseconds for the one person of an address."""
    email = Address.objects.get(person=PERSON).email
    return spent(SEARCHES, lambda: list(Person.objects.known_by(email))).both
