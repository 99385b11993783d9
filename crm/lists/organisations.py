"""The list of organisations (C1.1)."""

from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.order import FinnishOrder
from consent.models.people import unrestricted
from crm.identifiers import domain_in_words
from crm.lists.columns import Column, Look
from crm.lists.keyset import Order, by_field
from crm.models import (
    Affiliation,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationQuerySet,
    Task,
)

ORDERS = (Order("name", FinnishOrder("name")), by_field("created_at"))


def counted(rows: "QuerySet[Any]", of: str = "organisation") -> Subquery:
    """How many of the rows belong to the organisation of the outer query."""
    found = rows.filter(**{of: OuterRef("pk")}).order_by().values(of)
    return Subquery(found.annotate(count=Count("pk")).values("count"))


def with_people(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Those whose data is restricted are not counted: no list tells of them."""
    here = Affiliation.objects.current().filter(unrestricted())
    found: QuerySet[Any] = rows.annotate(people_count=Coalesce(counted(here), 0))
    return found


def with_tasks(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    tasks = counted(Task.objects.filter(unrestricted(), done_at=None))
    found: QuerySet[Any] = rows.annotate(task_count=Coalesce(tasks, 0))
    return found


def with_addresses(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    order = OrganisationAddress.objects.order_by("-kind")  # visiting, postal, billing
    return rows.prefetch_related(Prefetch("addresses", order, to_attr="places"))


def with_contact(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    current = NamedContact.objects.current().select_related("user")
    return rows.prefetch_related(Prefetch("named_contacts", current, to_attr="answering"))


def city_of(row: Any) -> str:
    """Where it is, else where its post goes."""
    return next((place.city for place in row.places if place.city), "")


def contact_of(row: Any) -> str:
    return next((str(each.user) for each in row.answering), "")


def einvoice_of(row: Organisation) -> str:
    return _("yes") if row.einvoice_address else _("no")


COLUMNS = (
    Column("name", gettext_lazy("Name"), str, look=Look.TITLE),
    Column(
        "business_id",
        gettext_lazy("Business ID"),
        lambda row: row.business_id,
        look=Look.CODE,
    ),
    Column("city", gettext_lazy("City"), city_of, with_addresses),
    Column("industry", gettext_lazy("Industry"), lambda row: row.industry, is_default=False),
    Column("size", gettext_lazy("Size"), lambda row: row.get_size_display(), is_default=False),
    Column(
        "owner",
        gettext_lazy("Owner institution"),
        lambda row: str(row.owner or ""),
        lambda rows: rows.select_related("owner"),
        is_default=False,
    ),
    Column("contact", gettext_lazy("Named contact"), contact_of, with_contact),
    Column(
        "people", gettext_lazy("People"), lambda row: row.people_count, with_people, Look.NUMBER
    ),
    Column(
        "tasks", gettext_lazy("Open tasks"), lambda row: row.task_count, with_tasks, Look.NUMBER
    ),
    Column("einvoice", gettext_lazy("E-invoicing"), einvoice_of, is_default=False),
    Column(
        "domains",
        gettext_lazy("Domains"),
        lambda row: ", ".join(domain_in_words(each.domain) for each in row.domains.all()),
        lambda rows: rows.prefetch_related("domains"),
        is_default=False,
    ),
    Column(
        "parent",
        gettext_lazy("Parent organisation"),
        lambda row: str(row.parent or ""),
        lambda rows: rows.select_related("parent"),
        is_default=False,
    ),
    Column("source", gettext_lazy("Source"), lambda row: row.source, is_default=False),
    Column(
        "created_at",
        gettext_lazy("Added"),
        lambda row: row.created_at,
        look=Look.DAY,
        is_default=False,
    ),
)


def in_city(rows: OrganisationQuerySet, city: str) -> OrganisationQuerySet:
    """With an address of any kind there."""
    return rows.filter(
        pk__in=OrganisationAddress.objects.filter(city__iexact=city).values("organisation")
    )


def with_open_tasks(rows: OrganisationQuerySet, **which: Any) -> OrganisationQuerySet:
    """With something still to be done."""
    found = Task.objects.filter(done_at=None, organisation__isnull=False, **which)
    return rows.filter(pk__in=found.values("organisation"))


def answered_by(rows: OrganisationQuerySet, user_id: int | None) -> OrganisationQuerySet:
    """Whose named contact this is; None: who have none."""
    named = NamedContact.objects.current().filter(organisation__isnull=False)
    if user_id is None:
        return rows.exclude(pk__in=named.values("organisation"))
    return rows.filter(pk__in=named.filter(user=user_id).values("organisation"))


def with_einvoice(rows: OrganisationQuerySet, *, has: bool) -> OrganisationQuerySet:
    none = Q(einvoice_address="")
    return rows.filter(~none if has else none)
