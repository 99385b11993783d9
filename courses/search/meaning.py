"""What the words of a query mean: tokens to look for, each with its weight."""

from itertools import pairwise, takewhile
from typing import NamedTuple

from courses.search.lookup import FAMILY, Known, Lookup
from courses.search.words import fold

GUESSED = 0.8
SYNONYM = 0.6
KIN = 0.5
PREFIX = 0.4
STEM = 0.25
SHORTEST_PREFIX = 3
SHORTEST_STEMMED = 8
MOST_GUESSES = 3


class Term(NamedTuple):
    """A token to look for. `part` 0 stands for the whole word, others for the parts of a compound."""

    word: int
    part: int
    token: str
    weight: float


class Meaning:
    """The terms of a query, the numbers of its words that count for less, and the query as understood."""

    def __init__(self, typed: list[str], language: str) -> None:
        self.typed = typed
        self.understood = list(typed)
        self._lookup = Lookup(typed, language)
        terms = [term for number in range(len(typed)) for term in self._word(number)]
        terms += self._joined()
        self.terms = _strongest(terms or [_exactly(*word) for word in enumerate(typed)])
        self.slight = {n for n, word in enumerate(typed) if self._lookup.is_slight(word)}

    @property
    def corrected(self) -> str:
        """The query with misspelt words put right; empty when there are none."""
        return " ".join(self.understood) if self.understood != self.typed else ""

    def _word(self, number: int) -> list[Term]:
        """Nothing for a stop word."""
        word = self.typed[number]
        rows = self._lookup.whole(word)
        if rows and not any(row.bases for row in rows):
            return []
        terms = [_exactly(number, word)]
        if len(word) >= SHORTEST_PREFIX and (not rows or number == len(self.typed) - 1):
            terms.append(_beginning(number, fold(word), PREFIX))
        others = [
            term
            for synonym in self._lookup.synonyms(word)
            for term in _bases(number, self._lookup.rows(synonym), SYNONYM)
        ]
        if rows:
            return [*terms, *others, *_whole(number, rows)]
        return terms + (others or self._guess(number))

    def _guess(self, number: int) -> list[Term]:
        """A word not in the index: a slip of the keys, a compound of known words, or kin of one."""
        word = self.typed[number]
        slips, nearest = self._nearest(word)
        head, tail = self._lookup.halves(word)
        alike = self._alike(word)
        if slips == 1 and not self._lookup.lemmas(word):
            return self._correct(number, nearest)
        if head and tail:
            return self._part(number, 1, head) + self._part(number, 2, tail)
        if alike:
            return _whole(number, alike, KIN)
        if slips == 1 or (nearest and not self._lookup.is_word(word)):
            return self._correct(number, nearest)
        return self._part(number, 1, head)

    def _part(self, number: int, part: int, rows: list[Known]) -> list[Term]:
        """One part of a compound, or what stands for it."""
        names = {name for row in rows for name in self._lookup.synonyms(row.form)}
        others = [row for name in sorted(names) for row in self._lookup.rows(name)]
        return [
            *(Term(number, part, f"'{token}'", 1) for row in rows for token in row.bases),
            *(Term(number, part, f"'{token}'", SYNONYM) for row in others for token in row.bases),
        ]

    def _correct(self, number: int, rows: list[Known]) -> list[Term]:
        self.understood[number] = rows[0].form
        return _whole(number, rows, GUESSED)

    def _nearest(self, word: str) -> tuple[int, list[Known]]:
        """How many slips away the nearest words are, one for every four letters at most, and these."""
        token = fold(word)
        most = max(1, len(token) // 4)

        def order(row: Known) -> tuple[int, bool, bool]:
            other = row.language != self._lookup.language
            return slips(token, row.folded), other, row.folded[:1] != token[:1]

        near = [row for row in self._lookup.near(word) if abs(len(row.folded) - len(token)) <= most]
        best = min(map(order, near), default=(most + 1, True, True))
        if best[0] > (1 if best[1] else most):  # another language's word only when it is very near
            return best[0], []
        return best[0], [row for row in near if order(row) == best][:MOST_GUESSES]

    def _alike(self, word: str) -> list[Known]:
        """Words of the page's language that begin the most like it, half of it at least."""
        token = fold(word)
        near = [row for row in self._lookup.near(word) if row.language == self._lookup.language]
        shared = [_same_beginning(token, row.folded) for row in near]
        most = max(FAMILY, len(token) // 2, *shared)
        return [row for row, length in zip(near, shared, strict=True) if length == most]

    def _joined(self) -> list[Term]:
        """Neighbours that are one word in the index: "johtamis koulutus"."""
        return [
            Term(number + step, 0, token, 1)
            for number, pair in enumerate(pairwise(self.typed))
            for row in self._lookup.rows("".join(pair))
            for token in row.bases
            for step in (0, 1)
        ]


def _exactly(number: int, word: str) -> Term:
    return Term(number, 0, f"'{fold(word)}'", 1)


def _beginning(number: int, token: str, weight: float) -> Term:
    return Term(number, 0, f"'{token}':*", weight)


def _bases(number: int, rows: list[Known], weight: float) -> list[Term]:
    return [Term(number, 0, f"'{token}'", weight) for row in rows for token in row.bases]


def _whole(number: int, rows: list[Known], weight: float = 1) -> list[Term]:
    """The rows' base forms, what is akin to them, and their parts."""
    bases = {token for row in rows for token in row.bases}
    kin = {token for row in rows for token in row.kin if not row.parts}  # else it is kin of a part
    parts = sorted({token for row in rows for token in row.parts})
    return [
        *_bases(number, rows, weight),
        *(Term(number, 0, f"'{token}'", weight * KIN) for token in kin - bases),
        *(Term(number, 0, f"'_{token}'", weight * KIN) for token in kin | bases),
        *(
            _beginning(number, token[: max(FAMILY, len(token) * 2 // 3)], weight * STEM)
            for token in bases
            if len(token) >= SHORTEST_STEMMED
        ),
        *(Term(number, part, f"'{token}'", weight) for part, token in enumerate(parts, 1)),
    ]


def _strongest(terms: list[Term]) -> list[Term]:
    """Each token once for each part of each word."""
    weights: dict[tuple[int, int, str], float] = {}
    for word, part, token, weight in terms:
        key = word, part, token
        weights[key] = max(weight, weights.get(key, 0))
    return [Term(*key, weight) for key, weight in weights.items()]


def _same_beginning(one: str, other: str) -> int:
    """How many letters the two begin with that are the same."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def slips(one: str, other: str) -> int:
    """How many letters are added, left out, changed, or swapped with their neighbour."""
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        over, above, row = above, row, [i]
        for j, b in enumerate(other, 1):
            least = min(row[-1] + 1, above[j] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, one[i - 2]) == (other[j - 2], b):
                least = min(least, over[j - 2] + 1)
            row.append(least)
    return row[-1]
