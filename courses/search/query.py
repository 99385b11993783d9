"""Find courses by words: two queries to the database, and nothing slow to load (A1.1)."""

from collections import defaultdict
from dataclasses import dataclass, field
from math import log1p
from statistics import fmean
from typing import Any, NamedTuple

from django.db import connection

from courses.search.meaning import Meaning, Term
from courses.search.words import fold, words

LONGEST_QUERY = 300
LONGEST_WORD = 40
MOST_WORDS = 10
LABELS = [0.1, 0.25, 0.5, 1.0]  # of the weights D, C, B and A
STRONG = 0.7  # weight of the terms that say how common a word is
AS_PARTS = 0.9
SLIGHT = 0.4
TITLE_BEGINS = 1.5
ALL_WORDS = 2  # power of the share of the words that a course has
UNKNOWN = 4.0  # what a word is worth that no course has
WEAKEST = 0.1  # of the best rank: what is weaker only touches the subject

HITS = """
    WITH term AS (
        SELECT * FROM unnest(%(words)s::int[], %(parts)s::int[], %(tokens)s::tsquery[], %(weights)s::real[])
        AS term (word, part, token, weight)
    )
    SELECT word, part, course_id, max(weight * ts_rank(%(labels)s::real[], tokens, token)),
           bool_or(weight >= %(strong)s), bool_or(title || ' ' LIKE %(title)s || ' %%'),
           (SELECT count(*) FROM courses_searchentry WHERE language = %(language)s)
    FROM term JOIN courses_searchentry ON language = %(language)s AND tokens @@ token
    GROUP BY word, part, course_id
"""


@dataclass(frozen=True)
class Found:
    """Ids of courses with their ranks, best first; the query put right, if a word was misspelt."""

    ranks: dict[int, float] = field(default_factory=dict)
    corrected: str = ""


class Hit(NamedTuple):
    """A course that has a word of the query, or a part of it; `total` courses are in the index."""

    word: int
    part: int
    course: int
    rank: float
    strong: bool
    title_begins: bool
    total: int


def ranked(query: str, language: str, limit: int = 500) -> dict[int, float]:
    """Ids of courses with their ranks, best first."""
    return find(query, language, limit).ranks


def find(query: str, language: str, limit: int = 500) -> Found:
    """The courses that match a query in the page's language, best first.

    Those with all words come before those with some, rare words count for more than common ones,
    the title for more than the text.
    """
    typed = [word[:LONGEST_WORD] for word in words(query[:LONGEST_QUERY])[:MOST_WORDS]]
    if not typed:
        return Found()
    meaning = Meaning(typed, language)
    ranks = _ranks(_hits(meaning.terms, typed, language), meaning)
    weakest = WEAKEST * max(ranks.values(), default=0)
    kept = [course for course, rank in ranks.items() if rank >= weakest]
    best = sorted(kept, key=lambda course: (-ranks[course], course))[:limit]
    return Found({course: ranks[course] for course in best}, meaning.corrected)


def _hits(terms: list[Term], typed: list[str], language: str) -> list[Hit]:
    numbers, parts, tokens, weights = (list(column) for column in zip(*terms, strict=True))
    values: dict[str, Any] = {
        "words": numbers,
        "parts": parts,
        "tokens": tokens,
        "weights": weights,
        "labels": LABELS,
        "strong": STRONG,
        "title": " ".join(fold(word) for word in typed),
        "language": language,
    }
    with connection.cursor() as cursor:
        cursor.execute(HITS, values)
        return [Hit(*row) for row in cursor.fetchall()]


def _ranks(hits: list[Hit], meaning: Meaning) -> dict[int, float]:
    """Each course's rank: the scores of its words, times its share of what all words are worth."""
    scores: dict[int, float] = defaultdict(float)
    shares: dict[int, float] = defaultdict(float)
    total_worth = 0.0
    for word in {term.word for term in meaning.terms}:
        worth, met = _weighed([hit for hit in hits if hit.word == word])
        factor = SLIGHT if word in meaning.slight else 1
        total_worth += worth * factor
        for course, (score, share) in met.items():
            scores[course] += score * factor
            shares[course] += share * worth * factor
    begun = {hit.course for hit in hits if hit.title_begins}
    return {
        course: score
        * (shares[course] / total_worth) ** ALL_WORDS
        * (TITLE_BEGINS if course in begun else 1)
        for course, score in scores.items()
    }


def _weighed(hits: list[Hit]) -> tuple[float, dict[int, tuple[float, float]]]:
    """What one word is worth; each course's score for it, and its share of the word's parts, 1 for the whole."""
    parts: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        parts[hit.part].append(hit)
    rarity = {part: _rarity(found) for part, found in parts.items()}
    worth = rarity.get(0) or fmean([*rarity.values()] or [UNKNOWN])
    whole = {hit.course: hit.rank * worth for hit in parts.pop(0, [])}
    by_parts: dict[int, list[float]] = defaultdict(list)
    for part, found in parts.items():
        for hit in found:
            by_parts[hit.course].append(hit.rank * rarity[part])
    met = {course: (score, 1.0) for course, score in whole.items()}
    for course, scores in by_parts.items():
        share = len(scores) / len(parts)
        score = AS_PARTS * share * sum(scores) / len(parts)
        met[course] = max(score, whole.get(course, 0)), 1.0 if course in whole else share
    return worth, met


def _rarity(hits: list[Hit]) -> float:
    """The fewer courses have it, the more it tells; guesses count when there is nothing better."""
    strong = sum(hit.strong for hit in hits)
    return log1p(hits[0].total / (strong or len(hits)))
