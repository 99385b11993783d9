"""Begin, change and end a person's role in an organisation; rows are ended by a date, never deleted (C1.1).

Of who has had the processing restricted nothing of it is done: restriction.RestrictedError (GDPR Art. 18).
Locks: the person, then the organisation. The organisation's row is what two ends of its administrators wait for.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from common.days import database_now
from consent import restriction
from consent.models import Person
from crm import contacts, kinds, named_contacts, timeline, versions
from crm.models import Affiliation, Organisation
from crm.models.affiliations import AffiliationQuerySet

ADMIN = Affiliation.Rights.ADMIN


class AlreadyThereError(Exception):
    """The person has an open role in the organisation."""


class LastAdministratorError(Exception):
    """The organisation would be left without anybody to manage its people: name a successor."""


class EndedError(Exception):
    """The role has ended; what it was stays as it was."""


class TooEarlyError(Exception):
    """A role cannot end before it begins."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a person is and may do in an organisation."""

    title: str = ""
    rights: str = Affiliation.Rights.MEMBER
    decision_power: str = ""
    is_primary: bool = False


def part_of(affiliation: Affiliation) -> Part:
    """What the role is now."""
    return Part(
        title=affiliation.title,
        rights=affiliation.rights,
        decision_power=affiliation.decision_power,
        is_primary=affiliation.is_primary,
    )


def version_of(affiliation: Affiliation) -> str:
    """What a form is opened at."""
    return versions.mark(part_of(affiliation), affiliation.until)


@transaction.atomic
def begin(
    person: Person,
    organisation: Organisation,
    part: Part,
    *,
    since: datetime | None = None,
    by: User | None,
) -> Affiliation:
    """Give the person a role from a moment on (now); their first open one is primary. AlreadyThereError for a second."""
    lock(person, organisation)
    if Affiliation.objects.filter(person=person, organisation=organisation, until=None).exists():
        raise AlreadyThereError
    contacts.card_of(person)
    made = Affiliation(person=person, organisation=organisation, since=since or database_now())
    write(made, part)
    timeline.record(
        kinds.AFFILIATION_BEGAN, person=person, organisation=organisation, by=by, title=part.title
    )
    named_contacts.ensure(person)
    return made


@transaction.atomic
def change(affiliation: Affiliation, part: Part, *, version: str, by: User | None) -> Affiliation:
    """Write what a form says that was opened at `version`.

    Raises StaleError, EndedError, and LastAdministratorError when nobody else could manage the organisation.
    """
    current = locked(affiliation)
    if current.until is not None:
        raise EndedError
    versions.check(version, version_of(current))
    had = current.rights
    if had == ADMIN != part.rights:
        keep_managed(current, at=database_now())
    write(current, part)
    if had != part.rights:
        tell_rights(current, by)
    return current


@transaction.atomic
def end(
    affiliation: Affiliation,
    *,
    at: datetime | None = None,
    successor: Affiliation | None = None,
    by: User | None,
) -> Affiliation:
    """End the role at a moment (now); a `successor` of the same organisation becomes administrator. Twice ends once.

    Raises LastAdministratorError and TooEarlyError.
    """
    current = locked(affiliation)
    if current.until is not None:
        return current
    until = at or database_now()
    if until <= current.since:
        raise TooEarlyError
    if successor is not None:
        appoint(successor, current.organisation, by)
    if current.rights == ADMIN:
        keep_managed(current, at=until)
    current.until, current.is_primary = until, False
    current.save(update_fields=["until", "is_primary"])
    timeline.record(
        kinds.AFFILIATION_ENDED,
        person=current.person,
        organisation=current.organisation,
        by=by,
    )
    return current


# --- how they do it ---------------------------------------------------------------------------


def lock(person: Person, organisation: Organisation) -> None:
    """Take the person's row, then the organisation's; raises restriction.RestrictedError."""
    restriction.check(person.pk)
    Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)
    Organisation.objects.select_for_update(no_key=True, of=("self",)).get(pk=organisation.pk)


def locked(affiliation: Affiliation) -> Affiliation:
    """The role as it is now, after the locks."""
    lock(affiliation.person, affiliation.organisation)
    return Affiliation.objects.select_related("person", "organisation").get(pk=affiliation.pk)


def write(affiliation: Affiliation, part: Part) -> None:
    """Save the role; of a person's open ones the primary one is one."""
    others = Affiliation.objects.filter(person=affiliation.person, until=None).exclude(
        pk=affiliation.pk
    )
    primary = others.filter(is_primary=True)
    affiliation.is_primary = part.is_primary or not primary.exists()
    if affiliation.is_primary:
        primary.update(is_primary=False)
    affiliation.title, affiliation.rights = part.title, part.rights
    affiliation.decision_power = part.decision_power
    affiliation.save()


def administrators(organisation: Organisation, at: datetime) -> AffiliationQuerySet:
    """Who manages the organisation at a moment."""
    return Affiliation.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at),
        organisation=organisation,
        rights=ADMIN,
        since__lte=at,
    )


def keep_managed(leaving: Affiliation, *, at: datetime) -> None:
    """Raise LastAdministratorError when nobody else manages the organisation at the moment."""
    if not administrators(leaving.organisation, at).exclude(pk=leaving.pk).exists():
        raise LastAdministratorError


def appoint(successor: Affiliation, organisation: Organisation, by: User | None) -> None:
    """Make one of the organisation's own people its administrator."""
    chosen = Affiliation.objects.current().select_related("person", "organisation")
    current = chosen.get(pk=successor.pk, organisation=organisation, until=None)
    if current.rights != ADMIN:
        current.rights = ADMIN
        current.save(update_fields=["rights"])
        tell_rights(current, by)


def tell_rights(affiliation: Affiliation, by: User | None) -> None:
    """What the person may do for the organisation is part of both their histories."""
    timeline.record(
        kinds.RIGHTS_GIVEN,
        person=affiliation.person,
        organisation=affiliation.organisation,
        by=by,
        rights=affiliation.rights,
    )
