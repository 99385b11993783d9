"""What staff decided on a pair of entries, and what becomes of it when one of them is merged (C1.4)."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from common.days import PortalNow
from consent.models import Person
from crm.joining import Customer, Joining, Rule, plain
from crm.models import Duplicate

Verdict = Duplicate.Verdict


class DecidedError(Exception):
    """Somebody has decided on the pair already, or one of the two is no more; nothing was changed."""


@transaction.atomic
def set_apart(pair: Duplicate, *, by: User) -> None:
    """Remember that they are two: the pair is not asked about again, however like they seem. DecidedError."""
    open_ones = Duplicate.objects.filter(pk=pair.pk, verdict="")
    if not open_ones.update(verdict=Verdict.DISTINCT, verdict_by=by, verdict_at=PortalNow()):
        raise DecidedError


def still_open(pair: Duplicate) -> None:
    """Lock the pair until the transaction ends; DecidedError when somebody has decided on it meanwhile."""
    if not Duplicate.objects.select_for_update().filter(pk=pair.pk, verdict="").exists():
        raise DecidedError


def decide(one: Customer, two: Customer, verdict: str, by: User) -> None:
    """Write the verdict on the two, whether they were a pair before or not."""
    left, right = sorted([one.pk, two.pk])
    name = "person" if isinstance(one, Person) else "organisation"
    Duplicate.objects.update_or_create(
        **{f"left_{name}_id": left, f"right_{name}_id": right},
        defaults={"verdict": verdict, "verdict_by": by, "verdict_at": PortalNow()},
        create_defaults={
            "score": 0,
            "verdict": verdict,
            "verdict_by": by,
            "verdict_at": PortalNow(),
        },
    )


def go_over(joining: Joining, rule: Rule) -> None:
    """The other's pairs become the kept one's; of two with the same third, “not duplicates” stands."""
    name = rule.field.removeprefix("left_")
    for pair in _of(joining.other.pk, name):
        third = pair.right_key if pair.left_key == joining.other.pk else pair.left_key
        if third == joining.kept.pk or third is None or pair.verdict == Verdict.MERGED:
            continue
        left, right = sorted([joining.kept.pk, third])
        ends = {f"left_{name}_id": left, f"right_{name}_id": right}
        theirs = plain(Duplicate).filter(**ends).first()
        if theirs is None:
            joining.change_together(pair, **ends)
        elif pair.verdict == Verdict.DISTINCT and not theirs.verdict:
            joining.change_together(
                theirs,
                verdict=pair.verdict,
                verdict_by_id=pair.verdict_by_id,
                verdict_at=pair.verdict_at,
            )


def _of(key: int, name: str) -> "QuerySet[Duplicate]":
    pairs = Duplicate.objects.order_by("pk")
    return pairs.of_person(key) if name == "person" else pairs.of_organisation(key)
