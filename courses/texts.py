"""A course's texts in the reader's language, or in another one that says so (E1.2)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.db.models import Model

FALLBACKS = settings.MODELTRANSLATION_FALLBACK_LANGUAGES


class Shown(NamedTuple):
    """A text, the language it is in, and whether that is another than the reader's."""

    text: str
    language: str
    is_foreign: bool


def shown(thing: Model, field: str, reader: str) -> Shown:
    """A model's field in the reader's language, else in the first of the fall-backs that has it."""
    return _first(lambda code: getattr(thing, f"{field}_{code}", None), reader)


def shown_of(texts: Mapping[str, str | None], prefix: str, reader: str) -> Shown:
    """The same of columns that were read without a model: `title_fi`, `title_sv`, `title_en`."""
    return _first(lambda code: texts.get(prefix + code), reader)


def _first(read: Callable[[str], str | None], reader: str) -> Shown:
    for code in (reader, *FALLBACKS):
        if text := read(code):
            return Shown(text, code, code != reader)
    return Shown("", reader, is_foreign=False)
