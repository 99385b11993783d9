"""Delete, empty and unlink the rows of one person, as their holdings declare it (GDPR Art. 17)."""
# ruff: noqa: SLF001  _meta is Django's documented API

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any, TypeGuard

from django.db import connection, models, transaction
from django.db.models import QuerySet

from consent import uploads
from consent.models import Chain, Person
from consent.privacy import Erased, Holding, Subject
from consent.privacy import holdings as every_holding

PATIENCE = "60s"  # a person with many rows takes longer than a page may


class StillNeededError(Exception):
    """Something points to a row that was to be deleted, and the row declares nothing that it would hold when emptied."""


@dataclass
class Outcome:
    """What became of the rows, by holding; `waits` is true while a row is kept that will pass in a moment.

    `files` are the uploads they had: files go when the transaction has ended, not before.
    """

    deleted: dict[str, int] = field(default_factory=dict)
    emptied: dict[str, int] = field(default_factory=dict)
    unlinked: dict[str, int] = field(default_factory=dict)
    stays: dict[str, int] = field(default_factory=dict)
    kept: list[dict[str, object]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    waits: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "deleted": self.deleted,
            "emptied": self.emptied,
            "unlinked": self.unlinked,
            "stays": self.stays,
            "kept": self.kept,
        }


@transaction.atomic
def empty(subject: Subject, declared: Iterable[Holding] = every_holding) -> Outcome:
    """Do to every row of the subject what its holding says; a second time finds what has come since.

    Locks: what `before` takes, from the top app down (run, delivery), then the person, then the heads of their chains.
    All or nothing: StillNeededError, or whatever a `before` raises, leaves everything as it was.
    """
    holdings = list(declared)
    have_patience()
    for holding in reversed(holdings):
        if holding.before:
            holding.before(subject)
    lock(subject)
    keys = {each.name: set(each.rows(subject).values_list("pk", flat=True)) for each in holdings}
    outcome = Outcome()
    for holding in holdings:
        unlink(holding, subject, outcome)
    clear_all(holdings, keys, outcome)
    for holding in holdings:
        if holding.erased == Erased.STAYS:
            left = plain(holding).filter(pk__in=keys[holding.name]).count()
            note(outcome.stays, holding, left)
    return outcome


def have_patience() -> None:
    """Let statements and pauses of this transaction take as long as a person's rows need."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(patience)s, true),"
            " set_config('lock_timeout', %(patience)s, true),"
            " set_config('idle_in_transaction_session_timeout', %(patience)s, true)",
            {"patience": PATIENCE},
        )


def lock(subject: Subject) -> None:
    """Nobody hangs anything new on the person, and no gate asks for them, until the transaction ends."""
    list(Person.objects.select_for_update().filter(pk__in=subject.people).order_by("pk"))
    list(Chain.objects.filter(owner__person__in=subject.people).order_by("pk").locked())


def children_first(holdings: Iterable[Holding]) -> list[Holding]:
    """The holdings so that whatever points to a row comes before it, by the models' own relations."""
    by_model = {holding.model: holding for holding in holdings}
    order: TopologicalSorter[type[models.Model]] = TopologicalSorter(dict.fromkeys(by_model, ()))
    for model in by_model:
        for column in model._meta.concrete_fields:
            target = column.related_model
            if target in by_model and target is not model:
                order.add(target, model)
    return [by_model[model] for model in order.static_order()]


def plain(holding: Holding) -> "QuerySet[Any]":
    """The model's rows without a manager of its own: column names mean columns, not translations."""
    return QuerySet(model=holding.model)


def unlink(holding: Holding, subject: Subject, outcome: Outcome) -> None:
    """Let what points to the subject from rows that are not theirs point to nobody."""
    count = 0
    for column in holding.links():
        keys = list(holding.linked(column, subject).values_list("pk", flat=True))
        count += plain(holding).filter(pk__in=keys).update(**{column.name: column.becomes})
    if count:
        outcome.unlinked[holding.name] = count


def clear_all(holdings: list[Holding], keys: dict[str, set[Any]], outcome: Outcome) -> None:
    """Clear what belongs to the person, and then the histories of it, to which that has added."""
    gone = [each for each in children_first(holdings) if each.whose and each.erased != Erased.STAYS]
    for holding in gone:
        if holding.tells_of is None:
            clear(holding, keys[holding.name], outcome)
    by_model = {holding.model: keys[holding.name] for holding in holdings}
    for holding in gone:
        if holding.tells_of is not None:
            forget(holding, keys[holding.name], by_model.get(holding.tells_of, set()), outcome)


def clear(holding: Holding, keys: set[Any], outcome: Outcome) -> None:
    """Delete the rows that may go, empty the others."""
    rows = plain(holding).filter(pk__in=keys)
    kept = keep(holding, rows, outcome)
    needed = keys & pointed_at(holding.model, keys)
    if needed - kept and not holding.emptied():
        raise StillNeededError(holding.name)
    note(outcome.emptied, holding, empty_rows(holding, kept | needed))
    going = keys - kept - needed
    outcome.files += files_of(holding, going)
    plain(holding).filter(pk__in=going)._raw_delete(connection.alias)
    note(outcome.deleted, holding, len(going))


def forget(holding: Holding, keys: set[Any], about: set[Any], outcome: Outcome) -> None:
    """Delete whole histories: of these rows, and of whatever row these changes tell of; uploads they name go too."""
    told = set(plain(holding).filter(pk__in=keys).values_list("pgh_obj", flat=True))
    rows = plain(holding).filter(pgh_obj__in=told | about)
    outcome.files += files_of(holding, set(rows.values_list("pk", flat=True)))
    note(outcome.deleted, holding, rows._raw_delete(connection.alias) or 0)


def note(counts: dict[str, int], holding: Holding, count: int) -> None:
    if count:
        counts[holding.name] = count


def keep(holding: Holding, rows: "QuerySet[Any]", outcome: Outcome) -> set[Any]:
    """Keys of the rows that are kept; each reason is listed with the number of its rows."""
    found: set[Any] = set()
    for kept in holding.kept:
        keys = set(rows.filter(kept.rows).values_list("pk", flat=True)) - found
        if keys:
            line = {
                "holding": holding.name,
                "rows": len(keys),
                "law": kept.law,
                "until": kept.until,
            }
            outcome.kept.append(line)
            outcome.waits |= kept.passes
        found |= keys
    return found


def pointed_at(model: type[models.Model], keys: set[Any]) -> set[Any]:
    """Those of the keys that a row still refers to; what goes with its parent in the database counts for nothing."""
    found: set[Any] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and relation.is_relation):
            continue
        column = getattr(relation, "field", None)
        if is_kept_by_the_database(column):
            others: QuerySet[Any] = QuerySet(model=column.model).filter(
                **{f"{column.name}__in": keys}
            )
            found |= set(others.values_list(column.attname, flat=True))
    return found


def is_kept_by_the_database(column: object) -> TypeGuard[models.ForeignKey[Any, Any]]:
    """Whether the column is one whose rows must not be left pointing to nothing; what has no table has none."""
    if not isinstance(column, models.ForeignKey) or not has_table(column.model):
        return False
    return bool(getattr(column, "db_constraint", True))


def has_table(model: type[models.Model]) -> bool:
    """Whether the model, or the one it is another view of, is a table."""
    concrete = model._meta.concrete_model
    return concrete is not None and concrete._meta.managed


def empty_rows(holding: Holding, keys: set[Any]) -> int:
    """Write into the emptied columns what they become; how many rows have such columns."""
    columns = holding.emptied()
    if not (keys and columns):
        return 0
    shared = {each.name: each.becomes for each in columns if not callable(each.becomes)}
    if shared:
        plain(holding).filter(pk__in=keys).update(**shared)
    own = {each.name: each.becomes for each in columns if callable(each.becomes)}
    for key in sorted(keys) if own else ():
        plain(holding).filter(pk=key).update(**{name: make(key) for name, make in own.items()})
    return len(keys)


def files_of(holding: Holding, keys: set[Any]) -> list[str]:
    """Names of the uploads in the rows' personal columns (`uploads.name_of`)."""
    columns = [each.name for each in holding.uploads()]
    rows = plain(holding).filter(pk__in=keys).only(*columns) if columns else []
    files = [getattr(row, each) for row in rows for each in columns]
    return [uploads.name_of(file.field, file.name) for file in files if file.name]
