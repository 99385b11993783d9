"""Words that stand for one another, and words for what a course is: vocabulary.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("vocabulary.toml")


def synonyms(word: str, language: str) -> list[str]:
    """The other words of the groups that have this base form."""
    return _synonyms(language).get(word, [])


def is_slight(word: str, language: str) -> bool:
    """Whether the base form says little of what a course is about."""
    return word in _slight(language)


def fact(name: str, language: str) -> str:
    """Words for a format or delivery of the models, or for `free`."""
    return str(_content()["facts"][language].get(name, ""))


@cache
def _synonyms(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in _content()["synonyms"].get(language, []):
        for word in group.split():
            found.setdefault(word, []).extend(each for each in group.split() if each != word)
    return found


@cache
def _slight(language: str) -> set[str]:
    return set(_content()["slight"].get(language, "").split())


@cache
def _content() -> dict[str, Any]:
    with FILE.open("rb") as source:
        return tomllib.load(source)
