"""Counts what readers look at and where answers came from: in the process first, in Redis a moment later."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from django.utils import timezone

from ysh.core.cache import structures
from ysh.core.cache.background import in_background

#: So long, or for so many different ones, counts stay in the process. What comes after a quiet time is told at once.
EVERY_SECONDS, MOST_KEYS = 5.0, 500


class Tally:
    """Counts of one kind.

    Args:
        keep: adds counts to the day's.
    """

    def __init__(self, keep: Callable[[Mapping[str, int], date], None]) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told_at = 0.0

    def note(self, key: str) -> None:
        """Once more."""
        with self._lock:
            self._counts[key] += 1
            due = len(self._counts) >= MOST_KEYS or time.monotonic() - self._told_at >= EVERY_SECONDS
        if due:
            self.tell()

    def tell(self) -> None:
        """Have the counts added to the day's, in the background."""
        counts = self.clear()
        today = timezone.localdate()
        if counts:
            in_background(lambda: self._keep(counts, today))

    def clear(self) -> dict[str, int]:
        """Forget what was counted; what it was."""
        with self._lock:
            counts = dict(self._counts)
            self._counts.clear()
            self._told_at = time.monotonic()
        return counts


looked_at = Tally(structures.note_views)
came_from = Tally(structures.note_answers)


def note(key: str) -> None:
    """Somebody looked at it. Nobody is named."""
    if key:
        looked_at.note(key)
