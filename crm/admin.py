"""The register's organisations in /admin/, to look up what is there: whoever changes them does so in the workbench.

People are not here: the workbench writes down who looks at them, and leaves out those whose data lie still.
"""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin import ByRole
from accounts.roles import Permission
from crm.models import Organisation


@admin.register(Organisation)
class OrganisationAdmin(ByRole):
    """Customer organisations, which nobody changes here."""

    needed = Permission.EDIT_CUSTOMERS
    seen = Permission.SEE_CUSTOMERS
    list_display = ("name", "business_id")
    search_fields = ("name", "business_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
