"""Facets with their options: the counts of `search.sql` with names, in an order that stays put (A1.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.text import capfirst

from accounts.models import LANGUAGES
from courses.catalogue.names import Names
from courses.catalogue.query import FACETS, Extent, Price, Query, Seats
from courses.models import Run

Counts = Mapping[str, Mapping[str, int]]
MOST_SHOWN = 8
SITE_LANGUAGES = [code for code, _ in LANGUAGES]
FIXED: dict[str, type[TextChoices]] = {
    "delivery": Run.Delivery,
    "price": Price,
    "credits": Extent,
    "seats": Seats,
}


@dataclass(frozen=True, slots=True)
class Option:
    """A value one can filter by, and how many courses it would show; `id` is fit for HTML, `thread` a theme's."""

    id: str
    value: str
    label: str
    count: int
    is_chosen: bool
    thread: int = 0

    @property
    def is_disabled(self) -> bool:
        return not (self.count or self.is_chosen)


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of options; those beyond the first few are `more`, unfolded when one of them is chosen."""

    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def first(self) -> tuple[Option, ...]:
        return self.options[:MOST_SHOWN]

    @property
    def more(self) -> tuple[Option, ...]:
        return self.options[MOST_SHOWN:]

    @property
    def is_unfolded(self) -> bool:
        return any(option.is_chosen for option in self.more)


def facets(counts: Counts, names: Names, query: Query) -> list[Facet]:
    """Every facet that has options; those that would show nothing are among them."""
    everything = (
        Facet(facet, str(label), tuple(_options(facet, counts, names, query)))
        for facet, label in FACETS.items()
    )
    return [facet for facet in everything if facet.options]


def unknown(counts: Counts, names: Names, query: Query) -> list[tuple[str, str]]:
    """Chosen values that the catalogue has never heard of."""
    known = {
        "theme": names.themes.keys(),
        "institution": names.institutions.keys(),
        "place": names.places.keys(),
        "language": {*counts["language"], *SITE_LANGUAGES},
    }
    return [
        (facet, value)
        for facet, value in query.filters
        if facet in known and value not in known[facet]
    ]


def _options(facet: str, counts: Counts, names: Names, query: Query) -> Iterator[Option]:
    chosen = query.chosen.get(facet, ())
    for value, label in _choices(facet, {*counts[facet], *chosen}, names):
        id_ = f"{facet}-{value.replace(' ', '_')}"
        thread = names.themes[value].thread if facet == "theme" else 0
        yield Option(
            id_, value, capfirst(label), counts[facet].get(value, 0), value in chosen, thread
        )


def _choices(facet: str, values: set[str], names: Names) -> list[tuple[str, str]]:
    """Values with their names, in the order of the page; `values` are those that occur or are chosen."""
    if facet in FIXED:
        return [(each.value, str(each.label)) for each in FIXED[facet]]
    if facet == "theme":
        ordered = list(names.themes)
    elif facet == "institution":
        ordered = [value for value in names.institutions if value in values]
    elif facet == "language":
        ordered = SITE_LANGUAGES + sorted(values.difference(SITE_LANGUAGES))
    else:
        ordered = sorted(values)
    return [(value, names.of(facet, value)) for value in ordered]
