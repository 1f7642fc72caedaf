"""Tasks: three lines each; what they do is in `pipeline.actions`."""

from contextlib import AbstractContextManager
from uuid import UUID

from celery import shared_task

from pipeline import actions, changes, webhooks
from pipeline.alerts import delivery, watching
from pipeline.choices import RunStatus
from pipeline.models import CatalogImport, IngestionRun
from pipeline.suppliers import uploads
from pipeline.workflows import canvas
from pipeline.workflows import run as workflows
from pipeline.workflows.declared import DAILY, HOURLY, RECOVERY
from pipeline.workflows.record import close_dead_workflows
from ysh.core.actor import Actor, acting_as


@shared_task(name=actions.INGEST_TASK)
def ingest(run_id: str) -> None:
    """Carry out a requested run."""
    run = IngestionRun.objects.get(run_id=UUID(run_id))
    with acting_as(Actor(run.triggered_by or "system", "task", run_id=run.run_id)):
        url, said = run.execution_metadata.get("requested_url"), run.execution_metadata.get("options") or {}
        summary = actions.run_ingestion(
            run.source, url=url, trigger=run.trigger_type, by=run.triggered_by, run_id=run.run_id, **said
        )
        if url is None and summary.status in (RunStatus.FAILED, RunStatus.ERRORED):
            request_recovery([run.source])


@shared_task(name="pipeline.tasks.daily_full_ingestion")
def daily_full_ingestion() -> None:
    """Every source, on schedule."""
    request_scheduled(DAILY.key)


@shared_task(name="pipeline.tasks.hourly_incremental")
def hourly_incremental() -> None:
    """What changed, on schedule."""
    request_scheduled(HOURLY.key)


def request_scheduled(workflow: str, *, sources: list[str] | None = None, trigger: str = "scheduled") -> None:
    """Ask for a workflow that nobody asks for by hand; an active one is left alone."""
    try:
        canvas.request_workflow(workflow, by="beat", trigger=trigger, sources=sources)
    except actions.RunAlreadyActive as error:
        actions.log.warning("scheduled_run_skipped", workflow=workflow, why=str(error))


def request_recovery(sources: list[str]) -> None:
    """Ask for a recovery of these; an active one is left alone, and the next check tries again."""
    if sources:
        request_scheduled(RECOVERY.key, sources=sources, trigger="fallback")


# The canvas waits for results: these tasks keep theirs, the others have none.
@shared_task(name=canvas.BEGIN_TASK)
def workflow_begin(run_id: str) -> None:
    """Begin a requested workflow."""
    with actor_of(run_id):
        canvas.begin(UUID(run_id))


@shared_task(name=canvas.STEP_TASK, ignore_result=False)
def workflow_step(run_id: str, step: str) -> None:
    """Do one step of a workflow."""
    with actor_of(run_id):
        workflows.do_step(UUID(run_id), step)


@shared_task(name=canvas.FINISH_TASK, ignore_result=False)
def workflow_finish(run_id: str) -> None:
    """End a workflow; what failed is recovered by another one."""
    request_recovery(workflows.left_to_recover(workflows.finish(UUID(run_id))))


def actor_of(run_id: str) -> AbstractContextManager[Actor]:
    """Who asked for a workflow acts in all of its tasks."""
    run = IngestionRun.objects.get(run_id=UUID(run_id))
    return acting_as(Actor(run.triggered_by or "system", "task", run_id=run.run_id))


@shared_task(name="pipeline.tasks.reap_dead_runs")
def reap_dead_runs() -> int:
    """Close runs whose process died."""
    return actions.reap_dead_runs() + close_dead_workflows()


@shared_task(name="pipeline.tasks.deliver_alerts")
def deliver_alerts() -> int:
    """Send what people are to be told."""
    return delivery.deliver_due()


@shared_task(name="pipeline.tasks.watch")
def watch() -> list[str]:
    """Look for stale sources and silent services."""
    return watching.watch()


@shared_task(name="pipeline.tasks.deliver_webhooks")
def deliver_webhooks() -> int:
    """Tell webhooks of what changed."""
    return webhooks.deliver_all()


@shared_task(name="pipeline.tasks.forget_old_changes")
def forget_old_changes() -> int:
    """Delete changes past what the feed keeps."""
    return changes.forget_old_changes()


@shared_task(name=uploads.PREVIEW_TASK)
def preview_catalog_import(pk: str) -> None:
    """Read an uploaded list."""
    uploads.read_upload(CatalogImport.objects.get(pk=pk))


@shared_task(name=uploads.APPLY_TASK)
def apply_catalog_import(pk: str) -> None:
    """Write what a curator chose of an uploaded list."""
    uploads.write_upload(CatalogImport.objects.get(pk=pk))
