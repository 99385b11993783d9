"""Take merges apart and put them together again, so that one of them can be undone from under the later ones (C1.4).

A later merge builds on what an earlier one has left: what the first gave to B, the second took from B to C. So before the
first is undone the later ones are taken apart, the newest first, and are done again afterwards with the choices that were
made then. What comes of it is what there would be had the first never been. What was edited since stays as it is, in both.
"""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.models import User
from consent import suppression
from consent.emptying import pointed_at
from consent.kinds import ALL_MARKETING, Action
from consent.models import Alias, Person, State
from crm import merging
from crm.joining import Customer, Joining, Rule, as_json, is_new, next_version, plain, rules_of
from crm.models import Merge, Organisation, OrganisationAlias


@dataclass
class Apart:
    """A merge that was taken apart, with its two ends as they are now.

    `returned` rows went back, `stuck` could not; `changed` and `made` are what of the image stays because of what was done
    since.
    """

    merge: Merge
    kept: Any
    other: Any
    returned: int = 0
    stuck: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many changes could not be taken back."""
        return self.stuck + len(self.changed)

    @property
    def settled(self) -> dict[tuple[str, Any, str], Any]:
        """The columns that were edited since, with what they held before the merge."""
        return {
            (each["model"], each["key"], name): value
            for each in reversed(self.changed)
            for name, value in each["before"].items()
        }


def model_of(merge: Merge) -> type[Any]:
    """What the merge was of."""
    return Person if merge.kind == "person" else Organisation


def absorbed_by(merge: Merge) -> Customer | None:
    """The entry that the merge hid; None when it is no more."""
    found: Customer | None = plain(model_of(merge)).filter(pk=merge.absorbed).first()
    return found


def later_than(merge: Merge) -> list[Merge]:
    """The standing merges of the same customer that came after it, the newest first."""
    same = {f"{merge.kind}_id": merge.customer.pk}
    return list(
        Merge.objects.filter(undone_at__isnull=True, pk__gt=merge.pk, **same).order_by("-pk")
    )


def unwind(merge: Merge) -> list[Apart]:
    """Take apart what came after it, down to the moment after this merge; in the order in which that was done."""
    found: list[Apart] = []
    later = later_than(merge)
    while later:
        newest = later[0]
        if absorbed_by(newest) is not None:
            found.append(take_apart(newest))
            merge.refresh_from_db()
        later = [each for each in later_than(merge) if each.pk < newest.pk]
    return found


def take_apart(merge: Merge) -> Apart:
    """Hang everything back where it was before the merge, and end the link from the one to the other."""
    kept, other = merge.customer, absorbed_by(merge)
    assert other is not None  # noqa: S101  the callers have looked
    apart = Apart(merge, kept, other)
    for rule in reversed(rules_of(kept)):
        give_back(rule, apart)
    changed = reversed(merge.image.get("changed", []))
    apart.changed = [each for each in changed if not take_back(each)][::-1]
    made = reversed(merge.image.get("made", []))
    apart.made = [each for each in made if not unmake(each)][::-1]
    if isinstance(kept, Person):
        Alias.objects.filter(person=other.pk).delete()
        unsuppress(merge)
    else:
        OrganisationAlias.objects.filter(organisation=other.pk).delete()
    is_new(kept, other)
    apart.kept, apart.other = (type(kept).objects.get(pk=each.pk) for each in (kept, other))
    return apart


def put_together(apart: Apart, *, by: User) -> None:
    """Do the merge again as it was done, at its moment and with its choices, on what there is now."""
    merge, model = apart.merge, type(apart.kept)
    kept, other = (model.objects.get(pk=each.pk) for each in (apart.kept, apart.other))
    choices = dict(merge.image.get("choices", {}))
    joining = Joining(kept, other, choices, by, merge.at, settled=apart.settled)
    merging.join(joining)
    image = joining.image()
    image["changed"] = [*apart.changed, *image["changed"]]
    image["made"] = [*apart.made, *image["made"]]
    if "chains" in image:  # what was said since the merge is what was said since its first time
        lengths = merge.image.get("chains", {})
        image["chains"] = {key: lengths.get(key, seq) for key, seq in image["chains"].items()}
    Merge.objects.filter(pk=merge.pk).update(image=image, moved=joining.moved)


# --- going back -----------------------------------------------------------------------------


def give_back(rule: Rule, apart: Apart) -> None:
    """Hang the rows that moved on the other again, those that are still the kept one's; one by one where two clash."""
    keys = apart.merge.moved.get(rule.name, [])
    rows = rule.rows(apart.kept).filter(pk__in=keys)
    try:
        with transaction.atomic():
            apart.returned += rows.update(
                **{rule.field: apart.other.pk}, **next_version(rule.model)
            )
    except IntegrityError:
        for key in rows.values_list("pk", flat=True):
            apart.returned += returned(rule, key, apart.other)
    apart.stuck += rows.count()


def returned(rule: Rule, key: Any, other: Customer) -> int:
    """1 when the row found room at the other."""
    row = plain(rule.model).filter(pk=key)
    try:
        with transaction.atomic():
            return row.update(**{rule.field: other.pk}, **next_version(rule.model))
    except IntegrityError:
        return 0


def take_back(change: dict[str, Any]) -> bool:
    """Write what was there before, unless it was changed since, or what it pointed to is no more; whether it is so now."""
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
            plain(model).filter(pk=row.pk).update(**before, **next_version(model))
            connection.check_constraints()  # references are else looked at when all is over
    except IntegrityError:
        return False
    return True


def unmake(made: dict[str, Any]) -> bool:
    """Take away a row that the merge made, unless it was changed since or something hangs on it; whether it is gone."""
    model = apps.get_registered_model(*made["model"].split("."))
    row = plain(model).filter(pk=made["key"]).first()
    if row is None:
        return True
    if told(row, made["values"]) != made["values"] or pointed_at(model, {row.pk}):
        return False
    row.delete()
    return True


def told(row: Any, like: dict[str, Any]) -> dict[str, Any]:
    """The same values of the row as it is now."""
    return {name: as_json(getattr(row, name)) for name in like}


def unsuppress(merge: Merge) -> None:
    """Addresses that imports left out for the other's sake may come again, unless one of the two objected since."""
    objected = State.objects.filter(purpose=ALL_MARKETING, action=Action.OBJECTED)
    since = Q(pk__in=[])
    for chain, seq in merge.image.get("chains", {}).items():
        since |= Q(chain=chain, event__seq__gt=seq)
    if not objected.filter(since).exists():
        suppression.unsuppress(merge.image.get("suppressed", []))
