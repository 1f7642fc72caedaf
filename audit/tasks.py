"""Tasks of the change log: three lines each."""

from celery import shared_task

from audit import chain, retention


@shared_task(name="audit.tasks.seal")
def seal() -> int:
    """Chain what was committed since the last minute."""
    return chain.seal()


@shared_task(name="audit.tasks.checkpoint")
def checkpoint() -> list[str]:
    """Write the chains' heads to DynamoDB and the lake; close the months that are over."""
    return chain.checkpoint()


@shared_task(name="audit.tasks.prune")
def prune() -> int:
    """Archive and thin out months past their retention. Returns how many entries went."""
    return sum(pruned.removed for pruned in retention.prune())
