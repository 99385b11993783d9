"""The texts to translate, found in code and templates without gettext: `python -m tests.messages` updates the catalogues."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = [
    "accounts",
    "billing",
    "common",
    "community",
    "consent",
    "courses",
    "crm",
    "mailing",
    "portal",
]
LANGUAGES = ["fi", "sv"]
FUNCTIONS = ["gettext", "ngettext", "pgettext", "npgettext"]
KEYWORDS: dict[str, Any] = dict.fromkeys(
    ["_", *(name + ending for name in FUNCTIONS for ending in ("", "_lazy", "_noop"))]
)


class Text(NamedTuple):
    """A text in the source: English singular, plural when it counts, context when the word alone is unclear."""

    msgid: str
    plural: str
    context: str


# What Django and allauth say on our pages and their own catalogues lack or say badly: the project's come first.
BORROWED = [
    Text("A user is already registered with this email address.", "", ""),
    Text("Enter a valid email address.", "", ""),
    Text("Enter a whole number.", "", ""),
    Text(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "",
    ),
    Text("Incorrect code.", "", ""),
    Text("Null characters are not allowed.", "", ""),
    Text("Please type your current password.", "", ""),
    Text("The email address and/or password you specified are not correct.", "", ""),
    Text("The password is too similar to the %(verbose_name)s.", "", ""),
    Text("This email address is already associated with this account.", "", ""),
    Text("This field is required.", "", ""),
    Text("This password is entirely numeric.", "", ""),
    Text("This password is too common.", "", ""),
    Text(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        "",
    ),
    Text("You must type the same password each time.", "", ""),
    Text("Your password can’t be a commonly used password.", "", ""),
    Text("Your password can’t be entirely numeric.", "", ""),
    Text("Your password can’t be too similar to your other personal information.", "", ""),
    Text(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "",
    ),
]


def sources() -> Iterator[tuple[Path, str]]:
    """Python code of every file that can hold texts; templates are turned into code by Django."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text()
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            code = templatize(path.read_text(), origin=str(path))
            yield path, "\n".join(line.lstrip() for line in code.splitlines())


def texts() -> dict[Text, list[str]]:
    """Every text with the files it is in; none for what is borrowed."""
    found: dict[Text, list[str]] = {text: [] for text in BORROWED}
    for path, code in sources():
        calls: Any = extract_python(io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"})
        for _, function, arguments, _ in calls:
            if arguments is None:  # a variable, not a text
                continue
            text = understood(function, arguments)
            if text.msgid:
                where = found.setdefault(text, [])
                name = str(path.relative_to(ROOT))
                if name not in where:
                    where.append(name)
    return found


def understood(function: str, arguments: str | tuple[str | None, ...]) -> Text:
    """Sort a call's arguments into singular, plural and context."""
    given = [arguments] if isinstance(arguments, str) else list(arguments)
    context = (given.pop(0) or "") if "pgettext" in function else ""
    plural = (given[1] or "") if function.startswith(("ngettext", "npgettext")) else ""
    return Text(given[0] or "", plural, context)


def catalogue(language: str) -> Path:
    """Where a language's translations lie."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def key(entry: polib.POEntry) -> Text:
    """The text an entry translates."""
    return Text(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def update(language: str) -> tuple[int, int]:
    """Add new texts untranslated, drop those no longer in the source; return how many of each."""
    path, wanted = catalogue(language), texts()
    old = {key(entry): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    book = polib.POFile(wrapwidth=100)
    book.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for text in sorted(wanted):
        entry = old.get(text) or polib.POEntry(
            msgid=text.msgid, msgid_plural=text.plural, msgctxt=text.context or None
        )
        if text.plural and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        entry.occurrences = [(name, "") for name in wanted[text]]
        flags = {"python-format"} if "%(" in text.msgid else set()
        entry.flags = sorted(flags | ({"fuzzy"} & set(entry.flags)))
        book.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))
    return len(wanted.keys() - old.keys()), len(old.keys() - wanted.keys())


if __name__ == "__main__":
    for language in LANGUAGES:
        added, dropped = update(language)
        print(f"{language}: {added} new, {dropped} gone")
