"""Counts what readers look at, kept answers included: in the process first, in Redis a moment later, so that no reader waits."""

import threading
import time
from collections import Counter

from django.utils import timezone

from ysh.core.cache import structures
from ysh.core.cache.background import in_background

#: So long, or for so many different ones, counts stay in the process. What comes after a quiet time is told at once.
EVERY_SECONDS, MOST_KEYS = 5.0, 500

_lock = threading.Lock()
_counts: Counter[str] = Counter()
_told_at = 0.0


def note(key: str) -> None:
    """Somebody looked at it. Nobody is named."""
    if not key:
        return
    with _lock:
        _counts[key] += 1
        due = len(_counts) >= MOST_KEYS or time.monotonic() - _told_at >= EVERY_SECONDS
    if due:
        tell()


def tell() -> None:
    """Have the counts added to the day's in Redis, in the background."""
    global _told_at  # noqa: PLW0603  (one count a process)
    with _lock:
        counts = dict(_counts)
        _counts.clear()
        _told_at = time.monotonic()
    today = timezone.localdate()
    if counts:
        in_background(lambda: structures.note_views(counts, today))
