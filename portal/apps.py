"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        import_module(f"{self.name}.plugs")
        import_module(
            f"{self.name}.celery"
        )  # so that every process rings this application's broker


class PortalAdminConfig(admin.AdminConfig):
    """Makes the portal's own site the default one of /admin/."""

    default = False  # of the two in this module
    default_site = "portal.adminsite.PortalAdminSite"
