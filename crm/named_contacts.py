"""Name the one member of staff a customer may always ask: by the rules, or by hand; what was before is kept (C5.1).

Order of locks: the member of staff (a key share, so that many are named at once and nobody leaves meanwhile), then the
person or organisation. Who can answer at all is asked after that lock, so nobody is named who has just left.
"""

from collections.abc import Sequence
from typing import Protocol

from django.db import connection, transaction

from accounts.models import User
from common.days import PortalNow
from consent.models import Person
from crm import choosing, customers, kinds, timeline
from crm.choosing import NobodyLeftError
from crm.customers import Interest
from crm.models import Encounter, NamedContact, Organisation
from crm.models.named import NamedContactQuerySet

SLICE = 1000
TRIES = 3  # one for each who leaves at the very moment they are chosen
Chosen = NamedContact.Chosen
Customer = Person | Organisation

# One journey: what was committed while the lock was waited for is seen by the second statement.
NAME = """
SELECT FROM accounts_user WHERE id = %(user)s FOR KEY SHARE;
INSERT INTO crm_namedcontact (person_id, organisation_id, user_id, chosen, by_id, since)
SELECT %(person)s, %(organisation)s, %(user)s, %(chosen)s, %(by)s, portal_now() WHERE crm_is_reachable(%(user)s)
ON CONFLICT DO NOTHING
RETURNING id
"""
NAME_ALL = """
SELECT FROM accounts_user WHERE id = ANY (%(users)s) ORDER BY id FOR KEY SHARE;
INSERT INTO crm_namedcontact (person_id, organisation_id, user_id, chosen, by_id, since)
SELECT person, organisation, who, %(chosen)s, %(by)s, portal_now()
FROM unnest(%(people)s::bigint[], %(organisations)s::bigint[], %(users)s::bigint[]) AS t (person, organisation, who)
WHERE who IN (SELECT u FROM unnest(%(users)s::bigint[]) AS u GROUP BY u HAVING crm_is_reachable(u))
ON CONFLICT DO NOTHING
RETURNING person_id, organisation_id, user_id
"""


class Picks(Protocol):
    """Whatever says who is named for a customer: the rules, or somebody's decision."""

    def pick(self, interest: Interest) -> int: ...


class UnreachableError(Exception):
    """The member of staff has left, or has no role in which they could answer customers."""


def choose(customer: Customer, *, interest: Interest | None = None) -> User | None:
    """Whom the rules name for the customer now; None for who has somebody, and when no staff is left. Changes nothing.

    `interest` adds what is not in the database yet, such as the course that is being enrolled on.
    """
    if current(customer) is not None:
        return None
    try:
        key = choosing.load().pick(interest_of(customer, interest))
    except NobodyLeftError:
        return None
    return User.objects.filter(pk=key).first()  # erased at this very moment: the job names another


@transaction.atomic
def ensure(
    customer: Customer, *, interest: Interest | None = None, chosen: User | None = None
) -> NamedContact | None:
    """See that the customer has a named contact, in the caller's transaction; who has one keeps them.

    `chosen` is what `choose` said before a transaction that should be short. None while there is no staff: the job names
    somebody later.
    """
    for _try in range(TRIES):
        if (mine := current(customer)) is not None:
            return mine
        user = chosen or choose(customer, interest=interest)
        if user is None:
            return None
        name(customer, user, Chosen.RULE)
        chosen = None
    return current(customer)


@transaction.atomic
def name_by_hand(customer: Customer, user: User, *, by: User) -> NamedContact:
    """Make the user the customer's named contact from now on; the one before stays in the history.

    Who is it already stays it, now by hand. Raises UnreachableError, changing nothing.
    """
    lock_staff(user)
    type(customer).objects.select_for_update(no_key=True).get(pk=customer.pk)
    mine = current(customer)
    if mine is not None and mine.user_id == user.pk:
        NamedContact.objects.filter(pk=mine.pk).update(chosen=Chosen.HAND, by=by)
        mine.refresh_from_db()
        return mine
    of_customer(customer).current().update(until=PortalNow())
    if not name(customer, user, Chosen.HAND, by=by):
        raise UnreachableError
    return of_customer(customer).current().get()


def name(customer: Customer, user: User, chosen: Chosen, *, by: User | None = None) -> bool:
    """Write who answers, and that they do on the timeline; false when somebody does already, or the user cannot."""
    is_person = isinstance(customer, Person)
    values = {
        "user": user.pk,
        "person": customer.pk if is_person else None,
        "organisation": None if is_person else customer.pk,
        "chosen": chosen.value,
        "by": None if by is None else by.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(NAME, values)
        is_new = cursor.fetchone() is not None
    if is_new:
        timeline.record(
            kinds.CONTACT_NAMED,
            person=customer if isinstance(customer, Person) else None,
            organisation=customer if isinstance(customer, Organisation) else None,
            by=by,
            user=user.pk,
        )
    return is_new


def lock_staff(user: User) -> None:
    """Nobody takes the user's role away until the transaction ends; others may name them too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM accounts_user WHERE id = %s FOR KEY SHARE", [user.pk])


# --- many at once -----------------------------------------------------------------------


def settle_missing() -> int:
    """Name somebody for every customer who has nobody, in slices of their own transactions; how many customers.

    Safe twice and in parallel: who has been named meanwhile is left alone. Nothing waits for it but what came past the
    verbs, such as rows made in /admin/ or by an import.
    """
    count = 0
    try:
        for find in (nameless_people, nameless_organisations):
            while named := settle_slice(find()):
                count += named
    except NobodyLeftError:
        return count
    return count


def nameless_people() -> list[Customer]:
    return list(customers.nameless_people().order_by("pk")[:SLICE])


def nameless_organisations() -> list[Customer]:
    return list(customers.nameless_organisations().order_by("pk")[:SLICE])


@transaction.atomic
def settle_slice(some: Sequence[Customer]) -> int:
    """Name somebody for each of these; how many had nobody until then."""
    return name_all(some, choosing.load()) if some else 0


def name_all(
    some: Sequence[Customer],
    choice: Picks,
    *,
    chosen: Chosen = Chosen.RULE,
    by: User | None = None,
) -> int:
    """Name whom the choice picks for each of these customers of one kind, in the caller's transaction; how many are new.

    A few statements for all, customers in the order of their keys. A customer whose pick has just left stays for the
    next run, and who has somebody meanwhile keeps them.
    """
    people = isinstance(some[0], Person)
    interests = interests_of_all(some)
    picked = [choice.pick(interests[each.pk]) for each in some]
    keys, none = [each.pk for each in some], [None] * len(some)
    values = {
        "people": keys if people else none,
        "organisations": none if people else keys,
        "users": picked,
        "chosen": chosen.value,
        "by": None if by is None else by.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(NAME_ALL, values)
        named = cursor.fetchall()
    timeline.record_all(
        Encounter(
            kind=kinds.CONTACT_NAMED,
            person_id=person,
            organisation_id=organisation,
            by=by,
            data={"user": user},
        )
        for person, organisation, user in named
    )
    return len(named)


# --- reading ------------------------------------------------------------------------------


def current(customer: Customer) -> NamedContact | None:
    """The customer's own one in force."""
    return of_customer(customer).current().first()


def of_customer(customer: Customer) -> NamedContactQuerySet:
    """Every one the customer has had."""
    if isinstance(customer, Person):
        return NamedContact.objects.filter(person=customer)
    return NamedContact.objects.filter(organisation=customer)


def interest_of(customer: Customer, more: Interest | None = None) -> Interest:
    """What the customer is interested in; what is given more counts first."""
    return (more or Interest()) | interests_of_all([customer])[customer.pk]


def interests_of_all(some: Sequence[Customer]) -> dict[int, Interest]:
    if isinstance(some[0], Person):
        return customers.interests_of([each.pk for each in some])
    return customers.interests_of_organisations(
        each for each in some if isinstance(each, Organisation)
    )
