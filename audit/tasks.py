"""Tasks of the change log: three lines each."""

from typing import Any

from celery import shared_task

from audit import chain, retention
from audit.actions.background import TASK, carry_out


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


@shared_task(name=TASK)
def revert(asked: dict[str, Any]) -> str:
    """Take back what a person asked for on the page."""
    return carry_out(asked)
