"""What a person or program may do with ingestion, and what follows. Every button, API call, command and task calls these."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.models import IngestionRun
from pipeline.run_record import RunRecord, close_dead_runs, ended_because, merge_json
from pipeline.runner import ProgressListener, RunOptions, run_source
from pipeline.sources.registry import SOURCES, get_source
from pipeline.summary import RunSummary
from ysh.core.errors import YshError
from ysh.core.said import say

log = structlog.get_logger(__name__)

RunAlreadyActive = RunAlreadyActiveError
INGEST_TASK = "pipeline.tasks.ingest"


def run_ingestion(
    source: str,
    *,
    file: Path | None = None,
    url: str | None = None,
    dry_run: bool = False,
    limit: int | None = None,
    force: bool = False,
    keep_missing: bool = False,
    allow_removals: bool = False,
    trigger: str = "manual",
    by: str = "system",
    fallback: str = "",
    workflow: str = "",
    parent: UUID | None = None,
    run_id: UUID | None = None,
    on_progress: ProgressListener | None = None,
) -> RunSummary:
    """Run a source now, in this process. See `pipeline.runner.RunOptions` for the arguments.

    Returns:
        The summary, also of a run that failed.

    Raises:
        KeyError: unknown source.
        RunAlreadyActiveError: another run of the source is pending or in progress.
    """
    options = RunOptions(file, url, dry_run, limit, force, keep_missing, allow_removals, trigger, by, fallback, workflow, parent)
    return run_source(source, options, run_id=run_id, on_progress=on_progress)


def request_ingestion(
    source: str,
    *,
    by: str,
    trigger: str = "manual",
    workflow: str = "",
    url: str | None = None,
    options: Mapping[str, bool] | None = None,
) -> IngestionRun:
    """Ask for a run: a PENDING row now, the task after commit.

    Args:
        source: the source's key.
        by: who asks.
        trigger: one of `TriggerType`.
        workflow: the workflow it belongs to.
        url: where to take the file from (http, https, s3, or file for the archive); the source's own address when None.
        options: `keep_missing` and `allow_removals`, see `pipeline.runner.RunOptions`.

    Raises:
        KeyError: unknown source.
        RunAlreadyActiveError: the source has an active run; nothing was written.
    """
    requested = {"requested_url": url, "options": dict(options or {})}
    key = get_source(source).key
    record = RunRecord(RunSummary(run_id=str(uuid4()), source=key), dry=False)
    with transaction.atomic():
        run = record.create(status=RunStatus.PENDING, trigger=trigger, by=by, workflow=workflow, requested=requested)
        transaction.on_commit(lambda: current_app.send_task(INGEST_TASK, args=[str(run.run_id)]))
    log.info("run_requested", source=key, run_id=str(run.run_id), by=by)
    return run


def retry_run(run: IngestionRun, *, by: str) -> IngestionRun:
    """Ask for a new run of the same source: of the same file when it was given by hand, else of what the portal has now.

    What was said about the file (it is an extract, the removals are meant) is said again.

    Raises:
        RunAlreadyActiveError: the source has an active run.
        YshError: the run imported a supplier's lists, which are uploaded and not fetched.
    """
    if run.source not in SOURCES:
        raise YshError(f"A run of {run.source} cannot be repeated from here.", todo="Upload the lists again.", code="no_source")
    given_by_hand = str(run.execution_metadata.get("source_url", "")).startswith("file:")
    url = run.execution_metadata.get("archive_uri") if given_by_hand else None
    said = run.execution_metadata.get("options")
    return request_ingestion(run.source, by=by, trigger="manual", workflow=run.workflow_name, url=url or None, options=said)


def cancel_run(run: IngestionRun, *, by: str) -> None:
    """End a pending run at once, or ask a running one to stop; it rolls back and ends as CANCELLED within seconds.

    Does nothing to a run that has ended.
    """
    now = datetime.now(UTC)
    pending = IngestionRun.objects.filter(run_id=run.run_id, status=RunStatus.PENDING)
    if pending.update(status=RunStatus.CANCELLED, ended_at=now, **ended_because(say("run_cancelled", by=by))):
        log.info("run_cancelled", run_id=str(run.run_id), by=by)
        return
    # A workflow's run takes the runs of its sources along.
    mine = Q(run_id=run.run_id) | Q(execution_metadata__workflow_run=str(run.run_id))
    IngestionRun.objects.filter(mine, status=RunStatus.IN_PROGRESS).update(
        execution_metadata=merge_json("execution_metadata", {"cancel_requested": True, "cancel_requested_by": by})
    )
    log.info("run_cancel_requested", run_id=str(run.run_id), by=by)


def reap_dead_runs() -> int:
    """Close runs whose heartbeat stopped, and pending ones that no worker took within a day. Returns how many."""
    now = datetime.now(UTC)
    stale = now - timedelta(seconds=settings.INGEST_STALE_AFTER_SECONDS)
    closed = close_dead_runs(
        stale_before=stale,
        why=say("run_died", seconds=int(settings.INGEST_STALE_AFTER_SECONDS)),
    )
    forgotten = IngestionRun.objects.filter(status=RunStatus.PENDING, started_at__lt=now - timedelta(days=1)).update(
        status=RunStatus.CANCELLED, ended_at=now, **ended_because(say("run_forgotten"))
    )
    if closed or forgotten:
        log.warning("runs_reaped", closed=closed, forgotten=forgotten)
    return closed + int(forgotten)
