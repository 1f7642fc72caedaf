"""What makes an incident: failed and good runs, workflows that ended, stale sources, services that do not answer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from pipeline.alerts.incidents import close_alert, open_alert, tell
from pipeline.choices import GOOD_STATUSES, AlertKind, AlertSeverity, RunStatus
from pipeline.models import IngestionRun
from pipeline.service_health import service_health
from pipeline.sources.registry import SOURCES
from pipeline.status import source_states
from pipeline.summary import RunSummary
from pipeline.workflows.declared import STEP_LABELS, get_workflow

BAD = (RunStatus.FAILED, RunStatus.ERRORED)
#: a workflow of which nothing failed
_WELL = (RunStatus.SUCCESS, RunStatus.UNCHANGED, RunStatus.SKIPPED)


def label(source: str) -> str:
    """The source's name for people."""
    return str(SOURCES[source].label) if source in SOURCES else source


def note_run(run_id: UUID, summary: RunSummary) -> None:
    """After every run of a source: a failed one opens its incident, a good one from the primary source ends them all."""
    if summary.source not in SOURCES:
        return
    with translation.override(settings.LANGUAGE_CODE):
        name = label(summary.source)
        if summary.status in BAD:
            open_alert(
                AlertKind.RUN_FAILED, summary.source, severity=AlertSeverity.WARNING, run_id=run_id, message=summary.error,
                title=_("%(source)s: the load failed") % {"source": name},
            )  # fmt: skip
        elif summary.status in GOOD_STATUSES:
            _note_columns(run_id, summary, name)
            if not summary.used_fallback:
                source_is_back(summary.source)


def source_is_back(source: str) -> None:
    """The primary source answered with something good: nothing is wrong with it any more."""
    with translation.override(settings.LANGUAGE_CODE):
        because = _("%(source)s was loaded from its portal again.") % {"source": label(source)}
        for kind in (AlertKind.RUN_FAILED, AlertKind.FALLBACK, AlertKind.STALE):
            close_alert(kind, source, because=because)


def _note_columns(run_id: UUID, summary: RunSummary, name: str) -> None:
    """Tell which columns came or went since the last good run, by name."""
    runs = IngestionRun.objects.filter(source=summary.source, status__in=(RunStatus.SUCCESS, RunStatus.PARTIAL))
    now, before = _columns(runs.filter(run_id=run_id)), _columns(runs.exclude(run_id=run_id))
    if now is None or before is None:
        return
    parts = [
        (_("new columns: %(names)s"), now["unknown_columns"] - before["unknown_columns"]),
        (_("columns no longer there: %(names)s"), now["absent_columns"] - before["absent_columns"]),
        (_("no longer there, of the unknown ones: %(names)s"), before["unknown_columns"] - now["unknown_columns"]),
        (_("there again: %(names)s"), before["absent_columns"] - now["absent_columns"]),
    ]
    changes = [text % {"names": ", ".join(sorted(names))} for text, names in parts if names]
    if changes:
        tell(
            AlertKind.SCHEMA_DRIFT, summary.source, run_id=run_id, severity=AlertSeverity.WARNING,
            title=_("%(source)s: the file's columns changed") % {"source": name}, message="; ".join(changes),
        )  # fmt: skip


def _columns(runs: Any) -> dict[str, set[str]] | None:
    details = runs.order_by("-started_at", "-id").values_list("execution_metadata", flat=True).first()
    if details is None or "unknown_columns" not in details:
        return None
    return {name: set(details.get(name) or ()) for name in ("unknown_columns", "absent_columns")}


def fallback_used(source: str, *, how: str, age: timedelta | None, run_id: UUID) -> None:
    """The source lives on something older than its portal would have: a warning, critical when that is old."""
    days = age.days if age is not None else None
    critical = age is None or age > timedelta(days=settings.FALLBACK_CRITICAL_AFTER_DAYS)
    with translation.override(settings.LANGUAGE_CODE):
        old = _("age unknown") if days is None else _("%(days)s day(s) old") % {"days": days}
        open_alert(
            AlertKind.FALLBACK, source, severity=AlertSeverity.CRITICAL if critical else AlertSeverity.WARNING, run_id=run_id,
            title=_("%(source)s lives on a fallback, %(age)s") % {"source": label(source), "age": old},
            message=_("Its portal does not deliver. In use: %(how)s. It recovers by itself when the portal is back.")
            % {"how": how},
        )  # fmt: skip


def note_workflow(row: IngestionRun, text: str) -> None:
    """After every workflow: the daily one is summed up, others when they changed something; silent portals are incidents."""
    check = row.execution_metadata.get("step:check", {}).get("details", {})
    with translation.override(settings.LANGUAGE_CODE):
        for source in check.get("down", ()):
            open_alert(
                AlertKind.RUN_FAILED, source, severity=AlertSeverity.WARNING, run_id=row.run_id,
                title=_("%(source)s: its portal does not answer") % {"source": label(source)},
                message=check["why"].get(source, ""),
            )  # fmt: skip
        # A source that is asked and not loaded had a good last run: what was wrong was that nobody answered.
        for source in set(check.get("why", ())) - set(check.get("down", ())) - set(check.get("sources", ())):
            source_is_back(source)
        _note_steps(row)
        if row.workflow_name.startswith("daily") or row.rows_inserted or row.rows_updated or row.rows_removed:
            tell(
                AlertKind.SUMMARY, row.workflow_name, run_id=row.run_id, message=text,
                severity=AlertSeverity.INFO if row.status in _WELL else AlertSeverity.WARNING,
                title=f"{get_workflow(row.workflow_name).label}: {row.get_status_display()}",
            )  # fmt: skip


def _note_steps(row: IngestionRun) -> None:
    """What follows the loads (statistics, caches, quality, the lake): a failed one is an incident until it goes well again."""
    workflow = get_workflow(row.workflow_name)
    for name in workflow.after:
        step = row.execution_metadata.get(f"step:{name}") or {}
        if step.get("status") in BAD:
            words = {"workflow": workflow.label, "step": STEP_LABELS.get(name, name)}
            open_alert(
                AlertKind.RUN_FAILED, f"step:{name}", severity=AlertSeverity.WARNING, run_id=row.run_id,
                title=_("%(workflow)s: the step “%(step)s” failed") % words,
                message=step.get("text", ""),
            )  # fmt: skip
        elif step.get("status") == RunStatus.SUCCESS:
            close_alert(AlertKind.RUN_FAILED, f"step:{name}", because=_("The step went well again."))


def watch() -> list[str]:
    """Look for sources that are stale and services that do not answer. Gives what is wrong, as `kind:subject`."""
    wrong = []
    with translation.override(settings.LANGUAGE_CODE):
        for state in source_states():
            if state.is_stale and state.last_success_at is not None:
                wrong.append(f"stale:{state.source}")
                open_alert(
                    AlertKind.STALE, state.source, severity=AlertSeverity.WARNING,
                    title=_("%(source)s has not been renewed in time") % {"source": state.label},
                    message=_("Its last good load ended on %(day)s.") % {"day": f"{state.last_success_at:%d/%m/%Y %H:%M} UTC"},
                )  # fmt: skip
            elif not state.is_stale:
                close_alert(AlertKind.STALE, state.source, because=_("It was loaded again."))
        for service in service_health():
            if service.ok is False:
                wrong.append(f"service_down:{service.name}")
                open_alert(
                    AlertKind.SERVICE_DOWN, service.name, message=service.detail,
                    severity=AlertSeverity.CRITICAL if service.required else AlertSeverity.WARNING,
                    title=_("%(service)s does not answer") % {"service": service.name},
                )  # fmt: skip
            else:
                close_alert(AlertKind.SERVICE_DOWN, service.name, because=_("It answers again."))
    return wrong
