"""Make two of one again: what a merge moved and changed goes back, as far as nobody has touched it since (C1.4).

What was made after the merge stays with the kept one. What was refused since holds for both, what was permitted since for
whoever said it (`consent.parting`). Merges are undone in any order: the rows of each go back from wherever their customer
is by now. What another merge or an edit has changed meanwhile stays as it is, and is counted.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from common.days import PortalNow
from consent import parting, people, suppression
from consent.emptying import pointed_at
from consent.kinds import ALL_MARKETING, Action
from consent.models import Alias, Person, State
from crm import kinds, merging, pairs
from crm.joining import Customer, Rule, as_json, plain, rules_of
from crm.models import Duplicate, Merge, Organisation, OrganisationAlias


class NotUndoableError(Exception):
    """It was undone already, is older than thirty days, or the kept one is no more; nothing was changed."""


@dataclass
class Outcome:
    """How many rows went back, and how many changes could not be taken back because of what was done since."""

    returned: int = 0
    left: int = 0
    withdrawn: int = 0


@transaction.atomic
def undo(merge: Merge, *, by: User) -> Outcome:
    """Bring back the entry that was absorbed. Raises NotUndoableError, ErasureUnderWayError, or BusyError of a rule."""
    merging.have_patience()
    kept, other = ends(merge)
    for rule in reversed(rules_of(kept)):
        if rule.before:
            rule.before(kept, other)
    kept, other = lock(kept, other)
    merge = current(merge, kept)
    outcome = Outcome()
    for rule in reversed(rules_of(kept)):
        give_back(rule, merge, kept, other, outcome)
    for change in reversed(merge.image.get("changed", [])):
        outcome.left += not take_back(change)
    for made in reversed(merge.image.get("made", [])):
        unmake(made)
    if isinstance(kept, Person):
        part_people(merge, kept, other, outcome, by)
    else:
        OrganisationAlias.objects.filter(organisation=other.pk).delete()
    pairs.decide(kept, other, Duplicate.Verdict.DISTINCT, by)
    close(merge, kept, other, by)
    return outcome


def close(merge: Merge, kept: Customer, other: Customer, by: User) -> None:
    """Write down that it was undone, forget how it was, and tell it on both timelines."""
    Merge.objects.filter(pk=merge.pk).update(
        undone_at=PortalNow(), undone_by=by, image={}, moved={}, emptied_at=PortalNow()
    )
    for each in (kept, other):
        merging.tell(kinds.MERGE_UNDONE, each, merge, by)


def forget() -> int:
    """Empty the images of merges that cannot be undone any more, and delete what was left at their other; how many."""
    spent = list(Merge.objects.spent().order_by("pk"))
    return sum(forget_one(merge) for merge in spent)


@transaction.atomic
def forget_one(merge: Merge) -> bool:
    """False when somebody has done it meanwhile, or undone the merge."""
    row = Merge.objects.spent().select_for_update().filter(pk=merge.pk).first()
    if row is None:
        return False
    if row.undone_at is None:
        clear(row)
    Merge.objects.filter(pk=row.pk).update(image={}, moved={}, emptied_at=PortalNow())
    return True


def clear(merge: Merge) -> None:
    """Nothing is left at the other: what came there in the very moment of the merge goes over, the rest is deleted."""
    other = _model(merge)(pk=merge.absorbed)
    for rule in reversed(rules_of(other)):
        if not rule.clashes and rule.by is None:
            rule.rows(other).update(**{rule.field: merge.customer.pk})
        elif not rule.remains:
            rule.rows(other).delete()


def moved(merge: Merge) -> list[merging.Count]:
    """How many rows of each kind went over, as far as that is still known."""
    found = [(rule.title, len(merge.moved.get(rule.name, []))) for rule in rules_of(merge.customer)]
    return [merging.Count(title, count) for title, count in found if count]


# --- finding and locking --------------------------------------------------------------------


def _model(merge: Merge) -> type[Any]:
    return Person if merge.kind == "person" else Organisation


def ends(merge: Merge) -> tuple[Any, Any]:
    """The kept one and the absorbed, as they are now; NotUndoableError when one is no more."""
    row = Merge.objects.undoable().filter(pk=merge.pk).first()
    if row is None:
        raise NotUndoableError
    kept = row.person or row.organisation
    other = plain(_model(row)).filter(pk=row.absorbed).first()
    if other is None or merging.survivor_of(row.kind, other.pk) != kept:
        raise NotUndoableError
    return kept, other


def lock(kept: Customer, other: Customer) -> tuple[Any, Any]:
    """Both locked in the order of their keys."""
    rows = plain(type(kept)).select_for_update().filter(pk__in=[kept.pk, other.pk]).order_by("pk")
    found = {each.pk: each for each in rows}
    if len(found) < 2:
        raise NotUndoableError
    if isinstance(kept, Person) and merging.is_being_erased(list(found)):
        raise merging.ErasureUnderWayError
    return found[kept.pk], found[other.pk]


def current(merge: Merge, kept: Customer) -> Merge:
    """The merge as it is now, locked; NotUndoableError when another process was faster."""
    row = Merge.objects.undoable().select_for_update().filter(pk=merge.pk).first()
    if row is None or (row.person_id or row.organisation_id) != kept.pk:
        raise NotUndoableError
    return row


# --- going back -----------------------------------------------------------------------------


def give_back(rule: Rule, merge: Merge, kept: Customer, other: Customer, outcome: Outcome) -> None:
    """Hang the rows that moved on the other again, those that are still the kept one's; one by one where two clash."""
    keys = merge.moved.get(rule.name, [])
    rows = rule.rows(kept).filter(pk__in=keys)
    try:
        with transaction.atomic():
            outcome.returned += rows.update(**{rule.field: other.pk})
    except IntegrityError:
        for key in rows.values_list("pk", flat=True):
            outcome.returned += returned(rule, key, other)
    outcome.left += rows.count()


def returned(rule: Rule, key: Any, other: Customer) -> int:
    """1 when the row found room at the other."""
    try:
        with transaction.atomic():
            return plain(rule.model).filter(pk=key).update(**{rule.field: other.pk})
    except IntegrityError:
        return 0


def take_back(change: dict[str, Any]) -> bool:
    """Write what was there before, unless it was changed since; whether it is so now."""
    model = apps.get_registered_model(*change["model"].split("."))
    row = plain(model).filter(pk=change["key"]).first()
    if row is None or told(row, change["after"]) != change["after"]:
        return False
    columns: Any = model._meta  # noqa: SLF001  Django's documented API
    before = {
        name: columns.get_field(name).to_python(value) for name, value in change["before"].items()
    }
    try:
        with transaction.atomic():
            plain(model).filter(pk=row.pk).update(**before)
    except IntegrityError:
        return False
    return True


def unmake(made: dict[str, Any]) -> None:
    """Take away a row that the merge made, unless it was changed since or something hangs on it."""
    model = apps.get_registered_model(*made["model"].split("."))
    row = plain(model).filter(pk=made["key"]).first()
    is_as_made = row is not None and told(row, made["values"]) == made["values"]
    if row is not None and is_as_made and not pointed_at(model, {row.pk}):
        row.delete()


def told(row: Any, like: dict[str, Any]) -> dict[str, Any]:
    """The same values of the row as it is now."""
    return {name: as_json(getattr(row, name)) for name in like}


# --- people ---------------------------------------------------------------------------------


def part_people(merge: Merge, kept: Person, other: Person, outcome: Outcome, by: User) -> None:
    """What each permits, which addresses an import leaves out, and a primary address for both."""
    Alias.objects.filter(person=other).delete()
    kept, other = (Person.objects.get(pk=each.pk) for each in (kept, other))
    lengths = merge.image.get("chains", {})
    outcome.withdrawn = parting.part(kept, other, lengths, by=by)
    objected = State.objects.filter(purpose=ALL_MARKETING, action=Action.OBJECTED)
    since = Q(pk__in=[])
    for chain, seq in lengths.items():
        since |= Q(chain=chain, event__seq__gt=seq)
    if not objected.filter(since).exists():
        suppression.unsuppress(merge.image.get("suppressed", []))
    for each in (kept, other):
        people.settle_primary(each)
