"""Keep the register's organisations: add one, change what is known of it, its other names (C1.1).

Each verb is one transaction and locks the organisation's row. It does so without stopping those who point to the row:
two members of staff who put two organisations under each other would else wait for one another for ever.
"""

from dataclasses import dataclass, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Institution, User
from crm import kinds, named_contacts, timeline, versions
from crm.models import (
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)

Kind = OrganisationAddress.Kind


class TakenError(Exception):
    """Another organisation has this business ID; `organisation` says which."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(organisation.pk)
        self.organisation = organisation


class CircleError(Exception):
    """The organisation would be above itself."""


@dataclass(frozen=True)
class Place:
    """An address; empty when there is none."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FI"

    def __bool__(self) -> bool:
        return bool(self.street or self.postcode or self.city)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the register says of an organisation; texts as `crm.identifiers` gives them."""

    name: str
    business_id: str = ""
    industry: str = ""
    size: str = ""
    website: str = ""
    einvoice_address: str = ""
    einvoice_operator: str = ""
    parent: Organisation | None = None
    owner: Institution | None = None
    source: str = ""
    domains: tuple[str, ...] = ()
    visiting: Place = Place()
    postal: Place = Place()
    billing: Place = Place()

    @property
    def columns(self) -> dict[str, Any]:
        """What is in the organisation's own row."""
        apart = {"domains", *Kind.values}
        return {
            each.name: getattr(self, each.name) for each in fields(self) if each.name not in apart
        }

    @property
    def places(self) -> dict[str, Place]:
        return {kind: getattr(self, kind) for kind in Kind.values}


def facts_of(organisation: Organisation) -> Facts:
    """What the register says of it now."""
    domains = organisation.domains.order_by("domain").values_list("domain", flat=True)
    places: dict[str, Any] = {
        each.kind: Place(each.street, each.postcode, each.city, each.country)
        for each in organisation.addresses.all()
    }
    apart = {"domains", *Kind.values}
    own = {
        each.name: getattr(organisation, each.name)
        for each in fields(Facts)
        if each.name not in apart
    }
    return Facts(**own, domains=tuple(domains), **places)


# --- add and change -------------------------------------------------------------------------


@transaction.atomic
def create(facts: Facts, *, by: User | None) -> Organisation:
    """Add a customer; TakenError when its business ID is another's."""
    made = Organisation(**facts.columns)
    save(made)
    put_domains(made, facts.domains)
    put_places(made, facts.places)
    timeline.record(kinds.ORGANISATION_ADDED, organisation=made, by=by)
    named_contacts.ensure(made)
    return made


@transaction.atomic
def change(
    organisation: Organisation, facts: Facts, *, version: int, by: User | None
) -> Organisation:
    """Write what a form says that was opened at `version`; what says nothing new writes nothing.

    Raises StaleError, TakenError, CircleError; then nothing has changed. A name it had stays as a former one.
    """
    current = locked(organisation, version)
    before = facts_of(current)
    if facts == before:
        return current
    for name, value in facts.columns.items():
        setattr(current, name, value)
    current.version += 1
    save(current)
    put_domains(current, facts.domains)
    put_places(current, facts.places)
    if facts.name != before.name:
        keep_former(current, before.name)
        timeline.record(
            kinds.ORGANISATION_RENAMED,
            organisation=current,
            by=by,
            before=before.name,
            after=facts.name,
        )
    return current


@transaction.atomic
def add_name(organisation: Organisation, name: str, kind: str) -> OrganisationName:
    """Another name it goes by; one it has already, in whatever case, stays as it is."""
    current = locked(organisation)
    known = current.names.filter(name__iexact=name).first()
    if known is not None:
        return known
    touch(current)
    return OrganisationName.objects.create(organisation=current, name=name, kind=kind)


@transaction.atomic
def remove_name(name: OrganisationName) -> None:
    """It never went by this name; a second time does nothing."""
    current = locked(name.organisation)
    if current.names.filter(pk=name.pk).delete()[0]:
        touch(current)


# --- how they do it ---------------------------------------------------------------------------


def locked(organisation: Organisation, version: int | None = None) -> Organisation:
    """Its row as it is now, locked; StaleError when it is no longer the version that was opened."""
    current = Organisation.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=organisation.pk
    )
    if version is not None:
        versions.check(version, current.version)
    return current


def touch(organisation: Organisation) -> None:
    """The next version: forms opened before are told."""
    Organisation.objects.filter(pk=organisation.pk).update(version=F("version") + 1)


def save(organisation: Organisation) -> None:
    """Save the row; what the database forbids is raised by its name."""
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if broken == "organisation_business_id_once":
            taken = Organisation.objects.get(business_id=organisation.business_id)
            raise TakenError(taken) from error
        if broken in {"organisation_not_its_own_parent", "organisation_in_no_circle"}:
            raise CircleError from error
        raise


def put_domains(organisation: Organisation, wanted: tuple[str, ...]) -> None:
    """These domains and no others."""
    organisation.domains.exclude(domain__in=wanted).delete()
    known = set(organisation.domains.values_list("domain", flat=True))
    OrganisationDomain.objects.bulk_create(
        OrganisationDomain(organisation=organisation, domain=each)
        for each in dict.fromkeys(wanted)
        if each not in known
    )


def put_places(organisation: Organisation, wanted: dict[str, Place]) -> None:
    """One address of each kind; an empty one is none."""
    for kind, place in wanted.items():
        if not place:
            organisation.addresses.filter(kind=kind).delete()
            continue
        OrganisationAddress.objects.update_or_create(
            organisation=organisation,
            kind=kind,
            defaults={each.name: getattr(place, each.name) for each in fields(place)},
        )


def keep_former(organisation: Organisation, name: str) -> None:
    """Found by its old name too; not where only capitals or spaces differ."""
    if "".join(name.split()).casefold() == "".join(organisation.name.split()).casefold():
        return
    if not organisation.names.filter(name__iexact=name).exists():
        former = OrganisationName.Kind.FORMER
        OrganisationName.objects.create(organisation=organisation, name=name, kind=former)
