"""Names that readers see for the catalogue's codes: themes, institutions, places, months, languages."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_info, pgettext

from courses.models import Run


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A theme by its name, with the colour of its thread (1–6)."""

    slug: str
    name: str
    thread: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Names:
    """Names by code, in the language of the reader, on the day of reading."""

    reader: str
    today: date
    themes: dict[str, ThemeName] = field(default_factory=dict)
    institutions: dict[str, dict[str, str | None]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    deliveries: dict[str, str] = field(
        default_factory=lambda: {each.value: str(each.label) for each in Run.Delivery}
    )

    def of(self, facet: str, code: str) -> str:
        """The name of a value of a facet that has no fixed choices; one that nobody knows is its own name."""
        match facet:
            case "theme":
                return str(self.themes[code])
            case "institution":
                return str(self.institutions[code]["name"])
            case "place":
                return self.places.get(code, code)
            case "month":
                return month_name(code)
            case _:
                return language_name(code)


def language_name(code: str) -> str:
    """“Finnish”, “suomi”; the code itself for a language that Django does not know."""
    return _language_name(code, get_language())


@lru_cache(maxsize=200)
def _language_name(code: str, reader: str | None) -> str:
    try:
        name = str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
    return name if reader == "en" else name.lower()


def month_name(month: str) -> str:
    """“helmikuu 2027” for 2027-02."""
    return _month_name(month, "F Y", get_language())


def month_short(month: str) -> str:
    """“helmi” for 2027-02."""
    return _month_name(month, pgettext("date format: month alone", "M"), get_language())


@lru_cache(maxsize=500)
def _month_name(month: str, pattern: str, reader: str | None) -> str:
    name = date_format(date.fromisoformat(f"{month}-01"), pattern)
    return name if reader == "en" else name.lower()
