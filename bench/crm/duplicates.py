"""The search for duplicates over 100,000 contacts and at entry, against the least SQL that finds equal ones."""

import sys
from collections.abc import Iterator
from functools import partial

from django.db import connection, transaction

from bench.crm.cpu import Spent, spent
from bench.crm.register import ROUNDS
from bench.crm.searching import exact
from bench.rounds import Ratio, interleaved
from crm import duplicates, scanning
from crm.likeness import Body, Who
from crm.models import DuplicateScan

Kind = DuplicateScan.Kind
LOOKS = 20
PARTS = 5
FIRST, IN_PART = 1_000_000, 20_000  # keys of contacts.sql
PEOPLE, DOMAINS, ORGANISATIONS = 20, 9, 9  # slices in a part; the last part goes on to the end
EQUAL = """
SELECT count(*) FROM (
  SELECT a.person_id, b.person_id FROM consent_address a
  JOIN consent_address b ON split_part(lower(b.email), '@', 1) = split_part(lower(a.email), '@', 1) AND b.person_id > a.person_id
  WHERE a.person_id > %(after)s AND a.person_id <= %(last)s
  UNION SELECT a.contact_id, b.contact_id FROM crm_contactphone a
  JOIN crm_contactphone b ON b.number = a.number AND b.contact_id > a.contact_id
  WHERE a.contact_id > %(after)s AND a.contact_id <= %(last)s
  UNION SELECT a.person_id, b.person_id FROM crm_affiliation a
  JOIN crm_affiliation b ON b.organisation_id = a.organisation_id AND b.person_id > a.person_id
  JOIN consent_person p ON p.id = a.person_id JOIN consent_person q ON q.id = b.person_id AND lower(q.name) = lower(p.name)
  WHERE a.person_id > %(after)s AND a.person_id <= %(last)s
) pairs
"""
ENTERED: dict[str, Who | Body] = {
    "a person": Who("Anna Virtanen", ("anna.virtanen@yritys7.fi",), frozenset({"+358400007919"})),
    "an organisation": Body(("Virtanen Konepaja Oy",), domains=frozenset({"yritys7.fi"})),
}


def measure() -> Iterator[Ratio]:
    """The whole register once, a fifth in each round, then what is asked when somebody is entered."""
    scanning.begin()
    rounds = [(searched(part), equal(part)) for part in range(PARTS)]
    assert not DuplicateScan.objects.filter(finished_at=None).exists()
    yield Ratio(
        f"duplicates among 100,000 contacts, {PARTS} × a part, against pairing equal keys, CPU",
        [PARTS * ours.both / 1000 for ours, _plain in rounds],
        [PARTS * plain.both / 1000 for _ours, plain in rounds],
        "s",
        "minutes",
    )
    for what, typed in ENTERED.items():
        asked, known = interleaved(partial(likely, typed), exact, rounds=ROUNDS)
        name = f"duplicates of {what} at entry, against an exact address, CPU"
        yield Ratio(name, asked, known, "ms", "at once")


def searched(part: int) -> Spent:
    """The next part of the three searches, slice by slice as the job does it."""
    slices = {Kind.PEOPLE: PEOPLE, Kind.DOMAINS: DOMAINS, Kind.ORGANISATIONS: ORGANISATIONS}

    def search() -> None:
        for kind, most in slices.items():
            left = most if part < PARTS - 1 else sys.maxsize
            while left and (
                scan := DuplicateScan.objects.filter(kind=kind, finished_at=None).first()
            ):
                assert scanning.look(scan)
                left -= 1

    return spent(1, search, is_warm=True)


def equal(part: int) -> Spent:
    """Pairs with the same words before the @, the same phone, or the same name at one organisation; nothing is scored or kept."""
    after = FIRST + part * IN_PART

    @transaction.atomic
    def pair() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")  # CPU of one process
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(EQUAL, {"after": after, "last": after + IN_PART})

    return spent(1, pair, is_warm=True)


def likely(typed: Who | Body) -> float:
    """Milliseconds for those who are like what a form holds."""
    return spent(LOOKS, lambda: duplicates.likely(typed)).both
