"""Celery tasks of the shared kernel."""

from celery import shared_task

from ysh.core.db.partitions import maintain_all


@shared_task
def maintain_partitions() -> int:
    """Create the months ahead, move stray rows, drop what is past the retention. Returns how many partitions changed."""
    return sum(len(report.created) + len(report.dropped) for report in maintain_all())
