"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Institutions and staff")

    def ready(self) -> None:
        import_module(f"{self.name}.audited")
