"""A list under the filters of its address: the rows of a page, the columns chosen, the ways on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Permission
from crm.lists import columns, keyset
from crm.lists.columns import Cell, Column
from crm.lists.keyset import Order, Page, Place
from crm.register.actions import actions_for
from crm.register.forms.lists import Filters

AWAY = ("after", "before")  # where in the list one is: another filter begins at its top
SESSION = "list columns"


@dataclass(frozen=True)
class Listing:
    """A kind of list: what is in it for whom, its columns, orders and filters, the names of its pages."""

    name: str
    title: StrOrPromise
    rows: Callable[[User], "QuerySet[Any]"]
    columns: tuple[Column, ...]
    orders: tuple[Order, ...]
    filters: type[Filters]
    url: str
    row_url: str
    new_url: str
    bulk_url: str


class Line(NamedTuple):
    """A row of the list with its cells."""

    row: Any
    url: str
    cells: list[tuple[Column, Cell]]


class Head(NamedTuple):
    """A column's heading; `url` sorts by it, where it can."""

    column: Column
    url: str
    sort: str


class Choice(NamedTuple):
    """A column one can have."""

    column: Column
    is_on: bool


def found(listing: Listing, filters: Filters) -> "QuerySet[Any]":
    """What the list has under the filters."""
    return filters.apply(listing.rows(filters.user))


def number(text: str) -> int | None:
    """A row's number out of an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def place_of(query: QueryDict) -> Place:
    return Place(after=number(query.get("after", "")), before=number(query.get("before", "")))


def chosen_columns(request: SignedInRequest, listing: Listing) -> list[Column]:
    """Those of the address, which are remembered; else the remembered ones."""
    kept = request.session.get(SESSION, {})
    if "columns" in request.GET:
        kept = {**kept, listing.name: request.GET.getlist("columns")[:40]}
        shown = columns.chosen(listing.columns, kept[listing.name])
        kept[listing.name] = [each.name for each in shown]
        request.session[SESSION] = kept
    return columns.chosen(listing.columns, kept.get(listing.name, []))


def without(query: QueryDict, *names: str, **instead: object) -> str:
    """The query without these parameters and the empty ones, with others, and from the top of the list."""
    other = query.copy()
    empty = [name for name, values in query.lists() if not any(values)]
    for name in (*names, *AWAY, *empty):
        other.pop(name, None)
    for name, value in instead.items():
        other[name] = str(value)
    return f"?{other.urlencode()}" if other else "?"


def context(request: SignedInRequest, listing: Listing) -> dict[str, Any]:
    """All that the page shows."""
    filters = listing.filters(request.GET, user=request.user)
    rows = found(listing, filters)
    shown = chosen_columns(request, listing)
    order = keyset.order_of(listing.orders, request.GET.get("sort", ""))
    page = keyset.page(columns.prepared(rows, shown), order, place_of(request.GET))
    base = reverse(listing.url)
    return {
        "listing": listing,
        "base": base,
        "filters": filters,
        "count": rows.count(),
        "heads": [head(request.GET, listing, each, order) for each in shown],
        "lines": lines(listing, page, shown),
        "choices": [Choice(each, each in shown) for each in listing.columns],
        "chips": [(base + without(request.GET, each.name), each.text) for each in filters.chips()],
        "clear_url": base,
        "sort": order.key,
        "back": without(request.GET, before=page.back) if page.back else "",
        "on": without(request.GET, after=page.on) if page.on else "",
        "top": without(request.GET),
        "is_top": page.back is None,
        "query": without(request.GET, "columns").removeprefix("?"),
        "actions": actions_for(request.user),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS),
        "bulk_url": reverse(listing.bulk_url),
        "new_url": reverse(listing.new_url),
    }


def head(query: QueryDict, listing: Listing, column: Column, order: Order) -> Head:
    """The heading; pressed once more it sorts the other way round."""
    if column.name not in {each.name for each in listing.orders}:
        return Head(column, "", "")
    is_current = column.name == order.name
    turned = f"-{column.name}" if is_current and not order.is_descending else column.name
    way = "descending" if order.is_descending else "ascending"
    return Head(column, without(query, sort=turned), way if is_current else "")


def lines(listing: Listing, page: "Page[Model]", shown: list[Column]) -> list[Line]:
    """The rows of the page."""
    return [
        Line(
            row,
            reverse(listing.row_url, args=[row.pk]),
            [(column, column.value(row)) for column in shown],
        )
        for row in page.rows
    ]


def show(request: SignedInRequest, listing: Listing, **more: object) -> HttpResponse:
    """The page, or for htmx the list alone; 400 when a filter cannot be read."""
    drawn = {**context(request, listing), **more}
    asked = request.headers
    is_part = "HX-Request" in asked and "HX-History-Restore-Request" not in asked
    template = "crm/_register_list_part.html" if is_part else "crm/staff_list.html"
    status = 400 if drawn["filters"].errors else 200
    response = render(request, template, drawn, status=status)
    if is_part:
        response.headers["HX-Push-Url"] = f"{drawn['base']}{without(request.GET)}"
    return response
