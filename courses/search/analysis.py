"""What a word breaks down to, by Voikko and the dictionaries; slow, for workers and commands."""

import re
from typing import Any, NamedTuple

from courses.search import finnish, words

ROOT = re.compile(r"\[Xp\](.+?)\[X\]")
LONG_PART = 5
# pronouns, conjunctions, adpositions, verbs of negation
STOP_CLASSES = {"asemosana", "sidesana", "suhdesana", "kieltosana"}


class Analysis(NamedTuple):
    """Base forms (none for a stop word), those of a compound's parts, and what the word is derived from."""

    bases: set[str]
    parts: set[str]
    kin: set[str]


def analyse(word: str, language: str) -> Analysis:
    """Break a word in lower case down; one that nobody knows is its own base form."""
    found = _by_voikko(word) if language == "fi" else None
    if found is None:
        lemma = _lemma(word, language)
        found = Analysis({lemma}, set(_swedish_parts(lemma) if language == "sv" else ()), set())
    for piece in word.split("-"):
        if piece != word and len(piece) > 1:
            found.parts.update([piece, _lemma(piece, language)])
    return found


def _lemma(word: str, language: str) -> str:
    found = finnish.lemma(word) if language == "fi" else words.base(word, language)
    return found or word


def _swedish_parts(lemma: str) -> list[str]:
    """The parts of a compound; of a word in the dictionary only long ones, as short ones are often chance."""
    parts = words.compound(lemma, "sv")
    by_chance = words.base(lemma, "sv") and min(map(len, parts), default=0) < LONG_PART
    return [] if by_chance else parts


def _by_voikko(word: str) -> Analysis | None:
    import pyvoikko  # noqa: PLC0415  250 MB and a second that only those pay who come here

    readings = pyvoikko.analyse(word)
    if not readings:
        return None
    fewest = min(len(each.COMPOUND_PARTS or ()) for each in readings)
    found = Analysis(set(), set(), set())
    for each in readings:
        if len(each.COMPOUND_PARTS or ()) == fewest and each.CLASS not in STOP_CLASSES:
            _add(found, each)
    found.bases.update(filter(None, [finnish.gerund(base) for base in found.bases]))
    return found


def _add(found: Analysis, reading: Any) -> None:
    roots = ROOT.findall(reading.FSTOUTPUT)
    found.bases.add(_plain(reading.BASEFORM))
    found.kin.update(_plain(root) for root in roots)
    found.parts.update(part for root in roots if "=" in root for part in root.split("="))
    parts = reading.COMPOUND_PARTS or []
    for start in range(len(parts)):
        for end in range(start, len(parts)):
            if end - start + 1 < len(parts):  # teko, äly, koulutus, tekoäly, älykoulutus
                joined = "".join(part.FORM for part in parts[start:end]) + parts[end].BASEFORM
                found.parts.add(_plain(joined))


def _plain(text: str) -> str:
    return text.replace("=", "").strip("-").lower()
