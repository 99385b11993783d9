"""Is every column declared, and none waved through? (`consent.privacy`)

A column that by its type or name can hold a name, an address, a phone number, an IP address or free text is not
technical. It may be called impersonal, with the reason, only in a model whose rows belong to nobody.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

import re
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models

from accounts.models import User
from consent.models import Person
from consent.privacy import Column, Erased, Holding, Sort, Table

LONGEST_CODE = 64  # characters; longer text that is not chosen from a list is free text
FREE = (
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.EmailField,
    models.URLField,
    models.GenericIPAddressField,
    ArrayField,
    SearchVectorField,
)
TELLING = re.compile(
    r"(^|_)(name|names|title|email|mail|phone|mobile|address|street|postcode|zip|city|ip|agent|note|notes|comment"
    r"|message|reply|bio|birth\w*|age|gender|ssn|iban|password|secrets?|token|photo|avatar)(_|$)"
)


def gaps(
    holdings: Iterable[Holding],
    tables: Iterable[Table] = (),
    of: Iterable[type[models.Model]] | None = None,
) -> list[str]:
    """Everything that is wrong with the declarations, one line each; `of` are all models unless named."""
    known = of or apps.get_models(include_auto_created=True)
    every = [
        model for model in known if model._meta.managed and not model._meta.proxy
    ]  # has a table
    found = list(holdings)
    personal = {holding.model for holding in found if holding.whose}
    declared = {holding.model: holding for holding in found}
    lines = [f"{model._meta.label}: undeclared" for model in every if model not in declared]
    for holding in found:
        lines += [f"{holding.model._meta.label}: {line}" for line in _of(holding, personal)]
    return lines + list(_of_tables(every, tables))


def _of(holding: Holding, personal: set[type[models.Model]]) -> Iterator[str]:
    columns = {field.name: field for field in holding.model._meta.concrete_fields}
    names = [column.name for column in holding.each_column()]
    yield from (f"{name} undeclared" for name in columns if name not in names)
    yield from (f"{name} is no column" for name in names if name not in columns)
    yield from (f"{name} declared twice" for name in sorted(set(names)) if names.count(name) > 1)
    if (holding.whose is None) is not (holding.erased == Erased.NOTHING):
        yield "says whose its rows are, and nothing of their erasure, or the other way round"
    if holding.whose is not None and not (holding.reason and holding.until):
        yield "says not why, or not how long"
    for column in holding.each_column():
        if column.name in columns:
            yield from _of_column(holding, column, columns[column.name], personal)


def _of_column(
    holding: Holding,
    column: Column,
    field: "models.Field[object, object]",
    personal: set[type[models.Model]],
) -> Iterator[str]:
    people = {User, Person} | personal
    names_a_person = field.related_model in people
    if column.sort == Sort.PERSONAL:
        if holding.whose is None and column.link is None:
            yield f"{column.name} is personal in rows that are nobody’s: say whose they are"
        if column.link is not None and column.becomes is None and not field.null:
            yield f"{column.name} cannot be emptied"
    elif names_a_person and not isinstance(field, models.ManyToManyField):
        yield f"{column.name} names a person"
    elif column.sort == Sort.TECHNICAL and can_tell(field):
        yield f"{column.name} can hold a name or free text"
    elif column.sort == Sort.IMPERSONAL and not column.because:
        yield f"{column.name} is impersonal without a reason"
    elif column.sort == Sort.IMPERSONAL and (holding.whose or _must_name(holding.model, people)):
        yield f"{column.name} cannot be impersonal where a row belongs to a person"


def can_tell(field: "models.Field[object, object]") -> bool:
    """Whether the column could hold something of a person, by its type or name."""
    if TELLING.search(field.name):
        return not isinstance(
            field, models.BooleanField | models.DateTimeField | models.IntegerField
        )
    if isinstance(field, FREE):
        return True
    return (
        isinstance(field, models.CharField)
        and not field.choices
        and (field.max_length or 0) > LONGEST_CODE
    )


def _must_name(model: type[models.Model], people: set[type[models.Model]]) -> bool:
    """Whether no row can be without a person."""
    return any(
        field.related_model in people and not field.null for field in model._meta.concrete_fields
    )


def _of_tables(every: list[type[models.Model]], tables: Iterable[Table]) -> Iterator[str]:
    known = {model._meta.db_table: model for model in every}
    declared = {table.name for table in tables}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            if name in known:
                modelled = {field.column for field in known[name]._meta.concrete_fields}
                real = connection.introspection.get_table_description(cursor, name)
                yield from (
                    f"{name}.{column.name}: a column of no model"
                    for column in real
                    if column.name not in modelled
                )
            elif name not in declared:
                yield f"{name}: a table of no model, undeclared"
