"""Pages of the ingestion: runs, what they left behind, schedules. Only schedules are edited; buttons call `pipeline.actions`."""

from pipeline.admin.integrations import ApiKeyAdmin, WebhookDeliveryAdmin, WebhookEndpointAdmin
from pipeline.admin.records import ActiveRunAdmin, DataQualityCheckAdmin, RejectedRowAdmin, SourceFileAdmin
from pipeline.admin.runs import IngestionRunAdmin
from pipeline.admin.schedule import PeriodicTaskAdmin

__all__ = [
    "ActiveRunAdmin",
    "ApiKeyAdmin",
    "DataQualityCheckAdmin",
    "IngestionRunAdmin",
    "PeriodicTaskAdmin",
    "RejectedRowAdmin",
    "SourceFileAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
