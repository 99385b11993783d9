"""Find people and organisations as somebody types: every word may be a name's, an address's or an employer's beginning.

Whole words come before beginnings, beginnings before names that are nearly the same. Two statements, each by indexes
alone: keys with their rank, then the rows. What no list may show is left out (GDPR Art. 18).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import phonenumbers
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Prefetch
from rapidfuzz.distance import OSA

from common.folding import ADDRESS_WORDS, FOLDED, WORDS, fold, words
from consent.models import Person
from crm.models import Affiliation, Organisation

LONGEST_QUERY = 200
LONGEST_WORD = 40
MOST_WORDS = 6
SHORTEST = 2  # letters: one alone is nearly everybody
SHORTEST_GUESSED = 4
SHORTEST_NUMBER = 5  # digits of a phone number
IN_COMMON = ("0.6", "0.35")  # of the trigrams of what was typed, first and then
ALIKE = 0.65  # of a word's letters, as optimal string alignment counts
LOOKED_AT = 1000  # names compared letter by letter, at most
CANDIDATES = 60
SPARE = 10  # rows read beyond those shown, for some that no list may show
SHORTEST_ELSEWHERE = 3  # letters of a word that alone is looked for in more than names
# what half of all organisations have in their names tells nothing of a person
FORMS = frozenset({"oy", "oyj", "ab", "abp", "ky", "ry", "rf", "tmi", "ltd", "inc"})
HOME = "FI"  # where a phone number without a country is

LAST_OF_DOMAIN = re.compile(r"(@\S*)\.[A-Za-z]+(?!\S)")  # the index of addresses leaves it out

Params = list[Any]
Statement = tuple[str, Params]


@dataclass(frozen=True)
class Query:
    """What was typed, made ready."""

    typed: str
    words: tuple[str, ...]
    number: str = ""

    @property
    def is_empty(self) -> bool:
        """Too little to look for."""
        return not self.number and not any(len(word) >= SHORTEST for word in self.words)


def read(typed: str) -> Query:
    """The words of what was typed; a phone number as E.164 begins it, when it looks like one."""
    typed = typed.replace("\0", " ")[:LONGEST_QUERY].strip()
    bare = LAST_OF_DOMAIN.sub(r"\1", typed)
    found = tuple(word[:LONGEST_WORD] for word in words(bare)[:MOST_WORDS])
    return Query(typed, found, number(typed))


def number(typed: str) -> str:
    """`040 123`, `+358 40 123` and `0035840123` as `+35840123`; empty for what is no number."""
    digits = "".join(each for each in typed if each.isascii() and each.isdigit())
    is_number = len(digits) >= SHORTEST_NUMBER and not typed.strip("+0123456789 ()-./")
    if not is_number:
        return ""
    if typed.startswith("+") or digits.startswith("00"):
        return "+" + digits.removeprefix("00")
    country = phonenumbers.country_code_for_region(HOME)
    return f"+{country}{digits.removeprefix('0')}"


# --- people ------------------------------------------------------------------------------


def people(query: Query, *, most: int, by_address: bool) -> list[Person]:
    """The people found, best first; `addresses` and today's `affiliations` are read already.

    `by_address`: their addresses and phones are looked through too.
    """
    keys = ranked(hits_of_people(query, by_address=by_address), query)
    if len(keys) < most:
        keys += nearly(Person, query)
    keys = keys[: most + SPARE]
    current = Affiliation.objects.current().select_related("organisation").order_by("-is_primary")
    rows = (
        Person.objects.filter(pk__in=keys)
        .unrestricted()
        .prefetch_related("addresses", Prefetch("affiliations", current))
    )
    return in_order(rows, keys)[:most]


def hits_of_people(query: Query, *, by_address: bool) -> list[Statement]:
    """For each word the people who have it somewhere, with its number and what that is worth."""
    found: list[Statement] = []
    for place, word in enumerate(query.words):
        begins = f"'{word}':*"
        found += [
            (select("consent_person", "id", WORDS.format("name"), place, 4), [f"'{word}'"]),
            (select("consent_person", "id", WORDS.format("name"), place, 2), [begins]),
        ]
        is_telling = len(word) >= SHORTEST_ELSEWHERE or len(query.words) > 1
        if is_telling and word not in FORMS:
            found.append((EMPLOYED.format(place=place, name=WORDS.format("name")), [begins] * 2))
            if by_address:
                address = ADDRESS_WORDS.format("email")
                found.append((select("consent_address", "person_id", address, place, 1), [begins]))
    if by_address and query.number:
        pattern = query.number + "%"
        found.append((CALLED, [pattern]))
    return found


def select(table: str, key: str, expression: str, place: int, worth: int) -> str:
    return SELECT.format(table=table, key=key, expression=expression, place=place, worth=worth)


SELECT = "SELECT {key} AS id, {place} AS word, {worth} AS worth FROM {table} WHERE {expression} @@ %s::tsquery"


EMPLOYED = """
    SELECT person_id, {place}, 1 FROM crm_affiliation
    WHERE since <= portal_now() AND (until IS NULL OR until > portal_now()) AND organisation_id IN (
      SELECT id FROM crm_organisation WHERE {name} @@ %s::tsquery
      UNION SELECT organisation_id FROM crm_organisationname WHERE {name} @@ %s::tsquery)"""
CALLED = "SELECT contact_id, -1, 8 FROM crm_contactphone WHERE number LIKE %s"

# every word must be found; a phone number, as word -1, does alone
RANKED = """
    SELECT id FROM (
      SELECT id, word, max(worth) AS worth FROM ({hits}) hit GROUP BY id, word
    ) best
    GROUP BY id HAVING count(*) FILTER (WHERE word >= 0) = %s OR min(word) < 0
    ORDER BY sum(worth) DESC, id LIMIT %s"""


def ranked(hits: list[Statement], query: Query) -> list[int]:
    """Keys of those in which all words were found, the best first."""
    if query.is_empty or not hits:
        return []
    sql = " UNION ALL ".join(statement for statement, _values in hits)
    values = [value for _statement, each in hits for value in each]
    with by_indexes() as cursor:
        cursor.execute(RANKED.format(hits=sql), [*values, len(query.words) or None, CANDIDATES])
        return [key for (key,) in cursor.fetchall()]


NEARLY_SQL = "SELECT id, {name} FROM {table} WHERE {name} %%> %s LIMIT %s"


def nearly(model: type[Person | Organisation], query: Query) -> list[int]:
    """Keys of those whose name resembles what was typed, the nearest first: a letter too many, one wrong, two swapped.

    What has few trigrams in common is looked at only when nothing has more.
    """
    typed = fold(query.typed)
    if query.number or len(typed) < SHORTEST_GUESSED:
        return []
    sql = NEARLY_SQL.format(table=model._meta.db_table, name=FOLDED.format("name"))  # noqa: SLF001  Django's documented API
    with by_indexes() as cursor:
        for threshold in IN_COMMON:
            cursor.execute(THRESHOLD, [threshold])
            cursor.execute(sql, [typed, LOOKED_AT])
            if keys := nearest(cursor.fetchall(), query.words):
                return keys
    return []


THRESHOLD = "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)"


def nearest(rows: list[tuple[int, str]], typed: Sequence[str]) -> list[int]:
    """Keys of the names in which every word typed has one like it, the likest first."""
    scores = {key: likeness(name, typed) for key, name in rows}
    alike = [key for key, each in scores.items() if min(each) >= ALIKE]
    return sorted(alike, key=lambda key: (-fmean(scores[key]), key))[:CANDIDATES]


def likeness(name: str, typed: Sequence[str]) -> list[float]:
    """From 0 to 1 for each word typed: how near the name's nearest word is to it."""
    parts = words(name)
    return [
        max(map(partial(OSA.normalized_similarity, word), parts), default=0.0) for word in typed
    ]


@contextmanager
def by_indexes() -> Iterator[CursorWrapper]:
    """A cursor that reads no table whole: the planner takes folding for free, and a small table for quickly read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        yield cursor


# --- organisations -------------------------------------------------------------------------


def organisations(query: Query, *, most: int) -> list[Organisation]:
    """The organisations found by any of their names, business ID or domain, best first."""
    keys = ranked(hits_of_organisations(query), query)
    if len(keys) < most:
        keys += nearly(Organisation, query)
    keys = keys[: most + SPARE]
    return in_order(Organisation.objects.filter(pk__in=keys), keys)[:most]


def hits_of_organisations(query: Query) -> list[Statement]:
    found: list[Statement] = []
    for place, word in enumerate(query.words):
        name, begins = WORDS.format("name"), f"'{word}':*"
        found += [
            (select("crm_organisation", "id", name, place, 4), [f"'{word}'"]),
            (select("crm_organisation", "id", name, place, 2), [begins]),
            (select("crm_organisationname", "organisation_id", name, place, 1), [begins]),
        ]
    whole = query.typed.lower()
    found += [
        ("SELECT id, -1, 8 FROM crm_organisation WHERE business_id = %s", [whole or None]),
        (
            "SELECT kept_id, -1, 8 FROM crm_organisationalias WHERE business_id = %s",
            [whole or None],
        ),
        (
            "SELECT organisation_id, -1, 1 FROM crm_organisationdomain WHERE domain LIKE %s",
            [begin(whole)],
        ),
    ]
    return found


def begin(text: str) -> str:
    """A pattern for what begins with the text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def in_order(rows: Iterable[Any], keys: Sequence[int]) -> list[Any]:
    """The rows in the order of their keys, each once."""
    found = {row.pk: row for row in rows}
    return [found[key] for key in dict.fromkeys(keys) if key in found]
