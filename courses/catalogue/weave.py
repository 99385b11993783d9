"""The weave: themes by the months in which courses begin. Each knot is a filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from courses.catalogue.names import Names, ThemeName, month_name, month_short
from courses.catalogue.query import Query

MONTHS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """A column: short and full name."""

    value: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A crossing of theme and month; without courses it has no link."""

    count: int
    url: str | None
    month: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class WeaveRow:
    """A theme's thread through the months."""

    theme: str
    thread: int
    url: str
    is_current: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Weave:
    """Themes by months."""

    title: str
    caption_months: tuple[Month, ...]
    rows: tuple[WeaveRow, ...]


def weave(counts: Mapping[str, int], names: Names, query: Query, base: str) -> Weave:
    """Six months, from this one on or from the first in which something begins; `counts` by “theme month”."""
    months = _months(counts, names.today)
    before, after = query.frame()
    chosen = query.chosen.get("theme"), query.chosen.get("month")

    def line(theme: ThemeName) -> WeaveRow:
        url = f"{base}{before}theme={theme.slug}"
        knots = [(month, counts.get(f"{theme.slug} {month.value}", 0)) for month in months]
        return WeaveRow(
            theme=theme.name,
            thread=theme.thread,
            url=url + after,
            is_current=chosen[0] == (theme.slug,),
            cells=tuple(
                Cell(
                    count,
                    f"{url}&month={month.value}{after}" if count else None,
                    month.title,
                    is_current=chosen == ((theme.slug,), (month.value,)),
                )
                for month, count in knots
            ),
        )

    title = _title(months[len(months) // 2].value)
    return Weave(title, months, tuple(line(theme) for theme in names.themes.values()))


def _months(counts: Mapping[str, int], today: date) -> tuple[Month, ...]:
    first = min((key.split()[1] for key in counts), default=f"{today:%Y-%m}")
    year, month = int(first[:4]), int(first[5:])
    values = [
        f"{year + (month + step - 1) // 12}-{(month + step - 1) % 12 + 1:02}"
        for step in range(MONTHS)
    ]
    return tuple(Month(value, month_short(value), month_name(value)) for value in values)


def _title(middle: str) -> str:
    """The weave's name by the season in its middle."""
    month = int(middle[5:])
    if month <= 5:
        return _("Weave of the spring")
    return _("Weave of the summer") if month <= 8 else _("Weave of the autumn")
