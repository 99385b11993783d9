"""Customers in /admin/, until the workbench has pages for them."""

from django.contrib import admin

from accounts.admin import ByRole
from accounts.roles import Permission
from crm.models import Affiliation, Organisation


@admin.register(Organisation)
class OrganisationAdmin(ByRole):
    """Customer organisations."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS
    list_display = ("name", "business_id")
    search_fields = ("name", "business_id")


@admin.register(Affiliation)
class AffiliationAdmin(ByRole):
    """What people may do for organisations; ended by a date, never deleted."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS
    list_display = ("person", "organisation", "rights", "since", "until")
    list_select_related = ("person", "organisation")
    autocomplete_fields = ("organisation",)
    raw_id_fields = ("person",)
