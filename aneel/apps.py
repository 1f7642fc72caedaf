import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AneelConfig(AppConfig):
    name = "aneel"
    verbose_name = _("ANEEL open data")

    def ready(self) -> None:
        importlib.import_module("aneel.cache_namespaces")
