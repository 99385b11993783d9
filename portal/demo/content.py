"""Read the demo's TOML files."""

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
Entry = dict[str, Any]

INSTITUTIONS: list[Entry] = [
    {
        "slug": "tamk",
        "short_name": "TAMK",
        "name_fi": "Tampereen ammattikorkeakoulu",
        "name_sv": "Tammerfors yrkeshögskola",
        "name_en": "Tampere University of Applied Sciences",
    },
    {
        "slug": "tty",
        "short_name": "TTY",
        "name_fi": "Tampereen teknillinen yliopisto",
        "name_sv": "Tammerfors tekniska universitet",
        "name_en": "Tampere University of Technology",
    },
    {
        "slug": "tay",
        "short_name": "TaY",
        "name_fi": "Tampereen yliopisto",
        "name_sv": "Tammerfors universitet",
        "name_en": "University of Tampere",
    },
]

THEMES: list[Entry] = [
    {"slug": "johtaminen", "fi": "Johtaminen", "sv": "Ledarskap", "en": "Leadership"},
    {
        "slug": "digi",
        "fi": "Digi ja tekoäly",
        "sv": "Digitalisering och AI",
        "en": "Digital and AI",
    },
    {"slug": "tekniikka", "fi": "Tekniikka", "sv": "Teknik", "en": "Engineering"},
    {"slug": "talous", "fi": "Talous", "sv": "Ekonomi", "en": "Finance"},
    {"slug": "hyvinvointi", "fi": "Hyvinvointi", "sv": "Välbefinnande", "en": "Well-being"},
    {"slug": "kasvatus", "fi": "Kasvatus", "sv": "Pedagogik", "en": "Education"},
]


def entries(file: str, kind: str) -> list[Entry]:
    """The entries of one kind in one of the folder's files."""
    with (FOLDER / file).open("rb") as source:
        found: list[Entry] = tomllib.load(source).get(kind, [])
    return found


def courses() -> list[Entry]:
    """All courses and events, theme by theme."""
    return [
        entry for theme in THEMES for entry in entries(f"courses_{theme['slug']}.toml", "course")
    ]


def texts(entry: Entry, *fields: str) -> Entry:
    """Model values for translated fields: {"title": {"fi": …, "sv": …}} becomes title_fi, title_sv; lists become lines."""
    return {
        f"{field}_{language}": "\n".join(text) if isinstance(text, list) else text
        for field in fields
        for language, text in entry.get(field, {}).items()
    }
