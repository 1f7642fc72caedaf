import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Change log")

    def ready(self) -> None:
        importlib.import_module("audit.receivers")
