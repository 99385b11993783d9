"""Answer a query of the catalogue: one statement for rows, facets and weave, and two more when there are words."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.urls import reverse

from courses.catalogue.facets import Facet, Option, facets, unknown
from courses.catalogue.names import Names, ThemeName
from courses.catalogue.query import FACETS, Query
from courses.catalogue.rows import Row, row
from courses.catalogue.weave import Weave, weave
from courses.contacts import Contact, among
from courses.search import Found, find
from courses.texts import shown_of

PAGE_SIZE = 20
SQL = Path(__file__).with_name("search.sql").read_text()


@dataclass(frozen=True)
class Listing:
    """What the catalogue answers. `without` says, when nothing was found, what each filter's removal would show."""

    query: Query
    count: int
    rows: list[Row]
    facets: list[Facet]
    weave: Weave
    page: "Page[int]"
    corrected: str
    unknown: list[tuple[str, str]]
    without: dict[str, int]
    contact: Contact

    @property
    def is_beyond_end(self) -> bool:
        return self.query.page > self.page.paginator.num_pages

    @property
    def options(self) -> dict[str, tuple[Option, ...]]:
        """Every facet's options by its name."""
        return {facet.name: facet.options for facet in self.facets}


def search(query: Query, *, reader: str, today: date, size: int = PAGE_SIZE) -> Listing:
    """The page of courses that the query shows a reader of the language on the day, with the counts around it."""
    found = find(query.q, reader) if query.q else Found()
    counts, names, rows = _read(query, found, reader, today, size)
    base = reverse("courses:course_list")
    count = counts["all"].get("", 0)
    return Listing(
        query=query,
        count=count,
        rows=[row(slug, data, names, base) for slug, data in rows],
        facets=facets(counts, names, query),
        weave=weave(counts["weave"], names, query, base),
        page=Paginator(range(count), size).get_page(query.page),
        corrected=found.corrected,
        unknown=unknown(counts, names, query),
        without={} if count else dict(counts["without"]),
        contact=among(names.institutions, query.chosen.get("institution", ()), reader),
    )


def _read(
    query: Query, found: Found, reader: str, today: date, size: int
) -> tuple[dict[str, dict[str, int]], Names, list[tuple[str, dict[str, Any]]]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    names = Names(reader, today)
    rows: list[tuple[str, dict[str, Any]]] = []
    for kind, key, number, details in _ask(query, found, reader, today, size):
        if details is None:
            counts[kind][key] = number
        elif kind == "row":
            rows.append((key, details))
        elif kind == "theme":
            names.themes[key] = ThemeName(
                key, shown_of(details, "", reader).text, details["thread"]
            )
        elif kind == "institution":
            names.institutions[key] = details
        else:
            names.places[key] = details["name"]
    return counts, names, rows


def _ask(
    query: Query, found: Found, reader: str, today: date, size: int
) -> list[tuple[str, str, int, dict[str, Any] | None]]:
    """Rows of kind, key, number and details."""
    values = {facet: list(query.chosen.get(facet, ())) or None for facet in FACETS}
    with connection.cursor() as cursor:
        cursor.execute(
            SQL,
            {
                **values,
                "reader": reader,
                "today": today,
                "is_asked": bool(query.q),
                "found": list(found.ranks),
                "ranks": list(found.ranks.values()),
                "order": query.order,
                "size": size,
                "offset": size * (query.page - 1),
            },
        )
        return list(cursor.fetchall())
