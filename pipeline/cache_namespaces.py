"""What ends the life of a kept answer made of runs; and what a run that published ends."""

from typing import Any

from django.dispatch import receiver

from pipeline.models import IngestionRun
from pipeline.signals import source_published
from ysh.core.cache import versions
from ysh.core.cache.namespaces import Namespace, of_source, register

register(Namespace("runs", (IngestionRun,), redis_seconds=300, dynamodb_seconds=3600))


@receiver(source_published, dispatch_uid="pipeline.bump_published_source")
def bump_published_source(source: str, **kwargs: Any) -> None:
    """Rows loaded with COPY pass by Django's cursors: their namespaces are named by the source."""
    versions.bump(of_source(source))
