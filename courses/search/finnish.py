"""Finnish forms that the dictionary lacks; a guess counts only when the dictionary has it."""

import re

from courses.search.words import base

ENDINGS = re.compile(
    r"(?P<stem>.{3,}?)(?:ni|si|mme|nne|ns[aä]|[aä]n)?(?:kin|k[aä]{2}n|k[oö]|h[aä]n)?"
)
FRONT = str.maketrans("ao", "äö")


def lemma(word: str) -> str | None:
    """The base form, possessive and clitic endings taken away: kokouksissamme, hallituskin."""
    if found := base(word, "fi"):
        return found
    stem = ENDINGS.fullmatch(word)
    return stem and (base(stem["stem"], "fi") or base(stem["stem"] + "n", "fi"))


def dotted(word: str) -> list[str]:
    """Base forms of what a word written without its dots may be: tyohyvinvointi → työhyvinvointi.

    Vowel harmony: each part of a compound has a and o, or ä and ö, never both.
    """
    front = word.translate(FRONT)
    if front == word or "ä" in word or "ö" in word:
        return []
    guesses = {front}
    for place in range(1, len(word)):
        guesses |= {front[:place] + word[place:], word[:place] + front[place:]}
    return sorted({found for guess in guesses if (found := lemma(guess))})


def gerund(verb: str) -> str | None:
    """What doing it is called: kirjoittaa → kirjoittaminen, neuvotella → neuvotteleminen."""
    if not verb.endswith(("a", "ä")):
        return None
    short, vowel = verb[:-2], verb[-1]
    stems = [verb[:-1], short, short + "e", short + vowel, short + "tse", short + "ne"]
    strong = re.sub("nn(?=e)", "nt", re.sub("([kpt])(?=ele$)", r"\1\1", short + "e"))
    forms = (f"{stem}minen" for stem in [*stems, strong])
    return next((form for form in forms if base(form, "fi") == form), None)
