"""Celery tasks of the shared kernel."""

from celery import shared_task
from django.db import OperationalError

from ysh.core.db.partitions import maintain_all


# A long transaction may hold a table for longer than maintenance waits: then it tries again, up to half an hour later.
@shared_task(autoretry_for=(OperationalError,), retry_backoff=60, retry_backoff_max=600, max_retries=5)
def maintain_partitions() -> int:
    """Create the months ahead, move stray rows, drop what is past the retention. Returns how many partitions changed."""
    return sum(len(report.created) + len(report.dropped) for report in maintain_all())
