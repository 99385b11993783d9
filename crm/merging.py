"""Make one of two entries of the same customer: every reference goes over in one transaction, nothing is lost (C1.4).

Locks: what the rules' `before` take (runs, deliveries), the two customers by key, the heads of their chains. Of the one
that is not kept only an empty entry remains, which no list shows; its rows, its refusals and its address of old lead to
the one that is. `crm.undoing` brings both back within thirty days.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from common.days import database_now
from consent import ledger, suppression
from consent.models import Address, Alias, Person, SubjectRequest, Suppression
from consent.names import key as name_key
from crm import kinds, pairs, timeline
from crm.joining import KEPT, OTHER, Choices, Customer, Joining, is_new, plain, rules_of
from crm.models import Duplicate, Merge, Organisation, OrganisationAlias, OrganisationName

PERSON_FIELDS = ("name", "language", "kind")
ORGANISATION_FIELDS = (
    *("name", "business_id", "industry", "size", "website"),
    *("einvoice_address", "einvoice_operator", "owner_id", "source"),
)
LABEL = Organisation._meta.label_lower  # noqa: SLF001  Django's documented API
PATIENCE = "60s"  # a customer with many rows takes longer than a page may


class SameError(Exception):
    """An entry is not merged with itself."""


class GoneError(Exception):
    """One of the two is no more: merged by somebody else, or erased."""


class ErasureUnderWayError(Exception):
    """One of the two has asked to be erased, and is being."""


class BothSignInError(Exception):
    """Two who each have an account are not made one: nobody but they can say which they will sign in with."""


@dataclass(frozen=True)
class Count:
    """How many rows of a kind go over."""

    title: Any
    count: int


def preview(kept: Customer, other: Customer) -> list[Count]:
    """What would go over, by kind; nothing is changed."""
    counts: dict[str, Count] = {}
    for rule in rules_of(kept):
        count = rule.rows(other).count()
        if count:
            title = str(rule.title)
            counts[title] = Count(
                rule.title, count + (counts[title].count if title in counts else 0)
            )
    return list(counts.values())


def warnings(kept: Customer, other: Customer) -> list[str]:
    """What a merge would do that undoing does not bring back, in the reader's language."""
    return [line for rule in rules_of(kept) if rule.warn for line in rule.warn(kept, other)]


@transaction.atomic
def merge(
    kept: Customer, other: Customer, choices: Choices, *, by: User, pair: Duplicate | None = None
) -> Merge:
    """Make the other a part of the kept one; `choices` say of which fields the other's value stays (`other`).

    With the `pair` that was asked about, what somebody decided on it meanwhile stands: DecidedError. Raises SameError,
    GoneError, ErasureUnderWayError, BothSignInError, or what a rule's `before` raises; all or nothing.
    """
    if kept.pk == other.pk or type(kept) is not type(other):
        raise SameError
    have_patience()
    for rule in reversed(rules_of(kept)):
        if rule.before:
            rule.before(kept, other)
    kept, other = lock(kept, other)
    if pair is not None:
        pairs.still_open(pair)
    joining = Joining(kept, other, dict(choices), by, database_now())
    join(joining)
    pairs.decide(kept, other, Duplicate.Verdict.MERGED, by)
    return written(joining)


def join(joining: Joining) -> None:
    """All that makes two rows one: their own columns, then what hangs on them, rule by rule."""
    joining.more["choices"] = dict(joining.choices)
    is_person = isinstance(joining.kept, Person)
    (join_people if is_person else join_organisations)(joining)
    for rule in rules_of(joining.kept):
        rule.apply(joining)
    if is_person:
        suppress_both(joining)
    is_new(joining.kept)


def written(joining: Joining) -> Merge:
    """The merge's own row, and a line on the timeline."""
    whose = {name_of(joining.kept): joining.kept}
    row = Merge.objects.create(
        **whose,
        absorbed=joining.other.pk,
        image=joining.image(),
        moved=joining.moved,
        at=joining.now,
        by=joining.by,
    )
    tell(kinds.MERGED, joining.kept, row, joining.by)
    return row


def tell(kind: str, customer: Customer, merge: Merge, by: User) -> None:
    """A line on the customer's timeline."""
    if isinstance(customer, Person):
        timeline.record(kind, person=customer, by=by, merge=merge.pk)
    else:
        timeline.record(kind, organisation=customer, by=by, merge=merge.pk)


def survivor_of(kind: str, key: int) -> Customer | None:
    """Who an entry turned out to be, by its former key; None when it is no alias. `kind`: person or organisation."""
    if kind == "person":
        alias = Alias.objects.filter(person=key).select_related("kept").first()
        return alias.kept if alias else None
    former = OrganisationAlias.objects.filter(organisation=key).select_related("kept").first()
    return former.kept if former else None


# --- people ---------------------------------------------------------------------------------


def join_people(joining: Joining) -> None:
    """The fields of the person, who signs in, and the link from the one to the other."""
    kept, other = joining.kept, joining.other
    if kept.user_id and other.user_id:
        raise BothSignInError
    if kept.user_id or other.user_id:  # who signs in is reached at the address they sign in with
        joining.choices["email"] = KEPT if kept.user_id else OTHER
    elif not Address.objects.filter(person=kept).exists():
        joining.choices["email"] = OTHER
    for name in PERSON_FIELDS:
        take(joining, name)
    if other.user_id:
        user = other.user
        joining.more["account"] = {"name": user.name, "language": user.language}
        joining.change(other, user_id=None)
        joining.change(kept, user_id=user.pk)
        joining.change(user, name=kept.name, language=kept.language)
    elif kept.user_id:
        joining.change(kept.user, name=kept.name, language=kept.language)
    joining.change(other, name="")
    for person in ledger.in_order(kept, other):
        ledger.chains_of(person)  # begun while each is still somebody
    Alias.objects.create(person=other, kept=kept, at=joining.now)


def suppress_both(joining: Joining) -> None:
    """When an import may not bring in one of them because they object, it may not bring in the other either.

    Of a merge that is done again this concerns the addresses of its moment.
    """
    mine = Address.objects.filter(person=joining.kept, created_at__lte=joining.now)
    known = mine.order_by("pk")
    reasons = {each.email: suppression.reason_for(each.email) for each in known}
    if Suppression.Reason.OBJECTED not in reasons.values():
        return
    added = [email for email, reason in reasons.items() if reason is None]
    for email in added:
        suppression.suppress(email, Suppression.Reason.OBJECTED)
    joining.more["suppressed"] = [suppression.digest_of(email) for email in added]


# --- organisations --------------------------------------------------------------------------


def join_organisations(joining: Joining) -> None:
    """The fields of the organisation, the name that was not chosen as another name, and the link.

    The link keeps the business ID that was not chosen: what still comes under it, as a file to import, means the kept one.
    """
    kept, other = joining.kept, joining.other
    was = {kept.name, other.name, joining.settled.get((LABEL, kept.pk, "name"), kept.name)}
    ids = {kept.business_id, other.business_id}
    business_id = other.business_id
    joining.change(other, business_id="")  # no two have the same
    other.business_id = business_id
    for name in ORGANISATION_FIELDS:
        take(joining, name)
    known = {name_key(each.name) for each in plain(OrganisationName).filter(organisation=kept)}
    for name in was - {kept.name}:
        if name_key(name) not in known | {name_key(kept.name)}:
            joining.make(OrganisationName(organisation=kept, name=name), "name", "kind")
    former = "".join(ids - {"", kept.business_id})
    OrganisationAlias.objects.create(
        organisation=other, kept=kept, at=joining.now, business_id=former
    )


# --- both -----------------------------------------------------------------------------------


def take(joining: Joining, name: str) -> None:
    """The other's value where it was chosen, or where the kept one has none."""
    mine, theirs = getattr(joining.kept, name), getattr(joining.other, name)
    if joining.takes_other(name) or (not mine and name not in joining.choices):
        joining.change(joining.kept, **{name: theirs})


def lock(kept: Customer, other: Customer) -> tuple[Any, Any]:
    """Both as they are now, locked in the order of their keys; GoneError when one is no more."""
    found = {
        each.pk: each
        for each in plain(type(kept))
        .select_for_update()
        .filter(pk__in=[kept.pk, other.pk])
        .order_by("pk")
    }
    if len(found) < 2 or any(survivor_of(name_of(kept), key) for key in found):
        raise GoneError
    if isinstance(kept, Person) and is_being_erased(list(found)):
        raise ErasureUnderWayError
    return found[kept.pk], found[other.pk]


def is_being_erased(people: list[int]) -> bool:
    """Whether an erasure of one of them, or of one of their addresses, has begun and not ended."""
    under_way = SubjectRequest.objects.unfinished().filter(right=SubjectRequest.Right.ERASURE)
    emails = Address.objects.filter(person__in=people).values_list("email", flat=True)
    digests = [suppression.digest_of(email) for email in emails]
    return under_way.of(digests).exists() or any(
        under_way.filter(subject__people__contains=[key]).exists() for key in people
    )


def name_of(customer: Customer) -> str:
    """`person` or `organisation`: the kind, and the name of the column."""
    return "person" if isinstance(customer, Person) else "organisation"


def have_patience() -> None:
    """Let this transaction take as long as a customer's rows need."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(patience)s, true),"
            " set_config('lock_timeout', %(patience)s, true)",
            {"patience": PATIENCE},
        )
