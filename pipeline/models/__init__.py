"""Tables of the schema `pipeline`: runs, files, refused rows, checks; the feed of changes; keys and webhooks of others."""

from pipeline.models.change import Change
from pipeline.models.integration import ApiKey, WebhookDelivery, WebhookEndpoint
from pipeline.models.quality import DataQualityCheck
from pipeline.models.run import ActiveRun, IngestionRun
from pipeline.models.source_file import RejectedRow, SourceFile
from pipeline.models.supplier_list import CatalogImport, CatalogImportRow, SupplierMapping

__all__ = [
    "ActiveRun",
    "ApiKey",
    "CatalogImport",
    "CatalogImportRow",
    "Change",
    "DataQualityCheck",
    "IngestionRun",
    "RejectedRow",
    "SourceFile",
    "SupplierMapping",
    "WebhookDelivery",
    "WebhookEndpoint",
]
