"""The register in /admin/, to look up what is there: whoever changes it does so in the workbench, by its verbs."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin import ByRole
from accounts.roles import Permission
from crm.models import Affiliation, Organisation


class LookedUp(ByRole):
    """A model that nobody changes here."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(LookedUp):
    """Customer organisations."""

    list_display = ("name", "business_id")
    search_fields = ("name", "business_id")


@admin.register(Affiliation)
class AffiliationAdmin(LookedUp):
    """What people may do for organisations."""

    list_display = ("person", "organisation", "rights", "since", "until")
    list_select_related = ("person", "organisation")
    raw_id_fields = ("person", "organisation")
