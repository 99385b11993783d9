"""Texts of courses on pages: in the reader's language or a marked other one, and plain text as paragraphs and lists."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from django import template
from django.db.models import Model
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from courses.catalogue.names import language_name
from courses.texts import Shown, shown

register = template.Library()
SHOWN_ELSEWHERE = frozenset({"start", "cost"})
FOR_STAFF = frozenset(
    {"image", "subject_codes", "start_text", "end_text", "apply_from_text", "apply_until_text"}
)
NAMES = {
    "attendance": _("Attendance"),
    "pattern": _("Times of attendance"),
    "study_mode": _("Mode of study"),
    "engagement": _("Engagement"),
    "duration": _("Duration"),
    "start_time": _("Starts at"),
    "end": _("Ends"),
    "age": _("Age"),
    "places": _("Seats"),
    "venue": _("Place"),
    "venues": _("Other places"),
    "enquire_to": _("Enquiries"),
    "apply_to": _("Applications"),
    "apply_from": _("Applications from"),
    "apply_until": _("Applications until"),
    "languages": _("Other teaching languages"),
    "identifiers": _("Other identifiers"),
    "url": _("Web page"),
    "title": _("Also called"),
    "qualification": _("Qualification"),
    "level": _("Level"),
    "credit": _("Credit"),
    "scheme": _("Scheme"),
    "value": _("Points"),
    "awardedby": _("Awarded by"),
    "accreditedby": _("Accredited by"),
    "educationlevel": _("Level"),
    "applicationprocedure": _("How to apply"),
    "regulations": _("Regulations"),
    "languageofassessment": _("Languages of assessment"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "prerequisites": _("Prerequisites"),
    "outcomes": _("Learning outcomes"),
    "what_and_how": _("Contents"),
    "summary": _("In short"),
    "why": _("Why"),
}
BULLET = re.compile(r"\s*[-–•*]\s+")


@register.simple_tag(name="text")
def text_of(thing: Model, field: str) -> Shown:
    """`{% text course "why" as why %}`: the text for this reader, with the language it is in."""
    return shown(thing, field, get_language() or "fi")


@register.filter
def marked(thing: Model, field: str = "title") -> SafeString:
    """`{{ course|marked }}`: the text for this reader within a line, in a span that names its language if another."""
    text, language, is_foreign = text_of(thing, field)
    return format_html('<span lang="{}">{}</span>' if is_foreign else "{1}", language, text)


@register.filter
def in_words(code: str) -> str:
    """A language's name: “Finnish”."""
    return language_name(code)


@register.filter
def prose(plain: str) -> SafeString:
    """Paragraphs parted by empty lines, lists of lines that begin with “- ”; addresses become links."""
    blocks = re.split(r"\n\s*\n", plain.replace("\r\n", "\n").strip())
    return mark_safe("".join(part for block in blocks for part in _parts(block)))  # noqa: S308  parts are escaped


@register.filter
def period(start: date, end: date | None) -> str:
    """“9.2.–20.4.2027”, “9 Feb – 20 Apr 2027”; one day alone where there is no other."""
    long = pgettext("date format: day and year", "j M Y")
    if end is None or end == start:
        return _day(start, long)
    same_year = start.year == end.year
    first = _day(start, pgettext("date format: day", "j M") if same_year else long)
    between = pgettext("between two dates", " – ")
    return f"{first}{between}{_day(end, long)}"


@register.filter
def kept_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was kept from a feed, as names and texts, but for what the page shows elsewhere or only staff need."""
    told = (
        (name, _told(value))
        for name, value in facts.items()
        if name not in SHOWN_ELSEWHERE | FOR_STAFF
    )
    return [(_name(name), value) for name, value in told if value]


def _told(value: object) -> str:
    if isinstance(value, dict):
        pairs = ((_plain(key), _told(each)) for key, each in value.items())
        return "; ".join(f"{key}: {each}" for key, each in pairs if each)
    if isinstance(value, list):
        return "\n".join(filter(None, map(_told, value)))
    return "" if value is None else str(value)


def _name(key: str) -> str:
    return str(NAMES.get(key) or _plain(key))


def _plain(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _day(on: date, pattern: str) -> str:
    written = date_format(on, pattern)
    return (written if get_language() == "en" else written.lower()).replace(
        " ", "\N{NO-BREAK SPACE}"
    )


def _parts(block: str) -> Iterator[str]:
    for is_list, lines in groupby(block.split("\n"), key=lambda line: bool(BULLET.match(line))):
        if is_list:
            items = (f"<li>{_linked(BULLET.sub('', line, count=1))}</li>" for line in lines)
            yield f"<ul>{''.join(items)}</ul>"
        elif texts := [_linked(line.strip()) for line in lines if line.strip()]:
            yield f"<p>{'<br>'.join(texts)}</p>"


def _linked(line: str) -> str:
    return urlize(conditional_escape(line), nofollow=True)
