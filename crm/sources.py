"""The way to be a customer that crm itself knows: belonging to an organisation (C5.1)."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from crm.customers import Interest, Source
from crm.models import Affiliation


def people() -> "QuerySet[Any, Any]":
    """Keys of the people who belong to an organisation today."""
    return Affiliation.objects.current().values_list("person", flat=True)


def interests(some: Collection[int]) -> dict[int, Interest]:
    """The institution that brought in each one's organisation, the primary one first."""
    rows = Affiliation.objects.current().filter(person__in=some).order_by("is_primary", "-pk")
    return {
        person: Interest(owner)
        for person, owner in rows.values_list("person", "organisation__owner")
    }


AFFILIATIONS = Source("crm.affiliations", people, interests)
