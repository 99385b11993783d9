"""The audit's rows as holdings: what a change says of a person is what the changed row says (GDPR Art. 15, 17).

Made from the declaration of the tracked model, so that a column declared there is declared here too.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterator
from dataclasses import replace

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from accounts.audit import Audited
from consent.privacy import (
    Column,
    Columns,
    Erased,
    Holding,
    Subject,
    Whose,
    impersonal,
    personal,
    technical,
)

AUTHOR = "the number of the user, or the name of the job, that made the change"


def changes_of(tracked: Holding, audited: Audited) -> Holding:
    """The declaration of the changes of the rows that `tracked` declares.

    They go with the person, all of a row's at once. Elsewhere what points to a person is emptied, as in the row itself.
    """
    is_personal = tracked.whose is not None
    return Holding(
        f"{tracked.name}.changes",
        audited.changes,
        _("who changed it and when, and what it was before"),
        [_own(is_personal=is_personal), list(_repeated(tracked, audited.changes))],
        whose=_whose(tracked, audited.changes) if is_personal else None,
        erased=Erased.DELETED if is_personal else Erased.NOTHING,
        until=_("three years from the change"),
        recipients=tracked.recipients,
        source=tracked.source,
        tells_of=audited.model,
    )


def _own(*, is_personal: bool) -> Columns:
    """The columns every table of changes has."""
    if is_personal:
        return [
            *personal("pgh_id", "pgh_obj", "pgh_created_at", "pgh_label"),
            *personal("pgh_context", shown=lambda who: Q(pgh_context__user__in=who.users)),
        ]
    return [
        *technical("pgh_id", "pgh_obj", "pgh_created_at", "pgh_label"),
        *impersonal("pgh_context", because=AUTHOR),
    ]


def _repeated(tracked: Holding, changes: type[models.Model]) -> Iterator[Column]:
    """The tracked columns, as they are in a change."""
    kept = {field.name for field in changes._meta.concrete_fields}
    for column in tracked.each_column():
        if column.name in kept:
            yield replace(
                column,
                is_emptied=False,
                becomes=column.becomes if column.link else None,
                link=_moved(column.link, changes) if column.link else None,
                shown=_moved(column.shown, changes) if column.shown else None,
            )


def _whose(tracked: Holding, changes: type[models.Model]) -> Whose:
    """Changes of the person's rows, and those that tell of the person where the row is gone or is another's now."""
    assert tracked.whose is not None  # noqa: S101  the caller has asked
    told = _moved(tracked.whose, changes)
    return lambda subject: Q(pgh_obj__in=tracked.rows(subject).values("pk")) | told(subject)


def _moved(whose: Whose, changes: type[models.Model]) -> Whose:
    """The same lookup, asked of the changes: a row's key is theirs as `pgh_obj`; what only a living row can tell is left out."""
    kept = {field.name for field in changes._meta.concrete_fields}
    pk = changes._meta.get_field("pgh_obj").related_model._meta.pk  # type: ignore[union-attr]  # the key to a row

    def move(asked: Q) -> Q | None:
        found = Q(_connector=asked.connector, _negated=asked.negated)
        for child in asked.children:
            moved = move(child) if isinstance(child, Q) else _lookup(*child)  # type: ignore[misc]  # a lookup and its value
            if moved is not None:
                found.children.append(moved)
            elif asked.connector != Q.OR or asked.negated:
                return None  # without a part of it, it would find more
        return found if found.children else None

    def _lookup(name: str, value: object) -> tuple[str, object] | None:
        first, *rest = name.split("__")
        if first in {"pk", pk.name}:
            is_of_key = not rest or rest[0] in pk.get_lookups()  # else of what the key points to
            return ("__".join(["pgh_obj", *rest]), value) if is_of_key else None
        return (name, value) if first in kept else None

    def moved(subject: Subject) -> Q:
        return move(whose(subject)) or Q(pk__in=[])

    return moved
