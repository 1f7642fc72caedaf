import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = _("Ingestion")

    def ready(self) -> None:
        importlib.import_module("pipeline.cache_namespaces")
        importlib.import_module("pipeline.phrases")
        importlib.import_module("pipeline.fault_phrases")
