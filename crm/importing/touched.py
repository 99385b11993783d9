"""What of an import's making somebody has touched since: changed, saved a form over, or hung something on.

What the import wrote is compared with what is there now, in every table and every column (`marks`). What was not noted, or
cannot be compared, counts as touched: it stays.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from consent import emptying
from consent.models import Person
from crm import kinds
from crm.importing import bringing, marks
from crm.importing.problems import Problem, Why
from crm.models import Duplicate, Encounter, Import, ImportRow, Look, NamedContact, Organisation

Ours = dict[type[Any], Any]  # conditions on rows that keep nothing back
Keys = dict[str, set[int]]  # of what rows made, by kind
TABLES: dict[str, type[Any]] = {"organisation": Organisation, "person": Person, **bringing.MADE}

# what the portal has made of a customer by itself, or by being looked at: it is no work of anybody's
BY_ITSELF: Ours = {
    NamedContact: Q(chosen=NamedContact.Chosen.RULE),
    Encounter: Q(kind=kinds.CONTACT_NAMED, by__isnull=True),
    Duplicate: Q(verdict=""),
    Look: Q(pk__isnull=False),
}


def table(what: str) -> "QuerySet[Any]":
    """All rows of the kind, those that turned out to be others too."""
    return QuerySet(model=TABLES[what])


def made(found: Iterable[ImportRow], what: str) -> set[int]:
    """Keys of what the rows made of a kind."""
    return {key for row in found for key in made_by(row, what)}


def made_by(row: ImportRow, what: str) -> list[int]:
    """Keys of what one row made of a kind."""
    value = row.made.get(what, [])
    return value if isinstance(value, list) else [value]


def stay(row: ImportRow, code: Why, what: str) -> None:
    """Something of the row stays, and why."""
    row.state = ImportRow.State.STAYS
    row.problems = [*row.problems, Problem(code, {"what": what}).as_json()]


# --- changed --------------------------------------------------------------------------------


def saved_over(imported: Import, found: list[ImportRow]) -> Keys:
    """Keys of what the rows made and somebody has saved since: its version is higher than the import itself has raised it.

    To be asked before anything of these rows is taken back.
    """
    keys: Keys = {}
    for what, column in marks.VERSIONED.items():
        later = table(what).filter(pk__in=made(found, what), version__gt=1)
        now = dict(later.values_list("pk", "version"))
        raised = Counter(dict.fromkeys(now, 1))
        told = imported.rows.filter(**{f"{column}__in": now}, made__has_key="raised")
        for key, counts in told.values_list(column, "made__raised"):
            raised[key] += counts.get(what, 0)
        keys[what] = {key for key, version in now.items() if version != raised[key]}
    return keys


def changed(found: list[ImportRow], those: Iterable[str], saved: Keys) -> Keys:
    """Keys of what is not as the rows made it, by kind, told on the rows; what is gone has no key any more."""
    keys: Keys = defaultdict(set)
    for what in those:
        now = {each.pk: marks.of(each) for each in table(what).filter(pk__in=made(found, what))}
        for row in found:
            for key in made_by(row, what):
                is_saved = key in saved.get(what, ())
                if key in now and (is_saved or now[key] != marks.kept(row, what, key)):
                    keys[what].add(key)
                    stay(row, Why.CHANGED, what)
    return keys


# --- in use ---------------------------------------------------------------------------------


def in_use(found: list[ImportRow], what: str, ours: Ours) -> set[int]:
    """Keys of what something refers to that is not the import's own, told on the rows."""
    keys = referred(TABLES[what], made(found, what), ours)
    for row in found:
        if row.made.get(what) in keys:
            stay(row, Why.IN_USE, what)
    return keys


def referred(model: type[models.Model], keys: set[int], ours: Ours) -> set[int]:
    """Those of the keys that a row of any table refers to, `ours` aside."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        column = getattr(relation, "field", None)
        if relation.concrete or not emptying.is_kept_by_the_database(column):
            continue
        others: QuerySet[Any] = QuerySet(model=column.model).filter(**{f"{column.name}__in": keys})
        if column.model in ours:
            others = others.exclude(ours[column.model])
        found |= set(others.values_list(column.attname, flat=True))
    return found
