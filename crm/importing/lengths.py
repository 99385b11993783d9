"""How long a cell may be: no longer than the shortest of the columns that it is written to."""
# ruff: noqa: SLF001  _meta is Django's documented API

from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field

from consent.models import Address, Person
from crm.models import (
    Affiliation,
    ContactPerson,
    ImportRow,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)

# Fields of a file that hold whatever somebody typed, and the columns they are written to. Other fields are cleaned to
# something of a known length: a code, a number, a word of a list.
COLUMNS: dict[str, tuple[tuple[type[Any], str], ...]] = {
    "organisation": ((Organisation, "name"),),
    "other_name": ((OrganisationName, "name"),),
    "website": ((Organisation, "website"),),
    "domain": ((OrganisationDomain, "domain"),),
    "street": ((OrganisationAddress, "street"),),
    "postcode": ((OrganisationAddress, "postcode"),),
    "city": ((OrganisationAddress, "city"),),
    "parent": ((Organisation, "name"), (ImportRow, "parent")),
    "name": ((Person, "name"),),
    "email": ((Address, "email"), (ImportRow, "emails")),
    "title": ((ContactPerson, "title"), (Affiliation, "title")),
    "source": ((Organisation, "source"), (ContactPerson, "source"), (ImportRow, "source")),
    "proof": ((ImportRow, "proof"),),
}


@cache
def longest() -> dict[str, int]:
    """Characters of each field that has a bound."""
    return {
        name: min(most(model._meta.get_field(column)) for model, column in columns)
        for name, columns in COLUMNS.items()
    }


def most(column: "Field[Any, Any]") -> int:
    """What the database takes into the column, or into each place of an array."""
    held = column.base_field if isinstance(column, ArrayField) else column
    return int(held.max_length or 0)
