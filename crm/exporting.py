"""Customers as a file: who took which, how many and when is written before the first byte leaves (C1.2).

The caller gives a queryset, already filtered for whoever asks; restricted people (GDPR Art. 18) are left out here.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import spreadsheets
from common.spreadsheets import Cell, Column, Format, Sheet
from consent.models import Person, PersonQuerySet
from crm.models import (
    Affiliation,
    ContactPerson,
    Export,
    Organisation,
    OrganisationAddress,
    OrganisationQuerySet,
)

AT_ONCE = 500  # rows


class Taken(NamedTuple):
    """An export that is written down, and its bytes."""

    export: Export
    pieces: Iterator[bytes]


def organisations(
    found: OrganisationQuerySet, form: Format, *, by: User | None, filters: dict[str, Any]
) -> Taken:
    """These organisations as a file."""
    return take(ORGANISATIONS, found, whole_organisations, form, by=by, filters=filters)


def contacts(
    found: PersonQuerySet, form: Format, *, by: User | None, filters: dict[str, Any]
) -> Taken:
    """These people as a file, but for those whose data lie still."""
    return take(PEOPLE, found.unrestricted(), whole_people, form, by=by, filters=filters)


def take(
    sheet: Sheet,
    found: "QuerySet[Any]",
    whole: "Callable[[list[int]], QuerySet[Any]]",
    form: Format,
    *,
    by: User | None,
    filters: dict[str, Any],
) -> Taken:
    """Write the log, then give the file: exactly the rows that were counted, read as it is sent.

    `filters` say which rows they are, in words of the list's own address; nothing in them names a person.
    """
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    export = Export.objects.create(
        sheet=sheet.name, form=form.value, filters=filters, rows=len(keys), by=by
    )
    rows = (sheet.cells(row) for row in each(keys, whole))
    return Taken(export, spreadsheets.pieces(form, sheet.headings, rows))


def each(keys: list[int], whole: "Callable[[list[int]], QuerySet[Any]]") -> Iterator[Any]:
    """The rows in order of their keys, so many at a time that memory stays flat."""
    for start in range(0, len(keys), AT_ONCE):
        yield from whole(keys[start : start + AT_ONCE])


# --- organisations ---------------------------------------------------------------------------


def whole_organisations(keys: list[int]) -> "QuerySet[Any]":
    """With what their columns need."""
    found = Organisation.objects.filter(pk__in=keys).order_by("pk")
    return found.select_related("parent", "owner").prefetch_related("addresses", "domains")


def place(organisation: Organisation) -> OrganisationAddress:
    """The address to write to: the postal one, else any; an empty one when there is none."""
    found = sorted(organisation.addresses.all(), key=lambda each: each.kind != "postal")
    return found[0] if found else OrganisationAddress(country="")


ORGANISATIONS = Sheet(
    "crm.organisations",
    _("Organisations"),
    (
        Column(_("Organisation"), lambda row: row.name),
        Column(_("Business ID"), lambda row: row.business_id),
        Column(_("Industry (TOL 2008)"), lambda row: row.industry),
        Column(_("Size"), lambda row: row.get_size_display()),
        Column(_("Web site"), lambda row: row.website),
        Column(_("Domain of their e-mail"), lambda row: joined(row.domains)),
        Column(_("Street address"), lambda row: place(row).street),
        Column(_("Postcode"), lambda row: place(row).postcode),
        Column(_("City"), lambda row: place(row).city),
        Column(_("Country"), lambda row: place(row).country),
        Column(_("E-invoicing address"), lambda row: row.einvoice_address),
        Column(_("E-invoicing operator"), lambda row: row.einvoice_operator),
        Column(_("Parent organisation"), lambda row: str(row.parent or "")),
        Column(_("Owner institution"), lambda row: str(row.owner or "")),
        Column(_("Source"), lambda row: row.source),
    ),
)


def joined(rows: Any) -> str:
    """Several in one cell."""
    return ", ".join(str(row) for row in rows.all())


# --- people --------------------------------------------------------------------------------------


def whole_people(keys: list[int]) -> "QuerySet[Any]":
    """With addresses, card, phones, and the affiliations of today, the primary one first."""
    current = Affiliation.objects.current().order_by("-is_primary", "pk")
    return (
        Person.objects.filter(pk__in=keys)
        .order_by("pk")
        .select_related("contact_card")
        .prefetch_related(
            "addresses",
            "contact_card__phones",
            Prefetch("affiliations", current.select_related("organisation"), "current"),
        )
    )


def card(person: Person) -> ContactPerson:
    """The person's card; an empty one when there is none."""
    found: ContactPerson | None = getattr(person, "contact_card", None)
    return found or ContactPerson(person=person)


def phone(person: Person) -> str:
    """The primary number, else any."""
    known = getattr(person, "contact_card", None)
    found = sorted(known.phones.all(), key=lambda each: not each.is_primary) if known else []
    return found[0].number if found else ""


def first(row: Any) -> Cell:
    """The organisation the person is known by."""
    return row.current[0].organisation.name if row.current else ""


PEOPLE = Sheet(
    "crm.people",
    _("People"),
    (
        Column(_("Person’s name"), lambda row: row.name),
        Column(_("E-mail address"), lambda row: row.email),
        Column(_("Phone"), phone),
        Column(_("Job title"), lambda row: card(row).title),
        Column(_("Organisation"), first),
        Column(_("Language"), lambda row: row.language),
        Column(_("Source"), lambda row: card(row).source),
        Column(_("Told that we hold them"), lambda row: card(row).informed_at),
    ),
)
