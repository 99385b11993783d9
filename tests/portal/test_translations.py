"""Finnish and Swedish are complete (E1.1); English is the source's own."""

import re
from pathlib import Path

import allauth
import django
import polib
import pytest

from tests.messages import BORROWED, LANGUAGES, catalogue, key, texts


@pytest.fixture(scope="module", params=LANGUAGES)
def book(request):
    return polib.pofile(str(catalogue(request.param)))


def test_every_text_is_in_the_catalogue_and_nothing_else(book):
    assert {key(entry) for entry in book} == set(texts())


def test_a_text_stands_once_with_and_without_a_plural(book):
    """gettext knows a text by its singular and context; a second one of those is an error to it."""
    names = [(entry.msgid, entry.msgctxt) for entry in book]
    assert [name for name in names if names.count(name) > 1] == []


def test_nothing_is_untranslated_or_fuzzy(book):
    assert [entry.msgid for entry in book if entry.fuzzy or not entry.translated()] == []


def test_a_translation_has_the_placeholders_of_its_source(book):
    def names(text):
        return set(re.findall(r"%\((\w+)\)[sd]|%s|%d", text))

    wrong = [
        entry.msgid
        for entry in book
        for said in ([entry.msgstr] if not entry.msgid_plural else entry.msgstr_plural.values())
        if not names(said) <= names(entry.msgid) | names(entry.msgid_plural)
        or (not entry.msgid_plural and names(said) != names(entry.msgid))
    ]
    assert wrong == []


def test_a_borrowed_text_is_still_the_one_its_owner_says():
    homes = [Path(owner.__file__).parent for owner in (django, allauth)]
    files = ["conf/locale/en", "contrib/auth/locale/en", "locale/fi"]
    books = [home / file / "LC_MESSAGES" / "django.po" for home in homes for file in files]
    said = {entry.msgid for book in books if book.exists() for entry in polib.pofile(str(book))}
    assert [text.msgid for text in BORROWED if text.msgid not in said] == []
