"""Slugs for what a feed brings: readable where they can be, unique always, and never changed afterwards."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify

from courses.exchange.xcri.records import digest


def wishes(length: int, name: str, second: str, unique: str) -> list[str]:
    """The name; the name and a second word; the name and a digest of what is unique. At most `length` long."""
    base = slugify(name)[: length - 60].strip("-")
    last = digest(unique)[:10]
    wished = [base, f"{base}-{slugify(second)[:40]}".strip("-"), f"{base}-{last}".strip("-")]
    return [wish for wish in wished if wish]


def free(objects: QuerySet[Any], wished: Sequence[Sequence[str]]) -> list[str]:
    """For each the first slug it wishes for that neither a row nor one before it has."""
    asked = {wish for each in wished for wish in each}
    taken = set(objects.filter(slug__in=asked).values_list("slug", flat=True))
    given: list[str] = []
    for each in wished:
        given.append(next(wish for wish in each if wish not in taken))
        taken.add(given[-1])
    return given
