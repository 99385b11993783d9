"""Words of a text and their base forms by simplemma: small and quick enough for a web process."""

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from simplemma import __version__
from simplemma.strategies import DictionaryLookupStrategy
from simplemma.strategies.dictionaries import TrieDictionaryFactory

log = logging.getLogger(__name__)

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*[#+]*")
# what ends an abbreviation after a colon: GDPR:n, SAP:ssa, EU:hun, EU:s
ENDING = re.compile(
    r"(?<=\w):(?:s|i?(?:[nt]|[aä]|t[aä]|n[aä]|ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|ksi)|h?[aeiouyäö]n|ien)\b"
)
# also a colon inside a word: micro:bit
HYPHEN = re.compile(r"[‐‑–]|(?<=[^\W\d_]):(?=[^\W\d_])")
SHORTEST_HEAD, SHORTEST_TAIL = 3, 4  # letters of a compound's parts


def words(text: str) -> list[str]:
    """The text's words in lower case, hyphenated ones whole."""
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "").lower()
    text = HYPHEN.sub("-", ENDING.sub("", text))
    return [word for word in WORD.findall(text) if fold(word)]


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Without accents and hyphens: tekoäly → tekoaly, data-analyysi → dataanalyysi."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in letters if not unicodedata.combining(each) and each != "-")


def base(word: str, language: str) -> str | None:
    """The base form of a word that the language's dictionary knows, in lower case."""
    if not _built(language):
        return None
    found = _dictionaries().get_lemma(word, language)
    return found.lower() if found else None


def cuts(word: str) -> Iterator[tuple[str, str]]:
    """The word in two, the longest tail first."""
    for place in range(SHORTEST_HEAD, len(word) - SHORTEST_TAIL + 1):
        yield word[:place], word[place:]


def heads(form: str) -> list[str]:
    """What the first part of a compound may be as a word: johtamis → johtaminen, ledarskaps → ledarskap."""
    return [form, form[:-1] + "nen", form[:-1]] if form.endswith("s") else [form]


def compound(word: str, language: str) -> list[str]:
    """Base forms of the parts, as few as will do: ledarskapsutbildning → ledarskap, utbildning; else nothing."""
    beginnings = [
        (first, tail)
        for head, tail in cuts(word)
        if (first := next((found for form in heads(head) if (found := base(form, language))), None))
    ]
    for first, tail in beginnings:
        if last := base(tail, language):
            return [first, last]
    rests = ([first, *compound(tail, language)] for first, tail in beginnings)
    return next((parts for parts in rests if len(parts) > 1), [])


def folder() -> Path:
    """Where the dictionaries lie, built by `courses.search.dictionaries`."""
    return Path(settings.WORDS_DIR) / __version__


@cache
def _dictionaries() -> DictionaryLookupStrategy:
    return DictionaryLookupStrategy(TrieDictionaryFactory(disk_cache_dir=str(folder())))


@cache
def _built(language: str) -> bool:
    """Whether the dictionary is on disk: building it takes seconds and 700 MB, nothing for a request."""
    built = (folder() / f"{language}.dic").exists()
    if not built:
        log.warning("No %s dictionary: run python -m courses.search.dictionaries", language)
    return built
