"""Customers in /admin/, until the workbench has pages for them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ByRole
from accounts.roles import Permission
from crm import named_contacts
from crm.models import Affiliation, Organisation


@admin.register(Organisation)
class OrganisationAdmin(ByRole):
    """Customer organisations."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS
    list_display = ("name", "business_id")
    search_fields = ("name", "business_id")

    def save_model(
        self,
        request: HttpRequest,
        obj: Organisation,
        form: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        named_contacts.ensure(obj)


@admin.register(Affiliation)
class AffiliationAdmin(ByRole):
    """What people may do for organisations; ended by a date, never deleted."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS
    list_display = ("person", "organisation", "rights", "since", "until")
    list_select_related = ("person", "organisation")
    autocomplete_fields = ("organisation",)
    raw_id_fields = ("person",)

    def save_model(
        self,
        request: HttpRequest,
        obj: Affiliation,
        form: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        named_contacts.ensure(obj.person)
