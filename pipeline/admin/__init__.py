"""Pages of the ingestion: runs, what they left behind, schedules. Only schedules are edited; buttons call `pipeline.actions`."""

from pipeline.admin.alerts import AlertAdmin
from pipeline.admin.integrations import ApiKeyAdmin, WebhookDeliveryAdmin, WebhookEndpointAdmin
from pipeline.admin.lists import CatalogImportAdmin, SupplierMappingAdmin
from pipeline.admin.records import ActiveRunAdmin, DataQualityCheckAdmin, RejectedRowAdmin, SourceFileAdmin
from pipeline.admin.runs import IngestionRunAdmin
from pipeline.admin.schedule import PeriodicTaskAdmin

__all__ = [
    "ActiveRunAdmin",
    "AlertAdmin",
    "ApiKeyAdmin",
    "CatalogImportAdmin",
    "DataQualityCheckAdmin",
    "IngestionRunAdmin",
    "PeriodicTaskAdmin",
    "RejectedRowAdmin",
    "SourceFileAdmin",
    "SupplierMappingAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
