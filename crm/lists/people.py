"""The list of people in the register (C1.1). Those whose processing is restricted are seen by who handles it alone."""

from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from accounts.models import LANGUAGES, User
from common.order import SurnameOrder
from consent.models import Person, PersonQuerySet
from crm.lists.columns import Column, Look
from crm.lists.keyset import Order
from crm.models import Affiliation, ContactPhone, NamedContact, Task

ORDERS = (Order("name", SurnameOrder("name")), Order("added", F("contact_card__created_at")))
IN_WORDS = dict(LANGUAGES)


def everybody() -> PersonQuerySet:
    """All who have a card in the register."""
    return Person.objects.filter(contact_card__isnull=False).select_related("contact_card")


def seen_by(user: User) -> PersonQuerySet:
    """Those whom this member of staff may see."""
    return everybody().visible_to(user)


def with_roles(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Roles of today, the primary one first."""
    current = Affiliation.objects.current().select_related("organisation")
    ordered = current.order_by("-is_primary", "-since")
    return rows.prefetch_related(Prefetch("affiliations", ordered, to_attr="roles"))


def with_phones(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    primary = ContactPhone.objects.filter(is_primary=True)
    return rows.prefetch_related(Prefetch("contact_card__phones", primary, to_attr="primary"))


def with_contact(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    current = NamedContact.objects.current().select_related("user")
    return rows.prefetch_related(Prefetch("named_contacts", current, to_attr="answering"))


def with_tasks(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    open_ones = Task.objects.filter(done_at=None, person=OuterRef("pk")).order_by()
    count = open_ones.values("person").annotate(count=Count("pk")).values("count")
    found: QuerySet[Any] = rows.annotate(task_count=Coalesce(Subquery(count), 0))
    return found


def title_of(row: Any) -> str:
    return row.contact_card.title or next((each.title for each in row.roles if each.title), "")


def languages_of(row: Any) -> str:
    spoken = dict.fromkeys([row.language, *row.contact_card.languages])
    return ", ".join(IN_WORDS[each] for each in spoken)


COLUMNS = (
    Column(
        "name",
        gettext_lazy("Name"),
        lambda row: row.name or row.email,
        look=Look.TITLE,
        prepare=lambda rows: rows.prefetch_related("addresses"),
    ),
    Column("title", gettext_lazy("Job title"), title_of, with_roles),
    Column(
        "organisation",
        gettext_lazy("Organisation"),
        lambda row: next((str(each.organisation) for each in row.roles), ""),
        with_roles,
    ),
    Column(
        "decision",
        gettext_lazy("Decision power"),
        lambda row: next((each.get_decision_power_display() for each in row.roles), ""),
        with_roles,
        is_default=False,
    ),
    Column(
        "phone",
        gettext_lazy("Phone"),
        lambda row: next((each.number for each in row.contact_card.primary), ""),
        with_phones,
        Look.PHONE,
    ),
    Column(
        "email",
        gettext_lazy("E-mail"),
        lambda row: row.email,
        lambda rows: rows.prefetch_related("addresses"),
        Look.EMAIL,
    ),
    Column("languages", gettext_lazy("Languages"), languages_of, is_default=False),
    Column(
        "contact",
        gettext_lazy("Named contact"),
        lambda row: next((str(each.user) for each in row.answering), ""),
        with_contact,
    ),
    Column(
        "tasks",
        gettext_lazy("Open tasks"),
        lambda row: row.task_count,
        with_tasks,
        Look.NUMBER,
        is_default=False,
    ),
    Column("source", gettext_lazy("Source"), lambda row: row.contact_card.source, is_default=False),
    Column(
        "added",
        gettext_lazy("Added"),
        lambda row: row.contact_card.created_at,
        look=Look.DAY,
        is_default=False,
    ),
)


def in_organisation(rows: PersonQuerySet, organisation_id: int) -> PersonQuerySet:
    """With a role there today."""
    return rows.filter(pk__in=roles(organisation=organisation_id))


def deciding(rows: PersonQuerySet, power: str) -> PersonQuerySet:
    """With this part in decisions somewhere."""
    return rows.filter(pk__in=roles(decision_power=power))


def roles(**which: Any) -> "QuerySet[Any, Any]":
    """Keys of people with such a role today."""
    return Affiliation.objects.current().filter(**which).values("person")


def with_open_tasks(rows: PersonQuerySet, **which: Any) -> PersonQuerySet:
    """With something still to be done."""
    found = Task.objects.filter(done_at=None, person__isnull=False, **which)
    return rows.filter(pk__in=found.values("person"))


def answered_by(rows: PersonQuerySet, user_id: int | None) -> PersonQuerySet:
    """Whose named contact this is; None: who have none."""
    named = NamedContact.objects.current().filter(person__isnull=False)
    if user_id is None:
        return rows.exclude(pk__in=named.values("person"))
    return rows.filter(pk__in=named.filter(user=user_id).values("person"))
