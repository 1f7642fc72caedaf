"""What makes an incident: failed and good runs, workflows that ended, stale sources, services that do not answer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from pipeline.alerts.incidents import close_alert, open_alert, tell
from pipeline.choices import GOOD_STATUSES, AlertKind, AlertSeverity, RunStatus
from pipeline.models import IngestionRun
from pipeline.service_health import service_health
from pipeline.sources.registry import SOURCES
from pipeline.status import source_states
from pipeline.summary import RunSummary
from pipeline.workflows.declared import get_workflow
from ysh.core.said import Said, say

BAD = (RunStatus.FAILED, RunStatus.ERRORED)
#: a workflow of which nothing failed
_WELL = (RunStatus.SUCCESS, RunStatus.UNCHANGED, RunStatus.SKIPPED)


def note_run(run_id: UUID, summary: RunSummary) -> None:
    """After every run of a source: a failed one opens its incident, a good one from the primary source ends them all."""
    if summary.source not in SOURCES:
        return
    if summary.status in BAD:
        open_alert(
            AlertKind.RUN_FAILED, summary.source, severity=AlertSeverity.WARNING, run_id=run_id,
            title=say("alert_run_failed", source=_name(summary.source)),
            message=say("fault", code=summary.error_code, detail=summary.error_said or summary.error),
        )  # fmt: skip
    elif summary.status in GOOD_STATUSES:
        _note_columns(run_id, summary)
        if not summary.used_fallback:
            source_is_back(summary.source)


def source_is_back(source: str) -> None:
    """The primary source answered with something good: nothing is wrong with it any more."""
    for kind in (AlertKind.RUN_FAILED, AlertKind.FALLBACK, AlertKind.STALE):
        close_alert(kind, source, because=say("alert_loaded_again", source=_name(source)))


def _name(source: str) -> Said:
    return say("source", key=source)


def _note_columns(run_id: UUID, summary: RunSummary) -> None:
    """Tell which columns came or went since the last good run, by name."""
    runs = IngestionRun.objects.filter(source=summary.source, status__in=(RunStatus.SUCCESS, RunStatus.PARTIAL))
    now, before = _columns(runs.filter(run_id=run_id)), _columns(runs.exclude(run_id=run_id))
    if now is None or before is None:
        return
    parts = [
        ("columns_new", now["unknown_columns"] - before["unknown_columns"]),
        ("columns_gone", now["absent_columns"] - before["absent_columns"]),
        ("columns_unknown_gone", before["unknown_columns"] - now["unknown_columns"]),
        ("columns_again", before["absent_columns"] - now["absent_columns"]),
    ]
    changes = [say(code, names=sorted(names)) for code, names in parts if names]
    if changes:
        tell(
            AlertKind.SCHEMA_DRIFT, summary.source, run_id=run_id, severity=AlertSeverity.WARNING,
            title=say("alert_columns", source=_name(summary.source)), message=say("several", parts=changes),
        )  # fmt: skip


def _columns(runs: Any) -> dict[str, set[str]] | None:
    details = runs.order_by("-started_at", "-id").values_list("execution_metadata", flat=True).first()
    if details is None or "unknown_columns" not in details:
        return None
    return {name: set(details.get(name) or ()) for name in ("unknown_columns", "absent_columns")}


def how_old(age: timedelta | None) -> Said:
    """Hours up to two days, then days."""
    if age is None:
        return say("age_unknown")
    return say("days_old", days=age.days) if age.days >= 2 else say("hours_old", hours=int(age.total_seconds() // 3600))


def fallback_used(source: str, *, how: Said, age: timedelta | None, run_id: UUID) -> None:
    """The source lives on something older than its portal would have: a warning, critical when that is old."""
    critical = age is None or age > timedelta(days=settings.FALLBACK_CRITICAL_AFTER_DAYS)
    open_alert(
        AlertKind.FALLBACK, source, severity=AlertSeverity.CRITICAL if critical else AlertSeverity.WARNING, run_id=run_id,
        title=say("alert_fallback", source=_name(source), age=how_old(age)), message=say("alert_fallback_how", how=how),
    )  # fmt: skip


def note_workflow(row: IngestionRun, text: Said) -> None:
    """After every workflow: the daily one is summed up, others when they changed something; silent portals are incidents."""
    check = row.execution_metadata.get("step:check", {}).get("details", {})
    for source in check.get("down", ()):
        open_alert(
            AlertKind.RUN_FAILED, source, severity=AlertSeverity.WARNING, run_id=row.run_id,
            title=say("alert_silent", source=_name(source)), message=check["why"].get(source, ""),
        )  # fmt: skip
    # A source that is asked and not loaded had a good last run: what was wrong was that nobody answered.
    for source in set(check.get("why", ())) - set(check.get("down", ())) - set(check.get("sources", ())):
        source_is_back(source)
    _note_steps(row)
    if row.workflow_name.startswith("daily") or row.rows_inserted or row.rows_updated or row.rows_removed:
        tell(
            AlertKind.SUMMARY, row.workflow_name, run_id=row.run_id, message=text,
            severity=AlertSeverity.INFO if row.status in _WELL else AlertSeverity.WARNING,
            title=say("summary_title", workflow=_name(row.workflow_name), status=say("status", status=row.status)),
        )  # fmt: skip


def _note_steps(row: IngestionRun) -> None:
    """What follows the loads (statistics, caches, quality, the lake): a failed one is an incident until it goes well again."""
    workflow = get_workflow(row.workflow_name)
    for name in workflow.after:
        step = row.execution_metadata.get(f"step:{name}") or {}
        if step.get("status") in BAD:
            words = {"workflow": _name(workflow.key), "step": say("stage", name=name)}
            open_alert(
                AlertKind.RUN_FAILED, f"step:{name}", severity=AlertSeverity.WARNING, run_id=row.run_id,
                title=say("alert_step", **words),
                message=say("fault", code=step.get("error_code", ""), detail=step.get("text", "")),
            )  # fmt: skip
        elif step.get("status") == RunStatus.SUCCESS:
            close_alert(AlertKind.RUN_FAILED, f"step:{name}", because=say("alert_step_well"))


def watch() -> list[str]:
    """Look for sources that are stale and services that do not answer. Gives what is wrong, as `kind:subject`."""
    wrong = []
    for state in source_states():
        if state.is_stale and state.last_success_at is not None:
            wrong.append(f"stale:{state.source}")
            open_alert(
                AlertKind.STALE, state.source, severity=AlertSeverity.WARNING,
                title=say("alert_stale", source=_name(state.source)),
                message=say("alert_stale_since", day=say("moment", at=state.last_success_at.isoformat())),
            )  # fmt: skip
        elif not state.is_stale:
            close_alert(AlertKind.STALE, state.source, because=say("alert_fresh"))
    for service in service_health():
        if service.ok is False:
            wrong.append(f"service_down:{service.name}")
            open_alert(
                AlertKind.SERVICE_DOWN, service.name, message=service.detail,
                severity=AlertSeverity.CRITICAL if service.required else AlertSeverity.WARNING,
                title=say("alert_service", service=say("service", name=service.name)),
            )  # fmt: skip
        else:
            close_alert(AlertKind.SERVICE_DOWN, service.name, because=say("alert_service_back"))
    return wrong
