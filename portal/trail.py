"""What the audit tells of one row, in the reader's words: who changed what, when, from what to what."""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.audit import Audited
from accounts.models import User
from consent.export_page import in_words
from consent.labels import LABELS

ON_PAGE = 50
Names = dict[type[models.Model], dict[Any, models.Model]]


@dataclass(frozen=True)
class Difference:
    """A column that the change touched; an empty side says that there was, or is, nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """One change: `before_unknown` when what stood there before is no longer kept."""

    at: datetime
    done: str
    who: str
    differences: list[Difference]
    before_unknown: bool


@dataclass(frozen=True)
class Trail:
    """Changes of a row, newest first; `older` is the key to go on from, `named` is what the changes point to and name."""

    told: list[Told]
    older: int | None
    named: list[models.Model]


def of(audited: Audited, key: int, reader: User, *, before: int | None = None) -> Trail:
    """The row's changes that this reader may see, ON_PAGE at a time: those older than the change `before`."""
    found = audited.seen_by(reader).filter(pgh_obj=key).order_by("-pgh_id")
    if before is not None:
        found = found.filter(pgh_id__lt=before)
    rows = list(found[: ON_PAGE + 1])
    shown = rows[:ON_PAGE]
    columns = [each for each in audited.changes._meta.concrete_fields if is_told(each)]
    steps = [
        (change, former, changed(columns, change, former))
        for change, former in zip(shown, [*rows[1:], None][: len(shown)], strict=True)
    ]
    names = names_of(steps)
    authors = authors_of(shown)
    told = [
        Told(
            at=change.pgh_created_at,
            done=change.get_pgh_label_display(),
            who=who(change.pgh_context, authors),
            differences=list(differences(change, former, columns, names)),
            before_unknown=change.pgh_label != "insert" and former is None,
        )
        for change, former, columns in steps
    ]
    named = [each for kind in names.values() for each in kind.values()]
    return Trail(told, shown[-1].pgh_id if len(rows) > ON_PAGE else None, named)


def is_told(column: "models.Field[Any, Any]") -> bool:
    return not column.name.startswith("pgh_") and column.name not in {"id", "version"}


def changed(columns: Iterable[Any], change: Any, former: Any) -> list[Any]:
    """The columns that differ from the change before; all that say something where there is none to compare with."""
    if former is not None and change.pgh_label == "update":
        return [
            each
            for each in columns
            if getattr(change, each.attname) != getattr(former, each.attname)
        ]
    return [each for each in columns if getattr(change, each.attname) not in (None, "", [], {})]


def differences(
    change: Any, former: Any, columns: Iterable[Any], names: Names
) -> Iterator[Difference]:
    for column in columns:
        now = said(column, change, names)
        if change.pgh_label == "delete":
            yield Difference(label_of(column), now, "")
        else:
            was = said(column, former, names) if former and change.pgh_label == "update" else ""
            yield Difference(label_of(column), was, now)


def said(column: Any, change: Any, names: Names) -> str:
    """The value in words; what it points to by its name, or by its number when it is gone."""
    value = getattr(change, column.attname)
    if value in (None, "", [], {}):
        return ""
    if isinstance(column, models.ForeignKey):
        return str(names[column.related_model].get(value, f"#{value}"))
    if isinstance(column, models.FileField):
        return str(value.name)
    return in_words(column, value)


def names_of(steps: Iterable[tuple[Any, Any, list[Any]]]) -> Names:
    """What the changed columns point to, one query for each kind of thing."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for change, former, columns in steps:
        for column in columns:
            if isinstance(column, models.ForeignKey):
                keys = wanted.setdefault(column.related_model, set())
                keys |= {getattr(each, column.attname) for each in (change, former) if each}
    return {
        model: model._base_manager.select_related(*spoken(model)).in_bulk(keys - {None})
        for model, keys in wanted.items()
    }


def spoken(model: type[models.Model]) -> list[str]:
    """What a row of the model points to without fail: its name is made from it."""
    return [
        each.name
        for each in model._meta.concrete_fields
        if isinstance(each, models.ForeignKey) and not each.null
    ]


def authors_of(changes: Iterable[Any]) -> dict[int, User]:
    """The users who made the changes; one query."""
    keys = {(each.pgh_context or {}).get("user") for each in changes} - {None}
    return User.objects.in_bulk(keys)


def who(context: dict[str, Any] | None, authors: dict[int, User]) -> str:
    """Who made a change: a user, a job or command by its name, or somebody who was not signed in."""
    told = context or {}
    if told.get("user") is not None:
        return str(authors.get(told["user"], f"#{told['user']}"))
    if "job" in told:
        return str(told["job"])
    return _("somebody who was not signed in") if "user" in told else _("not known")


def label_of(column: "models.Field[Any, Any]") -> str:
    """What the column is called, in the reader's language where it has such a name."""
    own = column.verbose_name
    if isinstance(own, Promise):
        return str(capfirst(str(own)))
    return str(capfirst(str(LABELS.get(column.name, column.name.replace("_", " ")))))
