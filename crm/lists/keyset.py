"""Pages of a long list by the key of their first or last row: the thousandth is as quick as the first.

An address holds the row's number alone, never what the list is sorted by: that may be a person's name.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable

Row = TypeVar("Row", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, then by number; an index on both makes it quick."""

    name: str
    by: Combinable
    is_descending: bool = False

    @property
    def key(self) -> str:
        """As it stands in an address."""
        return f"-{self.name}" if self.is_descending else self.name


@dataclass(frozen=True)
class Place:
    """Where a page begins: after a row, before one, or, with neither, at the top."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows; the row to go back from, and the one to go on from, where there are more."""

    rows: list[Row]
    back: int | None
    on: int | None


def page(rows: "QuerySet[Row]", order: Order, place: Place, size: int = SIZE) -> "Page[Row]":
    """The rows at the place. A row that has gone meanwhile leads to the top of the list."""
    is_back = place.before is not None
    anchor = place.before if is_back else place.after
    value = value_at(rows.model, order, anchor) if anchor is not None else None
    is_top = value is None
    is_back = is_back and not is_top
    found = rows.annotate(sort_key=order.by)
    is_down = order.is_descending != is_back
    if not is_top:
        found = found.filter(beyond(value, anchor, is_down=is_down))
    ends = ("-sort_key", "-pk") if is_down else ("sort_key", "pk")
    some = list(found.order_by(*ends)[: size + 1])
    is_more, some = len(some) > size, some[:size]
    if is_back:
        some.reverse()
    has_before, has_after = (is_more, True) if is_back else (not is_top, is_more)
    return Page(
        some,
        back=some[0].pk if some and has_before else None,
        on=some[-1].pk if some and has_after else None,
    )


def value_at(model: type[Row], order: Order, anchor: int) -> Any:
    """What the row is sorted by; None when there is no such row."""
    row = model._default_manager.filter(pk=anchor).annotate(sort_key=order.by)  # noqa: SLF001  Django's documented API
    return row.values_list("sort_key", flat=True).first()


def beyond(value: Any, anchor: int | None, *, is_down: bool) -> Q:
    """What comes after the row. The first condition, which the others imply, is the one an index understands."""
    way = "lt" if is_down else "gt"
    return Q(**{f"sort_key__{way}e": value}) & (
        Q(**{f"sort_key__{way}": value}) | Q(**{f"pk__{way}": anchor})
    )


def order_of(orders: tuple[Order, ...], asked: str) -> Order:
    """The order of this name, `-name` for the other way round; the first one for anything else."""
    name = asked.removeprefix("-")
    for order in orders:
        if order.name == name:
            return Order(order.name, order.by, asked.startswith("-"))
    return orders[0]


def by_field(name: str) -> Order:
    """By a column of the row itself."""
    return Order(name, F(name))
