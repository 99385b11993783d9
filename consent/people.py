"""Find or make the person behind an address, and keep name, language and address right (GDPR Art. 16)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Lower

from accounts.models import User
from common.days import PortalNow
from consent import suppression
from consent.models import Address, Person


class SuppressedError(Exception):
    """The address's owner was erased or objects to marketing, so no import brings it in; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"suppressed: {self.reason}"


# One statement, the same whether or not the address is known: what a sign-in page does with an address
# must not tell (A09). An address made by somebody else meanwhile raises, and the statement is run again.
FIND_OR_MAKE = """
WITH known AS (
  SELECT person_id FROM consent_address WHERE lower(email) = lower(%(email)s)
), made AS (
  INSERT INTO consent_person (kind, name, language, created_at)
  SELECT 'natural', %(name)s, %(language)s, portal_now() WHERE NOT EXISTS (SELECT FROM known)
  RETURNING id
), addressed AS (
  INSERT INTO consent_address (person_id, email, is_primary, created_at)
  SELECT id, %(email)s, true, portal_now() FROM made
  RETURNING person_id
)
SELECT person_id FROM known UNION ALL SELECT person_id FROM addressed
"""


def person_for(email: str, *, name: str = "", language: str = "fi") -> Person:
    """The person of this address; made when the address is new. A known person's name and language stay.

    Two callers at once get the same person: the address is unique in the database and the loser reads the winner's row.
    """
    values = {"email": email.strip().lower(), "name": name, "language": language}
    try:
        return Person.objects.get(pk=find_or_make(values))
    except IntegrityError:
        return Person.objects.get(pk=find_or_make(values))


@transaction.atomic
def imported(email: str, *, name: str = "", language: str = "fi") -> Person:
    """The door for what others tell of people, such as an import or a colleague: `person_for`, or SuppressedError.

    Who was erased, or objects, comes back by their own doing alone: by signing in, enrolling, or asking for the newsletter.
    """
    if reason := suppression.reason_for(email):
        raise SuppressedError(reason)
    return person_for(email, name=name, language=language)


class Told(NamedTuple):
    """What others say of the owner of an address."""

    name: str = ""
    language: str = "fi"
    kind: str = Person.Kind.NATURAL


class Brought(NamedTuple):
    """People by their address in lower case, which of them are new, and why the others were left out."""

    people: dict[str, Person]
    made: set[str]
    left_out: dict[str, str]


@transaction.atomic
def imported_together(told: Mapping[str, Told]) -> Brought:
    """`imported` for many at once, by their addresses in lower case; who is suppressed is left out and named.

    Known people stay as they are. IntegrityError when somebody else makes one of them meanwhile: try again.
    """
    left_out = suppression.reasons_for(told)
    people = people_of(told.keys() - left_out.keys())
    new = sorted(told.keys() - left_out.keys() - people.keys())
    made = Person.objects.bulk_create(
        Person(name=told[email].name, language=told[email].language, kind=told[email].kind)
        for email in new
    )
    Address.objects.bulk_create(
        Address(person=person, email=email, closed_because="")
        for email, person in zip(new, made, strict=True)
    )
    return Brought(people | dict(zip(new, made, strict=True)), set(new), left_out)


def people_of(emails: Iterable[str]) -> dict[str, Person]:
    """The people that addresses in lower case belong to, by address."""
    known = Address.objects.alias(known_as=Lower("email")).filter(known_as__in=list(emails))
    return {each.email.lower(): each.person for each in known.select_related("person")}


@transaction.atomic
def find_or_make(values: dict[str, str]) -> int:
    """Key of the address's person; IntegrityError when somebody makes the same address meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_OR_MAKE, values)
        (key,) = cursor.fetchone()
    return int(key)


@transaction.atomic
def person_of(user: User) -> Person:
    """The person who signs in as this user; made, or joined to the one already known by the address.

    The address must be proven to be the user's before this is called: what was done with the address becomes theirs.
    Another user's person is never taken over, and an address the user has replaced is forgotten.
    """
    person = Person.objects.filter(user=user).prefetch_related("addresses").first() or join(user)
    if person.email != user.email:
        person.addresses.filter(is_primary=True).delete()
        take_address(person, user.email)
        person = Person.objects.prefetch_related("addresses").get(pk=person.pk)
    return person


def join(user: User) -> Person:
    """Link the user with the person of the address, or with a new one when that is another user's."""
    person = person_for(user.email, name=user.name, language=user.language)
    if person.user_id is not None:
        person = Person(language=user.language)
    person.user = user
    person.name = person.name or user.name
    person.save()
    if user.name != person.name:
        user.name = person.name
        user.save(update_fields=["name"])
    return person


def take_address(person: Person, email: str) -> None:
    """Make the proven address the person's primary one, whoever it was written to before."""
    moved = Address.objects.alias(known_as=Lower("email")).filter(known_as=email.lower())
    if moved.update(person=person, is_primary=True):
        open_address(email)
    else:
        Address.objects.create(person=person, email=email.lower())


def settle_primary(person: Person) -> None:
    """See that somebody who has addresses has a primary one: the one they sign in with, else the oldest."""
    mine = Address.objects.filter(person=person).order_by("pk")
    wanted = mine.filter(email__iexact=person.user.email).first() if person.user else None
    wanted = wanted or mine.filter(is_primary=True).first() or mine.first()
    if wanted is not None and not wanted.is_primary:
        mine.filter(is_primary=True).update(is_primary=False)
        mine.filter(pk=wanted.pk).update(is_primary=True)


@transaction.atomic
def correct(person: Person, *, name: str, language: str) -> None:
    """Write the person's own word on name and language, to the user who signs in as them too."""
    person.name, person.language = name, language
    person.save(update_fields=["name", "language"])
    if person.user is not None:
        person.user.name, person.user.language = name, language
        person.user.save(update_fields=["name", "language"])


@transaction.atomic
def close_address(address: Address, because: str, *, now: datetime) -> None:
    """Send nothing to the address any more, for one of Address.Closed; a closed one keeps its first reason."""
    Address.objects.filter(pk=address.pk, closed_at=None).update(
        closed_at=now, closed_because=because
    )
    address.refresh_from_db(fields=["closed_at", "closed_because"])


def open_address(email: str) -> bool:
    """Send to a closed address again, its owner having just proven that mail arrives; false when it was not closed.

    What was refused stays refused: this permits nothing.
    """
    known = Address.objects.alias(known_as=Lower("email")).filter(known_as=email.strip().lower())
    opened = known.filter(closed_at__isnull=False).update(
        closed_at=None, closed_because="", reopened_at=PortalNow()
    )
    return bool(opened)
