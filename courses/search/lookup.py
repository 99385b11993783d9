"""Words of a query looked up among the words of the index, all with one database query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection

from courses.search import finnish
from courses.search.vocabulary import is_slight, synonyms
from courses.search.words import base, cuts, fold, heads

SHORTEST_GUESSED = 4
SHORTEST_COMPOUND = 7
SHORTEST_ALONE = 5
LONGEST_SWAPPED = 8  # in longer words the trigrams survive two letters swapped
FAMILY = 4  # letters that words of one family begin with: kouluttautua, koulutus
NEAR = 30

# `typed` is the word of the query that a row resembles or begins like, empty for rows found by their form.
# A word that is in the index, or begins one in the page's language, needs no guesses.
LOOKUP = """
    SELECT '' AS typed, form, folded, language, bases, parts, kin
    FROM courses_searchword WHERE folded = ANY(%(forms)s)
    UNION ALL
    SELECT typed, near.*
    FROM unnest(%(typed)s::text[]) AS typed, LATERAL (
        (SELECT form, folded, language, bases, parts, kin FROM courses_searchword
         ORDER BY folded <-> typed LIMIT %(near)s)
        UNION
        (SELECT form, folded, language, bases, parts, kin FROM courses_searchword
         WHERE folded LIKE left(typed, greatest(%(family)s, length(typed) / 2)) || '%%'
         ORDER BY folded <-> typed LIMIT %(near)s)
    ) AS near
    WHERE NOT EXISTS (
        SELECT FROM courses_searchword
        WHERE folded = typed OR (language = %(language)s AND folded LIKE typed || '%%')
    )
"""


class Known(NamedTuple):
    """A word of the index and its tokens; no bases: a stop word."""

    form: str
    folded: str
    language: str
    bases: list[str]
    parts: list[str]
    kin: list[str]


class Lookup:
    """What the index knows of some words, in lower case, for a page in the language."""

    def __init__(self, typed: Collection[str], language: str) -> None:
        self.language = language
        self._lemmas: dict[str, list[str]] = {}
        self._known: dict[str, list[Known]] = defaultdict(list)
        self._near: dict[str, list[Known]] = defaultdict(list)
        forms = {fold(form) for word in typed for form in self._candidates(word)}
        values: dict[str, Any] = {
            "forms": [*forms, *(fold("".join(pair)) for pair in pairwise(typed))],
            "typed": [fold(word) for word in typed if len(word) >= SHORTEST_GUESSED],
            "language": language,
            "family": FAMILY,
            "near": NEAR,
        }
        with connection.cursor() as cursor:
            cursor.execute(LOOKUP, values)
            for word, *columns in cursor.fetchall():
                row = Known(*columns)
                (self._near[word] if word else self._known[row.folded]).append(row)

    def whole(self, word: str) -> list[Known]:
        """The rows of the word, or of its base form."""
        forms = [word, *self.lemmas(word), *self._composed(word)]
        return next((rows for form in forms if (rows := self.rows(form))), [])

    def halves(self, word: str) -> tuple[list[Known], list[Known]]:
        """The rows of a compound's two parts; without such parts those of the longest one known."""
        alone: list[list[Known]] = []
        if len(word) >= SHORTEST_COMPOUND:
            for head, tail in cuts(word):
                first, last = self._part(self._heads(head)), self._part(self._tails(tail))
                if first and last:
                    return first, last
                alone += [each for each in (first, last) if each]
        longest = max(alone, key=lambda rows: len(rows[0].form), default=[])
        return longest if longest and len(longest[0].form) >= SHORTEST_ALONE else [], []

    def near(self, word: str) -> list[Known]:
        """Rows whose form resembles the word or begins like it, stop words left out."""
        token = fold(word)
        swapped = [row for form in _swapped(token) for row in self._known.get(form, [])]
        return [row for row in [*swapped, *self._near[token]] if row.bases]

    def rows(self, form: str) -> list[Known]:
        """The rows of the very form, else without accents; in the page's language, else in any."""
        rows = self._known.get(fold(form), [])
        own = [row for row in rows if row.language == self.language]
        return [row for row in own if row.form == form] or own or rows

    def lemmas(self, word: str) -> list[str]:
        """Base forms the dictionaries give, the page's language first; else of the word with its dots put back."""
        if word not in self._lemmas:
            languages = dict.fromkeys([self.language, "fi", "sv", "en"])
            found = [lemma for each in languages if (lemma := _lemma(word, each))]
            self._lemmas[word] = found or self._dotted(word)
        return self._lemmas[word]

    def is_word(self, word: str) -> bool:
        """Whether the dictionary of the page's language has it."""
        return bool(_lemma(word, self.language))

    def synonyms(self, word: str) -> list[str]:
        """Words that stand for it in the page's language."""
        return [
            each for form in [word, *self.lemmas(word)] for each in synonyms(form, self.language)
        ]

    def is_slight(self, word: str) -> bool:
        """Whether the word says little of what a course is about."""
        return any(is_slight(form, self.language) for form in [word, *self.lemmas(word)])

    def _part(self, forms: Iterable[str]) -> list[Known]:
        """The rows of the first of the forms that the index has, stop words left out."""
        found = (rows for form in forms if (rows := self.rows(form)) and rows[0].bases)
        return next(found, [])

    def _candidates(self, word: str) -> Iterator[str]:
        """Every form that may be asked for."""
        yield from [word, *self.lemmas(word), *self.synonyms(word), *_swapped(word)]
        yield from self._composed(word)
        if len(word) >= SHORTEST_COMPOUND:
            for head, tail in cuts(word):
                yield from self._heads(head)
                yield from self._tails(tail)

    def _composed(self, word: str) -> list[str]:
        """Base forms that an inflected compound may have: digimarkkinoinnin → digimarkkinointi."""
        if len(word) < SHORTEST_COMPOUND:
            return []
        tails = ((head, _lemma(tail, self.language)) for head, tail in cuts(word))
        return [head + tail for head, tail in tails if tail]

    def _heads(self, head: str) -> list[str]:
        lemmas = [(form, _lemma(form, self.language) or "") for form in heads(head)]
        return self._with_synonyms([form for pair in lemmas for form in pair if form])

    def _tails(self, tail: str) -> list[str]:
        known = _lemma(tail, self.language)
        return self._with_synonyms([tail, known] if known else [tail, *self._dotted(tail)])

    def _with_synonyms(self, forms: list[str]) -> list[str]:
        return [*forms, *(each for form in forms for each in synonyms(form, self.language))]

    def _dotted(self, word: str) -> list[str]:
        return finnish.dotted(word) if self.language == "fi" else []


def _lemma(word: str, language: str) -> str | None:
    return finnish.lemma(word) if language == "fi" else base(word, language)


def _swapped(word: str) -> list[str]:
    """A short word with each two neighbouring letters swapped."""
    if len(word) > LONGEST_SWAPPED:
        return []
    return [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
