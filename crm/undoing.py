"""Make two of one again: what a merge moved and changed goes back, as far as nobody has touched it since (C1.4).

What was made after the merge stays with the kept one. What was refused since holds for both, what was permitted since for
whoever said it (`consent.parting`). Merges are undone in any order (`crm.unwinding`): what is left is what there would be had
only the others been done. What was edited meanwhile stays as it is, and is counted.

Locks: what the rules' `before` take (runs, deliveries), all the customers that the merges concern by key, the heads of their
chains, the merges.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from common.days import PortalNow
from consent import ledger, parting, people
from consent.models import Person
from crm import kinds, merging, pairs, unwinding
from crm.joining import plain, rules_of
from crm.models import Duplicate, Merge
from crm.unwinding import Apart


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
    """Bring back the entry that was absorbed.

    Raises NotUndoableError, GoneError (merged or undone meanwhile), ErasureUnderWayError, BothSignInError (a later merge could
    not be done again: both have an account by now), or BusyError of a rule; all or nothing.
    """
    merging.have_patience()
    concerned = everyone(merge)
    for rule in reversed(rules_of(concerned[0])):
        if rule.before:
            rule.before(*concerned)
    lock(concerned)
    merge = current(merge, concerned)
    later = unwinding.unwind(merge)
    apart = unwinding.take_apart(merge)
    withdrawn = 0
    if isinstance(apart.other, Person):
        name_account(apart)
        withdrawn = part_people(apart, later, by)
    pairs.decide(apart.kept, apart.other, Duplicate.Verdict.DISTINCT, by)
    close(apart, by)
    for each in reversed(later):
        unwinding.put_together(each, by=by)
    if isinstance(apart.other, Person):
        for person in Person.objects.filter(pk__in=[each.pk for each in concerned]):
            people.settle_primary(person)
    return Outcome(apart.returned, apart.left, withdrawn)


def close(apart: Apart, by: User) -> None:
    """Write down that it was undone, forget how it was, and tell it on both timelines."""
    Merge.objects.filter(pk=apart.merge.pk).update(
        undone_at=PortalNow(), undone_by=by, image={}, moved={}, emptied_at=PortalNow()
    )
    for each in (apart.kept, apart.other):
        merging.tell(kinds.MERGE_UNDONE, each, apart.merge, by)


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
    other = unwinding.model_of(merge)(pk=merge.absorbed)
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


def everyone(merge: Merge) -> list[Any]:
    """The kept one as it is now, the absorbed, and those of later merges of the kept one; NotUndoableError."""
    row = Merge.objects.undoable().filter(pk=merge.pk).first()
    if row is None:
        raise NotUndoableError
    other = unwinding.absorbed_by(row)
    if other is None or merging.survivor_of(row.kind, other.pk) != row.customer:
        raise NotUndoableError
    later = [unwinding.absorbed_by(each) for each in unwinding.later_than(row)]
    return [row.customer, other, *(each for each in later if each is not None)]


def lock(concerned: list[Any]) -> None:
    """All of them locked in the order of their keys, then their chains."""
    keys = [each.pk for each in concerned]
    rows = plain(type(concerned[0])).select_for_update().filter(pk__in=keys).order_by("pk")
    if len(rows) < len(keys):
        raise NotUndoableError
    if isinstance(concerned[0], Person):
        if merging.is_being_erased(keys):
            raise merging.ErasureUnderWayError
        ledger.chains_of(concerned[0])


def current(merge: Merge, concerned: list[Any]) -> Merge:
    """The merge as it is now, locked; NotUndoableError when another process was faster, GoneError when one has merged on."""
    row = Merge.objects.undoable().select_for_update().filter(pk=merge.pk).first()
    if row is None:
        raise NotUndoableError
    later = [each.absorbed for each in unwinding.later_than(row)]
    if row.customer != concerned[0] or set(later) - {each.pk for each in concerned}:
        raise merging.GoneError
    return row


# --- people ---------------------------------------------------------------------------------


def name_account(apart: Apart) -> None:
    """An account that goes back, called as the kept one is by now, is called again as it was."""
    label = User._meta.label_lower  # noqa: SLF001  Django's documented API
    apart.changed = [each for each in apart.changed if each["model"] != label]
    user, was = apart.other.user, apart.merge.image.get("account", {})
    if user is not None:
        for name, value in was.items():
            if getattr(user, name) == getattr(apart.kept, name):
                setattr(user, name, value)
        user.save(update_fields=list(was))


def part_people(apart: Apart, later: list[Apart], by: User) -> int:
    """Withdraw what was permitted by whom it was not, from all who are apart now; how many words that took.

    Of each chain counts what was said since it came together with the other's: by this merge, or by a later one.
    """
    lengths: dict[str, int] = {}
    for each in (apart, *reversed(later)):
        lengths = each.merge.image.get("chains", {}) | lengths
    others = {each.pk: each for one in (apart, *later) for each in (one.kept, one.other)}
    del others[apart.other.pk]
    return sum(parting.part(others[key], apart.other, lengths, by=by) for key in sorted(others))
