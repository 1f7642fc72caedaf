import importlib

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The shared kernel: extensions, schemas, roles and SQL functions by migration; no tables of its own."""

    name = "ysh.core"
    label = "core"
    verbose_name = "YSH"

    def ready(self) -> None:
        importlib.import_module("ysh.core.cache_namespaces")
        importlib.import_module("ysh.core.admin.headers").remember_headers()
