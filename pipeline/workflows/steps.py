"""What the steps of workflows do. Each gives an outcome; a fault it knows is an outcome too."""

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from django.db import DatabaseError

from aneel.actions.dataset_quality import score_datasets
from aneel.statistics import refresh_statistics
from pipeline.actions import run_ingestion
from pipeline.choices import RunStatus
from pipeline.enrichment.enrich import enrich_datasets
from pipeline.errors import RunAlreadyActiveError
from pipeline.lake.export import export
from pipeline.models import IngestionRun
from pipeline.quality.report import make_report
from pipeline.remembered import power_by_state
from pipeline.runner import ProgressListener
from pipeline.sources.registry import SOURCES
from pipeline.summary import RunSummary
from pipeline.workflows.declared import SOURCE_STEP
from pipeline.workflows.record import Outcome, WorkflowRecord
from ysh.core.cache import structures, versions
from ysh.core.cache.namespaces import of_source
from ysh.core.said import Said, say

log = structlog.get_logger(__name__)


def ingest(row: IngestionRun, key: str, on_progress: ProgressListener | None = None) -> Outcome:
    """Load one source from where it is published."""
    try:
        summary = run_ingestion(
            key,
            trigger=row.trigger_type,
            by=row.triggered_by,
            workflow=row.workflow_name,
            parent=row.run_id,
            on_progress=on_progress,
        )
    except RunAlreadyActiveError as error:
        return Outcome(RunStatus.SKIPPED, say("running_already", source=say("source", key=key)), error_code=error.code)
    counts = {name: getattr(summary, name) for name in ("inserted", "updated", "removed", "rejected")}
    return Outcome(
        summary.status,
        _fault_said(summary) or say("rows", **{name: count for name, count in counts.items() if count}),
        run_id=summary.run_id,
        error_code=summary.error_code,
        changed=summary.changed,
        used_fallback=summary.used_fallback,
    )


def _fault_said(summary: RunSummary) -> Said | str:
    """Why the run failed: by its kind and what was found, where that is data."""
    said = summary.error_said
    return say("fault", code=summary.error_code, detail=said) if isinstance(said, dict) else summary.error


def loaded(row: IngestionRun) -> list[str]:
    """Keys of the sources that the run has written rows of so far."""
    steps = WorkflowRecord.steps(row)
    return [key for name, step in steps.items() if (key := name.removeprefix(SOURCE_STEP)) in SOURCES and step.get("changed")]


def statistics(row: IngestionRun) -> Outcome:
    """Bring statistics up to date: once for all sources that changed; the materialized view at every daily run."""
    refreshers = {SOURCES[key].after_publish: key for key in loaded(row)}
    if row.workflow_name.startswith("daily"):
        refreshers.setdefault(refresh_statistics, "generation_units")
    if not refreshers:
        return Outcome(RunStatus.SKIPPED, say("no_source_changed"))
    for refresh in refreshers:
        refresh()
    return Outcome(RunStatus.SUCCESS, say("sources", keys=list(refreshers.values())))


def enrichment(row: IngestionRun) -> Outcome:
    """Say what datasets are about whose texts changed; at the daily run also those that no model could be asked about."""
    if "datasets" not in loaded(row) and not row.workflow_name.startswith("daily"):
        return Outcome(RunStatus.SKIPPED, say("no_dataset_changed"))
    done = enrich_datasets()
    if not done.described and not done.faults:
        return Outcome(RunStatus.SKIPPED, done.said)
    return Outcome(RunStatus.SUCCESS, done.said, details=done.as_json())


def caches(row: IngestionRun) -> Outcome:
    """End the life of answers made of what changed, and put back what everybody asks for."""
    changed = loaded(row)
    if not changed:
        return Outcome(RunStatus.SKIPPED, say("no_source_changed"))
    for key in changed:
        versions.bump(of_source(key))
    structures.set_states(power_by_state())
    return Outcome(RunStatus.SUCCESS, say("sources", keys=changed))


def quality(row: IngestionRun) -> Outcome:
    """Look at what is stored of the sources that changed, at the daily run of all it is for: checks, figures, columns, score."""
    everything = row.execution_metadata.get("wanted") or list(SOURCES)
    keys: Sequence[str] = everything if row.workflow_name.startswith("daily") else loaded(row)
    if not keys:
        return Outcome(RunStatus.SKIPPED, say("no_source_changed"))
    failed, unusual, scores = [], [], {}
    odd: list[Said] = []
    for key in keys:
        report, checks = make_report(SOURCES[key], run_id=row.run_id)
        failed += [f"{key}.{result.check.name}" for result in checks if not result.passed]
        unusual += [f"{key}.{one['figure']}" for one in report.anomalies]
        odd += [say("figure", figure=one["figure"], group=one.get("group", "")) for one in report.anomalies]
        scores[key] = float(report.score)
    said = [say("scored", what=say("source", key=key), score=score) for key, score in scores.items()]
    if failed:
        names = [say("check", name=name.partition(".")[2]) for name in failed]
        said.append(say("checks_failed", checks=names))
    if odd:
        said.append(say("figures_unusual", figures=odd))
    if "datasets" in keys and (scored := score_datasets()):
        said.append(say("dataset_scores", count=scored))
    details = {"failed_checks": failed, "unusual": unusual, "scores": scores}
    return Outcome(RunStatus.SUCCESS, say("several", parts=said), details=details)


def lake(row: IngestionRun) -> Outcome:
    """Keep the day: a typed snapshot of every table, of those the run is for when it is for some only."""
    wanted = row.execution_metadata.get("wanted")
    names = None if wanted is None else sorted({SOURCES[key].table.rpartition(".")[2] for key in wanted})
    written = export(names)
    count, size = sum(one.rows for one in written), sum(one.bytes for one in written)
    details = {"snapshots": {one.table: one.rows for one in written}, "day": written[0].day if written else ""}
    said = say("kept_in_lake", tables=len(written), rows=count, megabytes=round(size / 1e6, 1))
    return Outcome(RunStatus.SUCCESS, said, details=details)


AFTER: dict[str, Callable[[IngestionRun], Outcome]] = {
    "statistics": statistics,
    "enrichment": enrichment,
    "caches": caches,
    "quality": quality,
    "lake": lake,
}


def attempt(run_id: UUID, name: str, act: Callable[[], Outcome]) -> Outcome:
    """Do a step; whatever goes wrong is its outcome, so that the other steps go on."""
    try:
        return act()
    except DatabaseError as error:
        log.exception("step_failed", run_id=str(run_id), step=name)
        return Outcome(RunStatus.ERRORED, str(error).strip(), error_code="database")
    except Exception as error:  # one failing step may not stop the others, whatever failed
        log.exception("step_failed", run_id=str(run_id), step=name)
        return Outcome(RunStatus.ERRORED, f"{type(error).__name__}: {error}", error_code=type(error).__name__)
