"""Stages, sources and reasons in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pipeline.choices import RunStatus
from pipeline.run_record import WORKFLOW_PREFIX
from pipeline.sources.registry import SOURCES
from pipeline.workflows.declared import SOURCE_STEP, STEP_LABELS, WORKFLOWS

STAGE_LABELS: dict[str, Any] = {
    "fetch": pgettext_lazy("stage", "Fetch"),
    "open": pgettext_lazy("stage", "Open"),
    "archive": pgettext_lazy("stage", "Archive"),
    "parse": pgettext_lazy("stage", "Parse"),
    "convert and copy": pgettext_lazy("stage", "Convert and copy"),
    "index": pgettext_lazy("stage", "Index"),
    "analyze": pgettext_lazy("stage", "Analyze"),
    "repeated keys": pgettext_lazy("stage", "Repeated keys"),
    "compare": pgettext_lazy("stage", "Compare"),
    "merge": pgettext_lazy("stage", "Merge"),
    "publish": pgettext_lazy("stage", "Publish"),
    **STEP_LABELS,
}

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


def source_label(key: str) -> str:
    """The name of a source or workflow for people; its key when it is no longer declared."""
    if key.startswith(WORKFLOW_PREFIX):
        workflow = WORKFLOWS.get(key.removeprefix(WORKFLOW_PREFIX))
        return str(workflow.label) if workflow else key
    source = SOURCES.get(key)
    return str(source.label) if source else key


def stage_label(name: str) -> str:
    """The stage's name for people, of a workflow's source the source's; as it is stored when it has none."""
    if name.startswith(SOURCE_STEP):
        return source_label(name.removeprefix(SOURCE_STEP))
    return str(STAGE_LABELS.get(name, name))
