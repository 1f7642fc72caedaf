import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "products"
    verbose_name = _("Products and kits")

    def ready(self) -> None:
        importlib.import_module("products.cache_namespaces")
