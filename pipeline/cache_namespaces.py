"""What ends the life of a kept answer made of runs; what a run that ended leaves: memories and alerts."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from pipeline.models import IngestionRun
from pipeline.remembered import remember_publication, remember_run
from pipeline.run_record import SUPPLIER_PREFIX
from pipeline.signals import run_finished, source_published
from pipeline.summary import RunSummary
from ysh.core.cache import versions
from ysh.core.cache.namespaces import Namespace, of_source, register

register(Namespace("runs", (IngestionRun,), redis_seconds=300, dynamodb_seconds=3600))


@receiver(source_published, dispatch_uid="pipeline.bump_published_source")
def bump_published_source(source: str, run_id: UUID, summary: RunSummary, **kwargs: Any) -> None:
    """Rows loaded with COPY pass by Django's cursors: their namespaces are named by the source."""
    versions.bump(of_source(source))
    remember_publication(run_id, summary)


@receiver(run_finished, dispatch_uid="pipeline.remember_run")
def remember_finished_run(run_id: UUID, summary: RunSummary, **kwargs: Any) -> None:
    """However it ended."""
    remember_run(run_id, summary)
    if summary.source.startswith(SUPPLIER_PREFIX):  # not a source that is watched
        return
    from pipeline.alerts.watching import note_run  # noqa: PLC0415  (the sources and polars: 25 MB a price list's import can spare)

    note_run(run_id, summary)
