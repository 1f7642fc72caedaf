"""Tasks: three lines each; what they do is in `pipeline.actions`."""

from uuid import UUID

from celery import shared_task

from pipeline import actions, changes, webhooks
from pipeline.models import CatalogImport, IngestionRun
from pipeline.suppliers import uploads
from ysh.core.actor import Actor, acting_as


@shared_task(name=actions.INGEST_TASK)
def ingest(run_id: str) -> None:
    """Carry out a requested run."""
    run = IngestionRun.objects.get(run_id=UUID(run_id))
    with acting_as(Actor(run.triggered_by or "system", "task", run_id=run.run_id)):
        url, said = run.execution_metadata.get("requested_url"), run.execution_metadata.get("options") or {}
        actions.run_ingestion(run.source, url=url, trigger=run.trigger_type, by=run.triggered_by, run_id=run.run_id, **said)


@shared_task(name="pipeline.tasks.ingest_generation_units")
def ingest_generation_units() -> None:
    """The daily run of the generation units, on schedule."""
    request_scheduled("generation_units")


@shared_task(name="pipeline.tasks.ingest_tariffs")
def ingest_tariffs() -> None:
    """The daily run of the tariffs, on schedule."""
    request_scheduled("tariffs")


def request_scheduled(source: str) -> None:
    """Ask for a scheduled run; an active one is left alone."""
    try:
        actions.request_ingestion(source, by="beat", trigger="scheduled")
    except actions.RunAlreadyActive as error:
        actions.log.warning("scheduled_run_skipped", source=source, why=str(error))


@shared_task(name="pipeline.tasks.reap_dead_runs")
def reap_dead_runs() -> int:
    """Close runs whose process died."""
    return actions.reap_dead_runs()


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
