"""A pass over many kits in several processes. The outcome is that of `check_kits`: kits do not depend on each other."""

import gc
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool

from django.db import connection

from products.actions.checks import BATCH, Answers, CheckReport, check_batch, check_kits, mark_stale, report_of
from products.actions.kit_facts import today_in_brazil
from products.actions.sites import national_site
from products.models import SolarKit
from ysh.core.processes import process_pool

# What a process of its own has found so far.
_answers: list[Answers] = []


class ChecksStoppedError(RuntimeError):
    """A process ended before its kits were checked; they are out of date."""


def check_in_processes(kit_ids: Sequence[int] | None = None, *, workers: int, batch: int = BATCH) -> CheckReport:
    """As `check_kits`, by processes side by side, each with transactions of its own.

    What a process that was killed, or an error, left undone is marked as out of date, so that a worker checks it soon.

    Args:
        kit_ids: primary keys; None for the whole catalogue.
        workers: processes. With one, with no more than a batch of kits, or inside a transaction, whose rows no other process
            sees, everything is done in this one.
        batch: kits of one transaction.

    Raises:
        ChecksStoppedError: a process was killed.
    """
    everything = SolarKit.objects.order_by("pk").values_list("pk", flat=True)
    keys = list(everything) if kit_ids is None else sorted(set(kit_ids))
    if workers < 2 or len(keys) <= batch or connection.in_atomic_block:
        return check_kits(keys)
    states: dict[int, str] = {}
    written: Counter[str] = Counter()
    try:
        with process_pool(min(workers, -(-len(keys) // batch))) as pool:
            parts = [pool.submit(_check, keys[start : start + batch]) for start in range(0, len(keys), batch)]
            try:
                for part in as_completed(parts):
                    found, count = part.result()
                    states |= found
                    written.update(count)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    except BaseException as error:
        left = [key for key in keys if key not in states]
        mark_stale(kit_ids=left)
        if isinstance(error, BrokenProcessPool):
            raise ChecksStoppedError(
                f"A process that checked kits was ended from outside: {len(left):,} of {len(keys):,} kits were not checked. They "
                "are marked as out of date, and a worker checks them within minutes; or run the command again."
            ) from error
        raise
    return report_of(dict(sorted(states.items())), written)


def _check(keys: list[int]) -> tuple[dict[int, str], Counter[str]]:
    """Runs in a process of its own."""
    if not _answers:
        gc.disable()  # as `without_collecting`, for as long as this process lasts
        _answers.append(Answers(today_in_brazil(), national_site()))
    written: Counter[str] = Counter()
    states, _answers[0] = check_batch(keys, written, _answers[0])
    return states, written
