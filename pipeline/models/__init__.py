"""Tables of the schema `pipeline`: runs, files, refused rows, checks, alerts; the feed of changes; keys and webhooks."""

from pipeline.models.alert import Alert, AlertNotice
from pipeline.models.change import Change
from pipeline.models.integration import ApiKey, WebhookDelivery, WebhookEndpoint
from pipeline.models.quality import DataQualityCheck
from pipeline.models.report import ColumnProfile, QualityReport
from pipeline.models.run import ActiveRun, IngestionRun
from pipeline.models.source_file import RejectedRow, SourceFile
from pipeline.models.supplier_list import CatalogImport, CatalogImportRow, SupplierMapping

__all__ = [
    "ActiveRun",
    "Alert",
    "AlertNotice",
    "ApiKey",
    "CatalogImport",
    "CatalogImportRow",
    "Change",
    "ColumnProfile",
    "DataQualityCheck",
    "IngestionRun",
    "QualityReport",
    "RejectedRow",
    "SourceFile",
    "SupplierMapping",
    "WebhookDelivery",
    "WebhookEndpoint",
]
