"""Closed vocabularies of ingestion."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunStatus(TextChoices):
    """State of a run. *Failed*: the data said no. *Errored*: we crashed."""

    PENDING = "PENDING", _("Pending")
    IN_PROGRESS = "IN_PROGRESS", _("In progress")
    SUCCESS = "SUCCESS", _("Success")
    PARTIAL = "PARTIAL", _("Partial")
    FAILED = "FAILED", _("Failed")
    ERRORED = "ERRORED", _("Errored")
    SKIPPED = "SKIPPED", _("Skipped")
    UNCHANGED = "UNCHANGED", _("Unchanged")
    CANCELLED = "CANCELLED", _("Cancelled")


ACTIVE_STATUSES = (RunStatus.PENDING, RunStatus.IN_PROGRESS)
GOOD_STATUSES = (RunStatus.SUCCESS, RunStatus.PARTIAL, RunStatus.UNCHANGED)


class TriggerType(TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    MANUAL = "manual", _("Manual")
    WEBHOOK = "webhook", _("Webhook")
    FALLBACK = "fallback", _("Fallback")


class CheckType(TextChoices):
    COMPLETENESS = "completeness", _("Completeness")
    ACCURACY = "accuracy", _("Accuracy")
    CONSISTENCY = "consistency", _("Consistency")
    VALIDITY = "validity", _("Validity")
    UNIQUENESS = "uniqueness", _("Uniqueness")
    TIMELINESS = "timeliness", _("Timeliness")


class ImportStatus(TextChoices):
    """State of an uploaded list."""

    PARSING = "PARSING", _("Being read")
    READY = "READY", _("To be decided")
    APPLYING = "APPLYING", _("Being applied")
    APPLIED = "APPLIED", _("Applied")
    FAILED = "FAILED", _("Failed")
    DISCARDED = "DISCARDED", _("Thrown away")


class ImportAction(TextChoices):
    """What one record of a list does to the catalogue."""

    INSERT = "INSERT", _("New")
    UPDATE = "UPDATE", _("Changed")
    UNCHANGED = "UNCHANGED", _("Unchanged")
    REJECT = "REJECT", _("Refused")


class ChangeKind(TextChoices):
    """What the feed of changes tells about."""

    PRODUCT = "product", _("Product")
    KIT = "kit", _("Solar kit")
    PRICE = "price", _("Price")
    CERTIFICATION = "certification", _("Certification")


class ChangeOperation(TextChoices):
    """As the public sees it: what is published comes, what is withdrawn goes."""

    INSERT = "INSERT", _("Insertion")
    UPDATE = "UPDATE", _("Update")
    DELETE = "DELETE", _("Deletion")


class ApiScope(TextChoices):
    """What an API key allows beyond the public reads."""

    EXPORT = "export", _("Exports without the limit of the anonymous")
    DRAFTS = "drafts", _("See unpublished products and kits")
    INGEST = "ingest", _("Start ingestion runs")


class DeliveryState(TextChoices):
    PENDING = "PENDING", _("Pending")
    DELIVERED = "DELIVERED", _("Delivered")
    FAILED = "FAILED", _("Given up")


class AlertKind(TextChoices):
    """What people are told about. The last ones are news: they begin and end at once."""

    RUN_FAILED = "run_failed", _("Load failed")
    FALLBACK = "fallback", _("Fallback in use")
    STALE = "stale", _("Source is stale")
    SERVICE_DOWN = "service_down", _("Service is down")
    QUALITY = "quality", _("Unusual data")
    SCHEMA_DRIFT = "schema_drift", _("Columns changed")
    SUMMARY = "summary", _("Summary")


class AlertSeverity(TextChoices):
    INFO = "info", _("Information")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class AlertEvent(TextChoices):
    """Why a message is sent."""

    OPENED = "opened", _("Began")
    WORSE = "worse", _("Got worse")
    CLOSED = "closed", _("Ended")
    NEWS = "news", _("News")


class AlertChannel(TextChoices):
    EMAIL = "email", _("E-mail")
    SLACK = "slack", "Slack"
    SNS = "sns", "SNS"
