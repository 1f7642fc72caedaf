"""What the page of a run shows while it works: one small dictionary, also served as JSON."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pipeline.admin.words import COUNT_LABELS, source_label, stage_label
from pipeline.admin.workflow_stages import is_workflow, workflow_stages
from pipeline.choices import RunStatus
from pipeline.labels import check_label
from pipeline.models import IngestionRun
from ysh.core.admin import data_size, duration, number
from ysh.core.cache import structures

#: lines of the live view
EVENTS = 8


def run_progress(run: IngestionRun) -> dict[str, Any]:
    """State of a run for people.

    Returns:
        `active`; `status`, `status_label`; `percent` of the file read (None when its size is unknown or nothing is being read);
        `detail`, e.g. "120.000 rows · 40 MB of 105 MB"; `elapsed`; `stages` as [{name, label, state, duration}] where state is
        done, current or failed; `counts` as formatted numbers; `events` as [{at, text}], what happened last, newest first, while
        the run works.
    """
    metadata = run.execution_metadata or {}
    progress = metadata.get("progress") or {}
    return {
        "active": run.is_active,
        "status": run.status,
        "status_label": run.get_status_display(),
        "percent": _percent(run, progress),
        "detail": _detail(progress),
        "elapsed": duration((run.ended_at or timezone.now()).timestamp() - run.started_at.timestamp()),
        "stages": workflow_stages(run) if is_workflow(run) else _stages(run, metadata.get("stages") or []),
        "events": run_events(run) if run.is_active else [],
        "counts": {name: number(getattr(run, f"rows_{name}")) for name, _label in COUNT_LABELS},
    }


def run_events(run: IngestionRun, limit: int = EVENTS) -> list[dict[str, str]]:
    """What happened last to a run, or to a workflow and its sources, as the stream in Redis has it; nothing without Redis."""
    found = structures.events_of(str(run.run_id), limit)
    return [{"at": _clock(key), "text": " · ".join(filter(None, (_whose(run, event), _what(event))))} for key, event in found]


def _clock(key: str) -> str:
    """Time of day of a stream's id, which begins with milliseconds since 1970."""
    return f"{timezone.localtime(datetime.fromtimestamp(int(key.partition('-')[0]) / 1000, UTC)):%H:%M:%S}"


def _whose(run: IngestionRun, event: dict[str, str]) -> str:
    return "" if event.get("run_id") == str(run.run_id) else source_label(event.get("source", ""))


def _what(event: dict[str, str]) -> str:
    if event.get("event") == "stage":
        return stage_label(event.get("stage", ""))
    if event.get("event") == "checks":
        if event.get("failed"):
            return _("checks failed: %(names)s") % {
                "names": ", ".join(check_label(name.strip()) for name in event["failed"].split(","))
            }
        return _("%(count)s checks passed") % {"count": event.get("checked", "0")}
    status = str(dict(RunStatus.choices).get(event.get("status", ""), event.get("status", "")))
    counts = [f"{number(int(event[name]))} {label}" for name, label in COUNT_LABELS if int(event.get(name) or 0)]
    return ": ".join(filter(None, (status, ", ".join(counts))))


def _percent(run: IngestionRun, progress: dict[str, Any]) -> int | None:
    done, total = progress.get("bytes"), progress.get("total_bytes")
    if not run.is_active:
        return 100
    if not isinstance(done, int | float) or not isinstance(total, int | float) or total <= 0:
        return None
    return max(0, min(100, int(done * 100 / total)))


def _detail(progress: dict[str, Any]) -> str:
    parts = []
    if progress.get("rows"):
        parts.append(_("%(rows)s rows read") % {"rows": number(progress["rows"])})
    if progress.get("bytes") and progress.get("total_bytes"):
        parts.append(
            _("%(done)s of %(total)s") % {"done": data_size(progress["bytes"]), "total": data_size(progress["total_bytes"])}
        )
    return " · ".join(parts)


def _stages(run: IngestionRun, stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stages so far, in order; the current one last."""
    rows = []
    for position, stage in enumerate(stages):
        name, seconds = str(stage.get("name", "")), stage.get("seconds")
        is_last = position == len(stages) - 1
        state = "done"
        if is_last and run.is_active:
            state = "current"
        elif is_last and run.error_message:
            state = "failed"
        rows.append(
            {
                "name": name,
                "label": stage_label(name),
                "state": state,
                "duration": duration(seconds) if seconds is not None else "",
            }
        )
    if run.is_active and run.stage and all(row["name"] != run.stage for row in rows):
        for row in rows:
            row["state"] = "done"
        rows.append({"name": run.stage, "label": stage_label(run.stage), "state": "current", "duration": ""})
    return rows
