"""Days in a feed: ISO 8601 in all its forms, and days and months as people write them.

A moment with a time zone is the day it falls on in Finland. Midnight in summer written as 23:00 UTC the day
before, as many exports do, thereby becomes the day that was meant.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Helsinki")
YEARS = range(1990, 2100)
MONTHS = {
    1: r"jan(?:uar[yi])?|tammikuu\w*",
    2: r"feb(?:ruar[yi])?|helmikuu\w*",
    3: r"mar(?:ch|s)?|maaliskuu\w*",
    4: r"apr(?:il)?|huhtikuu\w*",
    5: r"ma[yj]|toukokuu\w*",
    6: r"jun[ei]?|kesäkuu\w*",
    7: r"jul[yi]?|heinäkuu\w*",
    8: r"aug(?:usti?)?|elokuu\w*",
    9: r"sept?(?:ember)?|syyskuu\w*",
    10: r"o[ck]t(?:ober)?|lokakuu\w*",
    11: r"nov(?:ember)?|marraskuu\w*",
    12: r"dec(?:ember)?|joulukuu\w*",
}
MONTH = rf"\b(?P<name>{'|'.join(MONTHS.values())})\b\.?"
CLOCK = r"(?:[T ]+(?P<time>\d\d?[:.]\d\d)(?::\d\d(?:[.,]\d+)?)?)?"
ZONE = r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?"
YEAR = r"(?P<y>\d{4}|\d\d)(?!\d)"
NTH = r"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th|\.)?"
WRITTEN = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<y>\d{{4}})-(?P<m>\d\d?)-(?P<d>\d\d?){CLOCK}{ZONE}(?!\d)",
        r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
        r"(?<!\d)(?P<y>\d{4})(?P<sep>[/.])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)(?!\d)",
        rf"(?<!\d)(?P<d>\d\d?)(?P<sep>[./-])(?P<m>\d\d?)(?P=sep){YEAR}{CLOCK}",
        rf"{NTH}[\s-]+(?:of\s+)?{MONTH},?[\s-]+{YEAR}",
        rf"{MONTH}\s+{NTH},?\s+{YEAR}",
        rf"{MONTH},?[\s-]+(?P<y>\d{{4}})(?!\d)",
        r"^(?P<y>\d{4})-(?P<m>\d\d)$",
        r"^(?P<y>\d{4})(?:[/-]\d\d(?:\d\d)?)?$",
    )
]
WEEKDAY = re.compile(
    r"\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|\w+tai|keskiviikko|"
    r"(?:mån|tis|ons|tors|fre|lör|sön)dag)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Day:
    """The first and the last day of what a text names: a day, a month or a year.

    `is_all` when the text says nothing more; `at` is the time of day, as HH:MM.
    """

    on: date
    until: date
    is_all: bool
    at: str = ""

    @property
    def is_exact(self) -> bool:
        return self.on == self.until


def day(text: str) -> Day | None:
    """The first day, or else month or year, that the text names; None when it names none that can be."""
    text = text.strip()[:300]
    for pattern in WRITTEN:
        found = pattern.search(text)
        on = _named(found.groupdict()) if found else None
        if found and on:
            parts = found.groupdict()
            on, at = _at_home(on, parts.get("time") or "", parts.get("zone") or "")
            rest = WEEKDAY.sub("", text[: found.start()] + text[found.end() :])
            return Day(on, _until(on, parts), not rest.strip(" ,.()"), at)
    return None


def _named(parts: dict[str, str | None]) -> date | None:
    year, month, number = int(parts["y"] or 0), _month(parts), int(parts.get("d") or 1)
    if len(parts["y"] or "") == 2:
        year += 2000
    if parts.get("sep") == "/" and month > 12:
        month, number = number, month
    try:
        return date(year, month, number) if year in YEARS else None
    except ValueError:
        return None


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    if not name:
        return int(parts.get("m") or 1)
    return next(
        month for month, names in MONTHS.items() if re.fullmatch(names, name, re.IGNORECASE)
    )


def _until(on: date, parts: dict[str, str | None]) -> date:
    if parts.get("d"):
        return on
    month = on.month if parts.get("m") or parts.get("name") else 12
    return date(on.year, month, monthrange(on.year, month)[1])


def _at_home(on: date, at: str, zone: str) -> tuple[date, str]:
    """Day and time in Finland; midnight is no time of day. A time without a zone is taken as it stands."""
    hour, _colon, minute = at.replace(".", ":").partition(":")
    if not minute or int(hour) > 23 or int(minute) > 59:
        return on, ""
    clock = time(int(hour), int(minute))
    if not zone:
        return on, f"{clock:%H:%M}" if clock != time() else ""
    offset = timedelta() if zone in "Zz" else _offset(zone)
    moment = datetime.combine(on, clock, timezone(offset)).astimezone(HOME)
    return moment.date(), ""


def _offset(zone: str) -> timedelta:
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]) % 15, minutes=int(digits[2:]) % 60)
    return -size if zone[0] == "-" else size


def moment(on: date, *, ends: bool) -> datetime:
    """The first or the last minute of the day in Finland."""
    return datetime.combine(on, time(23, 59) if ends else time(), HOME)
