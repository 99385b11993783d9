"""Dates and euros as the reader's language writes them, woven monograms and learning paths."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Protocol

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
THREADS = 6


# --- words ---------------------------------------------------------------------


@register.filter
def day(value: date | None) -> str:
    """Weekday and day: “ti 9.2.”, “Tue 9 Feb”."""
    return _date(value, pgettext("date format: weekday and day", "D j M"))


@register.filter
def day_year(value: date | None) -> str:
    """Weekday, day and year: “ti 9.2.2027”, “Tue 9 Feb 2027”."""
    return _date(value, pgettext("date format: weekday, day and year", "D j M Y"))


@register.filter
def clock(value: datetime | time | None) -> str:
    """The time of day, a datetime in Helsinki's time: “9.30”, “9:30”."""
    if value is None:
        return ""
    moment = timezone.localtime(value) if isinstance(value, datetime) else value
    return time_format(moment, pgettext("time format", "G:i"))


@register.filter
def from_clock(value: datetime | time | None) -> str:
    """Where a stretch of time begins: “klo 9.00” before “–16.00”, “9:00” before “–16:00”."""
    return pgettext("beginning of a stretch of time", "%(time)s") % {"time": clock(value)}


@register.filter
def euros(amount: Decimal | None) -> str:
    """Euros, with cents only when there are some: “1 190 €”, “12,50 €”, “€1,190”."""
    if amount is None:
        return ""
    return _euros(amount, 0 if amount == amount.to_integral_value() else 2)


@register.filter
def euros_cents(amount: Decimal | None) -> str:
    """Euros always with cents, for sums under each other: “1 190,00 €”."""
    return "" if amount is None else _euros(amount, 2)


@register.filter
def numbers(page: "Page[Any]") -> list[int | str]:
    """The page with two on each side, the first and the last; an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))


@register.filter
def unbroken(text: str) -> str:
    """A phone number or another short text that stays on one line."""
    return text.replace(" ", NBSP)


@register.filter
def address(email: str) -> SafeString:
    """An e-mail address that may break before its @."""
    name, at, host = email.partition("@")
    return format_html("{}<wbr>{}{}", name, at, host)


def _date(value: date | None, pattern: str) -> str:
    if value is None:
        return ""
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    text = date_format(on, pattern)
    return (text if get_language() == "en" else text.lower()).replace(" ", NBSP)


def _euros(amount: Decimal, places: int) -> str:
    figure = number_format(amount, decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"€{figure}" if get_language() == "en" else f"{figure}{NBSP}€"


# --- woven monogram --------------------------------------------------------------


@register.inclusion_tag("parts/_monogram.html")
def monogram(name: str) -> dict[str, object]:
    """A woven mark for a person without a photo; the same name always gives the same mark."""
    seed = int.from_bytes(blake2b(name.casefold().encode(), digest_size=4).digest())
    warp = seed % THREADS
    weft = (warp + 1 + seed // 6 % (THREADS - 1)) % THREADS
    lines = [(10, 32, 54), (7, 23, 41, 57), (13, 51), (6, 16, 48, 58)][seed // 30 % 4]
    return {
        "initials": initials(name),
        "warp": f"c{warp + 1}",
        "weft": f"c{weft + 1}",
        "warp_path": _threads(lines, shift=seed // 120 % 2, pattern="M{at} {start}V{end}"),
        "weft_path": _threads(lines, shift=1 - seed // 120 % 2, pattern="M{start} {at}H{end}"),
    }


def initials(name: str) -> str:
    """First letters of the first and the last part of a name."""
    parts = name.split()
    return (
        "".join(part[0].upper() for part in dict.fromkeys((parts[0], parts[-1]))) if parts else ""
    )


def _threads(lines: Sequence[int], shift: int, pattern: str) -> str:
    """Path of parallel threads on a 64 × 64 ground that dive under every second crossing."""
    return "".join(
        pattern.format(at=at, start=start, end=end)
        for row, at in enumerate(lines)
        for start, end in _over(lines[(row + shift) % 2 :: 2])
    )


def _over(dives: Iterable[int]) -> list[tuple[int, int]]:
    """Stretches of a thread 64 long that stay visible when it dives at the given places."""
    edges = [0, *(edge for at in dives for edge in (at - 5, at + 5)), 64]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


# --- learning path -----------------------------------------------------------------


class PathNode(Protocol):
    """A step of a learning path: a course on a thread."""

    title: str
    language: str
    url: str
    credits: Decimal | None
    thread: int
    here: bool


class PathTheme(Protocol):
    """A thread of the path; its text is its name."""

    thread: int


class Path(Protocol):
    """One or two threads that meet at the course one is looking at."""

    themes: Sequence[PathTheme]
    nodes: Sequence[PathNode]


@dataclass(frozen=True)
class Step:
    """A node and where it stands: before, here or after; on the first or the second thread."""

    node: PathNode
    place: str
    row: int
    theme: str


@register.inclusion_tag("courses/_path_steps.html")
def path_steps(path: Path) -> dict[str, object]:
    """The steps of a learning path, at most the nearest one before and after on each thread."""
    themes = {theme.thread: str(theme) for theme in path.themes}
    rows = {thread: row for row, thread in enumerate(themes, start=1)}
    here = next(at for at, node in enumerate(path.nodes) if node.here)
    before, after = list(path.nodes[:here]), path.nodes[here + 1 :]
    nearest = {node.thread: node for node in before}
    following = {node.thread: node for node in reversed(after)}

    def steps(nodes: dict[int, PathNode], place: str) -> list[Step]:
        return [
            Step(nodes[thread], place, rows[thread], name)
            for thread, name in themes.items()
            if thread in nodes
        ]

    middle = Step(path.nodes[here], "here", 1, "")
    return {"steps": [*steps(nearest, "before"), middle, *steps(following, "after")]}
