"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = _("Messages")

    def ready(self) -> None:
        import_module(f"{self.name}.audited")
        import_module(f"{self.name}.plugs")
