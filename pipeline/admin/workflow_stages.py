"""The steps of a workflow's run as its page shows them: what each did, how long it took, where its own run is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from pipeline.admin.words import stage_label
from pipeline.choices import RunStatus
from pipeline.models import IngestionRun
from pipeline.run_record import WORKFLOW_PREFIX
from pipeline.workflows.record import Outcome, WorkflowRecord, said_of
from ysh.core.admin import duration
from ysh.core.said import in_words


def is_workflow(run: IngestionRun) -> bool:
    """Whether the row is a workflow's and not a source's."""
    return run.source.startswith(WORKFLOW_PREFIX)


def workflow_stages(run: IngestionRun) -> list[dict[str, Any]]:
    """The steps in the plan's order.

    Returns:
        [{name, label, state, duration, status_label, text, url, start_percent, width_percent}]; state is waiting, current, done,
        skipped or failed; the last two place the step on the time line of the whole run.
    """
    steps = WorkflowRecord.steps(run)
    runs = [UUID(step["run_id"]) for step in steps.values() if step.get("run_id")]
    pages = dict(IngestionRun.objects.filter(run_id__in=runs).values_list("run_id", "pk")) if runs else {}
    whole = max(((run.ended_at or timezone.now()) - run.started_at).total_seconds(), 0.001)
    return [_stage(run, name, step, pages, whole) for name, step in steps.items()]


def _stage(run: IngestionRun, name: str, step: dict[str, Any], pages: dict[UUID, int], whole: float) -> dict[str, Any]:
    status, began = step.get("status", ""), step.get("started_at")
    start = (datetime.fromisoformat(began) - run.started_at).total_seconds() if began else 0.0
    seconds = step.get("seconds")
    if seconds is None:
        seconds = max(whole - start, 0.0) if began else 0.0
    page = pages.get(UUID(step["run_id"])) if step.get("run_id") else None
    first = min(max(start / whole * 100, 0.0), 99.5)
    return {
        "name": name,
        "label": stage_label(name),
        "state": _state(run, status, began=bool(began)),
        "duration": duration(step["seconds"]) if step.get("seconds") is not None else "",
        "status_label": str(RunStatus(status).label) if status else "",
        "text": in_words(said_of(step)) if status else "",
        "url": reverse("admin:pipeline_ingestionrun_change", args=[page]) if page else "",
        "start_percent": round(first, 2),
        "width_percent": round(min(max(seconds / whole * 100, 0.5), 100 - first), 2),
    }


def _state(run: IngestionRun, status: str, *, began: bool) -> str:
    if status == RunStatus.SKIPPED:
        return "skipped"
    if status:
        return "done" if Outcome(status).good else "failed"
    if began and run.is_active:
        return "current"
    return "waiting" if run.is_active else "skipped"
