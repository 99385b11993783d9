"""Audit of changes: triggers keep every change of a tracked row in a table beside its own (docs/operator/audit.md).

`<app>/audited.py` says what is tracked: `track` makes the table's model and its triggers, which migrations carry.
Who changed it is told by the context the change was made in: portal.middleware.Author for a person's request,
portal.celery.NamedTask for a job, `manage.py` for a command.
"""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pghistory
import pgtrigger
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import get_translatable_fields_for_model
from pghistory.models import Event

from accounts.models import Institution, User
from accounts.roles import Permission
from common.registry import Registry

SLICE = 5_000  # rows of one statement
IS_REWRITTEN = (
    "EXISTS (SELECT FROM jsonb_each(to_jsonb(NEW)) AS became"
    """ WHERE became.value <> to_jsonb(OLD) -> became.key AND became.value NOT IN ('null', '""'))"""
)
REFUSED = "USING ERRCODE = '42501'"


class Change(Event):
    """A change of a tracked row: its columns as they became, or as they last were; base of the tables."""

    class Done(models.TextChoices):
        """What was done to the row."""

        INSERT = "insert", _("made")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("deleted")

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_label = models.CharField(max_length=6, choices=Done.choices)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Audited:
    """A model whose changes are kept: `name` is its label in lower case.

    `within` leads from a change to the institution whose staff alone may read it; empty for what all share.
    `needed` is what a reader must be permitted besides seeing the audit.
    """

    name: str
    model: type[models.Model]
    changes: type[models.Model]
    within: str = ""
    needed: Permission | None = None

    def seen_by(self, user: User) -> "models.QuerySet[Any]":
        """The changes this reader may see."""
        rows = self.changes._default_manager
        return rows.filter(self._within(user)) if self.may_be_seen_by(user) else rows.none()

    def may_be_seen_by(self, user: User) -> bool:
        """Whether the reader may see some of its changes: those of an institution, or all when it is shared."""
        return user.may(Permission.SEE_AUDIT) and (not self.needed or user.may(self.needed))

    def rows_of(self, user: User) -> "models.QuerySet[Any]":
        """The rows themselves, of which this reader may see the changes."""
        rows = self.model._base_manager.all()
        if not self.may_be_seen_by(user):
            return rows.none()
        return rows.filter(self._within(user, row="pk"))

    def _within(self, user: User, *, row: str = "pgh_obj") -> Q:
        if not self.within:
            return Q()
        own = Institution.objects.staffed_by(user, Permission.SEE_AUDIT)
        path = row if self.within == "pgh_obj" else self.within
        found = Q(**{f"{path}__in": own})
        if user.may_everywhere(Permission.SEE_AUDIT):
            found |= Q(**{f"{path}__isnull": True})
        return found


audited: Registry[Audited] = Registry("audited models")


def track(
    model: type[models.Model],
    *,
    exclude: Iterable[str] = (),
    within: str = "",
    needed: Permission | None = None,
) -> type[models.Model]:
    """Have every change of the model's rows kept, but for the columns left out (secrets; what only counts).

    Called once a model, from `audited.py`, when translations have given it their columns.
    """
    name = f"{model.__name__}Change"
    changes = pghistory.create_event_model(
        model,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        fields=columns(model, set(exclude)),
        obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+", db_index=True),
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]  # as its documentation says
        model_name=name,
        base_model=Change,
        abstract=False,
        meta={
            "triggers": guards(f"{model._meta.app_label}_{name.lower()}"),
            "verbose_name": _("change"),
            "verbose_name_plural": format_lazy(
                _("changes: {what}"), what=model._meta.verbose_name_plural
            ),
        },
    )
    audited.add(Audited(model._meta.label_lower, model, changes, within, needed))
    return changes


def columns(model: type[models.Model], exclude: set[str]) -> list[str]:
    """The model's own columns; of a translated text the languages, not the column that repeats one of them."""
    repeated = set(get_translatable_fields_for_model(model) or ())
    return [
        each.name
        for each in model._meta.local_concrete_fields
        if each.name not in exclude | repeated and not isinstance(each, models.GeneratedField)
    ]


def guards(table: str) -> list[pgtrigger.Trigger]:
    """What the database refuses whoever asks: rows made by hand, rewritten, or taken out of a history one by one.

    A row may lose what points to a person (null, or an empty text). A whole history may go, and what is too old.
    """
    return [
        pgtrigger.Trigger(
            name="by_triggers_alone",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'changes are written by triggers alone' {REFUSED};"
            " END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="forget_alone",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"IF {IS_REWRITTEN} THEN RAISE EXCEPTION 'a change that is written is not rewritten' {REFUSED}; END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="whole_or_old",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=pgtrigger.Referencing(old="gone"),  # type: ignore[no-untyped-call]  # the package's
            func=f"IF EXISTS (SELECT FROM gone JOIN {table} AS left_behind USING (pgh_obj_id)"
            " WHERE gone.pgh_created_at >= portal_now() - interval '3 years')"
            f" THEN RAISE EXCEPTION 'a history goes whole, or when it is old' {REFUSED}; END IF; RETURN NULL;",
        ),
    ]


def forget(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Delete the whole history of these rows, as when they should never have been."""
    changes = audited[model._meta.label_lower].changes
    changes._default_manager.filter(pgh_obj__in=list(keys)).delete()


def forget_old() -> int:
    """Delete every change that is older than three years, slice by slice; how many. Safe to stop and to repeat."""
    return sum(_forget_slices(each.changes) for each in audited)


def _forget_slices(changes: type[models.Model]) -> int:
    """Of the oldest SLICE those that are too old, until there are none: what is kept is not read through."""
    table, total = connection.ops.quote_name(changes._meta.db_table), 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE pgh_id IN (SELECT pgh_id FROM"  # noqa: S608  a model's own table
                f" (SELECT pgh_id, pgh_created_at FROM {table} ORDER BY pgh_id LIMIT %s) AS oldest"
                " WHERE pgh_created_at < portal_now() - interval '3 years')",
                [SLICE],
            )
            total += cursor.rowcount
            if cursor.rowcount < SLICE:
                return int(total)
