"""A row of the departures list: a course with the run that speaks for it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import Price
from courses.catalogue.names import Names, ThemeName, language_name
from courses.models import Course
from courses.texts import shown_of


@dataclass(frozen=True, slots=True)
class Row:
    """What a reader sees of a course in a list; a value, so that equal ones need be drawn only once.

    `seats_left` is exact now, None where the portal keeps no seats; `is_closed`: none can be had any more. `year` is
    that of the start when it is not this one.
    """

    slug: str
    url: str
    title: str
    language: str
    summary: str
    summary_language: str
    format: str
    themes: tuple[ThemeName, ...]
    institutions: str
    institution_slugs: tuple[str, ...]
    credits: Decimal | None
    is_upcoming: bool
    starts_on: date | None
    year: int | None
    starts_at: datetime | None
    when: str
    duration: str
    delivery: str
    delivery_code: str
    place: str
    teaching_language: str
    language_code: str
    price: Price | None
    cost: str
    seats_left: int | None
    is_closed: bool

    @property
    def theme_slugs(self) -> list[str]:
        return [theme.slug for theme in self.themes]


def row(slug: str, data: dict[str, Any], names: Names, base: str) -> Row:
    """The row of a course from what `search.sql` says of it; `base` is the catalogue's address."""
    title = shown_of(data, "title_", names.reader)
    summary = shown_of(data, "summary_", names.reader)
    is_upcoming = data["is_upcoming"]
    starts_on = _date(data["starts_on"]) if is_upcoming else None
    code = data["language"] or ""
    return Row(
        slug=slug,
        url=f"{base}{slug}/",
        title=title.text,
        language=title.language,
        summary=summary.text,
        summary_language=summary.language,
        format=_format(data["format"]),
        themes=tuple(names.themes[theme] for theme in data["themes"] or ()),
        institutions=_institutions(data, names),
        institution_slugs=tuple(dict.fromkeys(data["institutions"])),
        credits=_decimal(data["credits"]),
        is_upcoming=is_upcoming,
        starts_on=starts_on,
        year=starts_on.year if starts_on and starts_on.year != names.today.year else None,
        starts_at=_moment(data["starts_at"]) if is_upcoming else None,
        when=_when(data),
        duration=_duration(data),
        delivery=names.deliveries.get(data["delivery"], ""),
        delivery_code=data["delivery"] or "",
        place=data["city"] or "",
        teaching_language=language_name(code) if code else "",
        language_code=code,
        price=_price(data),
        cost=_note(data, "cost"),
        seats_left=data["seats_left"],
        is_closed=data["is_closed"],
    )


def _format(code: str) -> str:
    """The kind of event; nothing for a course, which needs no word."""
    return "" if code == Course.Format.COURSE else str(Course.Format(code).label)


def _institutions(data: dict[str, Any], names: Names) -> str:
    """“TAMK + TTY”, the owner first."""
    owner = data["owner"]
    others = [slug for slug in data["institutions"] if slug != owner]
    return " + ".join(names.of("institution", slug) for slug in [owner, *others])


def _when(data: dict[str, Any]) -> str:
    """Words in place of a date."""
    if not data["is_upcoming"]:
        return _("No open dates now")
    if data["starts_on"]:
        return ""
    return _note(data, "start") or _("Date to be announced")


def _duration(data: dict[str, Any]) -> str:
    """How many meetings, or what the feed says of its length."""
    sessions = data["sessions"]
    if sessions < 2:
        return _note(data, "duration")
    return ngettext("%(count)d session", "%(count)d sessions", sessions) % {"count": sessions}


def _note(data: dict[str, Any], key: str) -> str:
    """A short text kept from the feed."""
    return str((data["notes"] or {}).get(key, ""))[:80]


def _price(data: dict[str, Any]) -> Price | None:
    net = _decimal(data["price_net"])
    return None if net is None else Price(net, Decimal(data["vat_rate"]))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
