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
from pipeline.workflows.declared import SOURCE_STEP
from pipeline.workflows.record import Outcome, WorkflowRecord
from ysh.core.cache import structures, versions
from ysh.core.cache.namespaces import of_source

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
        return Outcome(RunStatus.SKIPPED, str(error), error_code=error.code)
    return Outcome(
        summary.status,
        summary.error or _counts(summary.inserted, summary.updated, summary.removed, summary.rejected),
        run_id=summary.run_id,
        error_code=summary.error_code,
        changed=summary.changed,
        used_fallback=summary.used_fallback,
    )


def _counts(inserted: int, updated: int, removed: int, rejected: int) -> str:
    said = {"inserted": inserted, "updated": updated, "removed": removed, "rejected": rejected}
    return ", ".join(f"{count:,} {name}" for name, count in said.items() if count)


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
        return Outcome(RunStatus.SKIPPED, "No source changed.")
    for refresh in refreshers:
        refresh()
    return Outcome(RunStatus.SUCCESS, ", ".join(refreshers.values()))


def enrichment(row: IngestionRun) -> Outcome:
    """Say what datasets are about whose texts changed; at the daily run also those that no model could be asked about."""
    if "datasets" not in loaded(row) and not row.workflow_name.startswith("daily"):
        return Outcome(RunStatus.SKIPPED, "No dataset changed.")
    done = enrich_datasets()
    if not done.described and not done.faults:
        return Outcome(RunStatus.SKIPPED, done.text)
    return Outcome(RunStatus.SUCCESS, done.text, details=done.as_json())


def caches(row: IngestionRun) -> Outcome:
    """End the life of answers made of what changed, and put back what everybody asks for."""
    changed = loaded(row)
    if not changed:
        return Outcome(RunStatus.SKIPPED, "No source changed.")
    for key in changed:
        versions.bump(of_source(key))
    structures.set_states(power_by_state())
    return Outcome(RunStatus.SUCCESS, ", ".join(changed))


def quality(row: IngestionRun) -> Outcome:
    """Look at what is stored of the sources that changed, at the daily run of all it is for: checks, figures, columns, score."""
    everything = row.execution_metadata.get("wanted") or list(SOURCES)
    keys: Sequence[str] = everything if row.workflow_name.startswith("daily") else loaded(row)
    if not keys:
        return Outcome(RunStatus.SKIPPED, "No source changed.")
    failed, unusual, scores = [], [], {}
    for key in keys:
        report, checks = make_report(SOURCES[key], run_id=row.run_id)
        failed += [f"{key}.{result.check.name}" for result in checks if not result.passed]
        unusual += [f"{key}.{one['figure']}" for one in report.anomalies]
        scores[key] = float(report.score)
    said = [f"{key} {score:.3f}" for key, score in scores.items()]
    said += [f"failed: {', '.join(failed)}"] if failed else []
    said += [f"unusual: {', '.join(unusual)}"] if unusual else []
    if "datasets" in keys and (scored := score_datasets()):
        said.append(f"{scored} dataset scores changed")
    details = {"failed_checks": failed, "unusual": unusual, "scores": scores}
    return Outcome(RunStatus.SUCCESS, "; ".join(said), details=details)


def lake(row: IngestionRun) -> Outcome:
    """Keep the day: a typed snapshot of every table, of those the run is for when it is for some only."""
    wanted = row.execution_metadata.get("wanted")
    names = None if wanted is None else sorted({SOURCES[key].table.rpartition(".")[2] for key in wanted})
    written = export(names)
    count, size = sum(one.rows for one in written), sum(one.bytes for one in written)
    details = {"snapshots": {one.table: one.rows for one in written}, "day": written[0].day if written else ""}
    return Outcome(RunStatus.SUCCESS, f"{len(written)} tables, {count:,} rows, {size / 1e6:,.1f} MB", details=details)


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
        return Outcome(RunStatus.ERRORED, f"The database: {error}".strip(), error_code="database")
    except Exception as error:  # one failing step may not stop the others, whatever failed
        log.exception("step_failed", run_id=str(run_id), step=name)
        return Outcome(RunStatus.ERRORED, f"{type(error).__name__}: {error}", error_code=type(error).__name__)
