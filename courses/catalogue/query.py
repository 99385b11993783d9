"""What a reader asks of the catalogue: words, filters, order and page, as they stand in the address (A1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Chosen = Mapping[str, tuple[str, ...]]


class Price(TextChoices):
    """What the buyer pays, VAT included; each range takes in its upper end."""

    FREE = "free", _("Free of charge")
    UP_TO_500 = "up-to-500", _("Up to €500")
    FROM_500 = "500-1500", _("€500–1,500")
    OVER_1500 = "over-1500", _("Over €1,500")


class Extent(TextChoices):
    """Credits; each range takes in its upper end."""

    NONE = "none", _("No credits")
    UP_TO_2 = "up-to-2", _("Up to 2 ECTS")
    FROM_2 = "2-5", _("2–5 ECTS")
    FROM_5 = "5-10", _("5–10 ECTS")
    OVER_10 = "over-10", _("Over 10 ECTS")


class Seats(TextChoices):
    """Only runs that can still be joined without queuing."""

    LEFT = "1", _("Seats left")


class Order(TextChoices):
    """What comes first."""

    DATE = "date", _("by starting date")
    RELEVANCE = "relevance", _("by relevance")
    PRICE = "price", _("by price")
    TITLE = "title", _("by title")


FACETS = {
    "theme": _("Theme"),
    "month": _("Starting month"),
    "delivery": _("Way of teaching"),
    "place": _("Town"),
    "institution": _("University"),
    "language": _("Teaching language"),
    "price": _("Price"),
    "credits": _("Workload"),
    "seats": _("Seats"),
}


@dataclass(frozen=True)
class Query:
    """A view of the catalogue. Values of one facet are alternatives; different facets must all be met."""

    q: str = ""
    chosen: Chosen = field(default_factory=dict)
    sort: str = ""
    page: int = 1

    @property
    def order(self) -> str:
        """What the results are ordered by: as asked, else by relevance when there are words, else by date."""
        if not self.sort or (self.sort == Order.RELEVANCE and not self.q):
            return self.default_order
        return self.sort

    @property
    def default_order(self) -> str:
        return Order.RELEVANCE if self.q else Order.DATE

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Every (facet, value) chosen, in the order of the facets."""
        return [(facet, value) for facet in FACETS for value in self.chosen.get(facet, ())]

    @property
    def narrowing(self) -> int:
        """How many things narrow the results: filters, and the words searched for."""
        return len(self.filters) + bool(self.q)

    def filtered(self, **values: str) -> "Query":
        """Page 1 with these as the only values of their facets; an empty value takes the facet away."""
        chosen = {**self.chosen, **{facet: (value,) for facet, value in values.items()}}
        return replace(self, page=1, chosen={f: v for f, v in chosen.items() if v != ("",)})

    def without(self, facet: str, value: str) -> "Query":
        """Page 1 without one value of a facet."""
        left = tuple(each for each in self.chosen.get(facet, ()) if each != value)
        chosen = {**self.chosen, facet: left}
        return replace(self, page=1, chosen={f: v for f, v in chosen.items() if v})

    def encoded(self) -> str:
        """The query as the end of an address: always in the same order, what is default left out."""
        page = str(self.page) if self.page > 1 else ""
        return _encoded(("q", self.q), *self.filters, ("sort", self._sort()), ("page", page))

    def frame(self) -> tuple[str, str]:
        """What stands before and after theme and month in the address of page 1; they come first of all filters."""
        before = _encoded(("q", self.q))
        rest = [(facet, value) for facet, value in self.filters if facet not in {"theme", "month"}]
        after = _encoded(*rest, ("sort", self._sort()))
        return f"{before}&" if before else "?", after.replace("?", "&", 1)

    def _sort(self) -> str:
        return "" if self.order == self.default_order else self.order


def _encoded(*pairs: tuple[str, str]) -> str:
    kept = [(name, value) for name, value in pairs if value]
    return f"?{urlencode(kept)}" if kept else ""
