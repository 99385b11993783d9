"""The /admin/ site: open to staff by their roles, signed in to like the rest of the portal."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Permission


class PortalAdminSite(AdminSite):
    """Django's admin with the portal's sign-in and the role table's permissions."""

    site_title = _("Administration")
    index_title = _("What would you like to edit?")

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.may(Permission.USE_WORKBENCH)

    login = method_decorator(secure_admin_login)(AdminSite.login)
