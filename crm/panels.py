"""Cards on a customer's page: data that upper apps register, drawn by their own template (docs/architecture.md).

`rows` gives a queryset, not HTML; the page takes the first few and asks no more than one query for each card.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import QuerySet
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.roles import Permission
from common.registry import Registry
from consent.models import Person
from crm.models import Organisation

Customer = Person | Organisation
PERSON: Literal["person"] = "person"
ORGANISATION: Literal["organisation"] = "organisation"


@dataclass(frozen=True)
class Panel:
    """A card: `of` says on whose page it is, `rows` are the customer's as this member of staff may see them.

    `template` is a partial that draws `rows`; `permission` is what a reader needs to see the card at all.
    """

    name: str
    title: StrOrPromise
    of: Literal["person", "organisation"]
    rows: Callable[[Any, User], "QuerySet[Any]"] = field(compare=False)
    template: str
    permission: Permission = Permission.SEE_CUSTOMERS
    most: int = 8


@dataclass(frozen=True)
class Card:
    """A panel with what it has for one customer; `has_more` when that is not all."""

    panel: Panel
    rows: list[Any]
    has_more: bool


panels: Registry[Panel] = Registry("panels of a customer’s page")


def cards(customer: Customer, reader: User) -> list[Card]:
    """The cards of the customer's page that the reader may see, in the order they were registered."""
    of = PERSON if isinstance(customer, Person) else ORGANISATION
    return [card(each, customer, reader) for each in seen_by(reader) if each.of == of]


def seen_by(reader: User) -> Iterable[Panel]:
    """The panels the reader's roles allow."""
    return [each for each in panels if reader.may(each.permission)]


def card(panel: Panel, customer: Customer, reader: User) -> Card:
    """The panel's first rows."""
    rows = list(panel.rows(customer, reader)[: panel.most + 1])
    return Card(panel, rows[: panel.most], len(rows) > panel.most)
