"""Workflows carried out by workers: a Celery canvas made of the same plan that a command follows by itself.

begin -> chord( chain(sources that wait for each other), ... ) -> statistics -> enrichment -> caches -> quality -> lake -> finish
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from celery import chain, chord, current_app, signature
from django.db import transaction

from pipeline.choices import RunStatus
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from pipeline.workflows.declared import SOURCE_STEP, get_workflow
from pipeline.workflows.record import WorkflowRecord
from pipeline.workflows.run import finish, known_sources, plan

log = structlog.get_logger(__name__)

BEGIN_TASK = "pipeline.tasks.workflow_begin"
STEP_TASK = "pipeline.tasks.workflow_step"
FINISH_TASK = "pipeline.tasks.workflow_finish"


def request_workflow(key: str, *, by: str, trigger: str = "manual", sources: Sequence[str] | None = None) -> IngestionRun:
    """Ask for a workflow: a PENDING row now, the first task after commit.

    Args:
        key: the workflow's.
        by: who asks.
        trigger: one of `TriggerType`.
        sources: only these; as the workflow decides when None.

    Raises:
        KeyError: unknown workflow or source.
        RunAlreadyActiveError: this workflow is active already; nothing was written.
    """
    workflow = get_workflow(key)
    with transaction.atomic():
        record = WorkflowRecord.begin(
            workflow, status=RunStatus.PENDING, trigger=trigger, by=by, here=False, sources=known_sources(sources)
        )
        transaction.on_commit(lambda: current_app.send_task(BEGIN_TASK, args=[str(record.run_id)]))
    log.info("workflow_requested", workflow=workflow.key, run_id=str(record.run_id), by=by)
    return record.row()


def retry_workflow(run: IngestionRun, *, by: str) -> IngestionRun:
    """Ask for a workflow again: for the sources that failed, or for the same ones when none did.

    Raises:
        RunAlreadyActiveError: this workflow is active already.
    """
    again = run.sources_failed or run.execution_metadata.get("wanted")
    return request_workflow(run.workflow_name, by=by, sources=[key for key in again if key in SOURCES] if again else None)


def begin(run_id: UUID) -> None:
    """Take a requested run over, decide on its steps and send them."""
    record = WorkflowRecord(run_id)
    if not record.start():
        log.info("nothing_to_do", run_id=str(run_id))
        return
    groups = plan(run_id)
    if not groups:
        finish(run_id)
        return
    *sources, after = [[_step(run_id, name) for name in group] for group in groups]
    end = chain(*after, signature(FINISH_TASK, args=[str(run_id)], immutable=True))
    chord([chain(*group) for group in sources], end).apply_async()


def _step(run_id: UUID, name: str) -> object:
    queue = "ingest" if name.startswith(SOURCE_STEP) else "default"
    return signature(STEP_TASK, args=[str(run_id), name], immutable=True, options={"queue": queue})
