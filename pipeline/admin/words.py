"""What the pages of ingestion call counts, and which colour a status has; names are in `pipeline.labels`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from pipeline.choices import RunStatus
from pipeline.labels import source_label, stage_label

__all__ = ["COUNT_LABELS", "STATUS_COLOURS", "source_label", "stage_label"]

COUNT_LABELS: tuple[tuple[str, Any], ...] = (
    ("fetched", _("fetched")),
    ("processed", _("processed")),
    ("inserted", _("inserted")),
    ("updated", _("updated")),
    ("unchanged", _("unchanged")),
    ("removed", _("removed")),
    ("rejected", _("rejected")),
    ("duplicate", _("duplicates")),
)

STATUS_COLOURS: dict[str, str] = {
    RunStatus.PENDING.value: "",
    RunStatus.IN_PROGRESS.value: "info",
    RunStatus.SUCCESS.value: "success",
    RunStatus.PARTIAL.value: "warning",
    RunStatus.FAILED.value: "danger",
    RunStatus.ERRORED.value: "danger",
    RunStatus.SKIPPED.value: "",
    RunStatus.UNCHANGED.value: "success",
    RunStatus.CANCELLED.value: "warning",
}
