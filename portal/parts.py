"""What of a record has changes of its own: the rows that would go with it, so that the audit of each can be reached."""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django_stubs_ext import StrOrPromise

from accounts.audit import Audited, audited
from accounts.models import User

MOST = 50  # rows of a kind, the newest


@dataclass(frozen=True)
class Parts:
    """Rows of one kind, the newest first; `has_more` when there are older ones."""

    name: str
    label: StrOrPromise
    rows: list[models.Model]
    has_more: bool


def of(thing: models.Model, reader: User) -> Iterator[Parts]:
    """The kinds of which the record has rows that this reader may see; one statement for each kind there can be."""
    for each in audited:
        keys = leading_to(each.model, type(thing))
        if not keys or not each.may_be_seen_by(reader):
            continue
        rows = list(named(each, reader).filter(any_of(keys, thing)).order_by("-pk")[: MOST + 1])
        if rows:
            label = each.model._meta.verbose_name_plural or each.name
            yield Parts(each.name, label, rows[:MOST], len(rows) > MOST)


def leading_to(model: type[models.Model], whole: type[models.Model]) -> list[str]:
    """The columns by which a row of the model is a part of the whole: it goes when the whole does."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model is whole
        and field.remote_field.on_delete is models.CASCADE
    ]


def any_of(keys: list[str], thing: models.Model) -> Q:
    found = Q()
    for key in keys:
        found |= Q(**{key: thing})
    return found


def named(each: Audited, reader: User) -> "models.QuerySet[models.Model]":
    """The rows of which the reader may see changes, with what their names are made from."""
    pointed = [field.name for field in each.model._meta.concrete_fields if field.is_relation]
    return each.rows_of(reader).select_related(*pointed)
