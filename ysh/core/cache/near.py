"""Answers this process has at hand, packed and unpacked. Whether one still holds is asked of Redis each time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ysh.core.cache.entry import Entry

MOST_ENTRIES, MOST_BYTES, LARGEST_BYTES = 1000, 16_000_000, 500_000
#: Every so many hits Redis is asked for the answer itself, which counts them all.
COUNTED_EVERY = 32


@dataclass(slots=True)
class _Held:
    entry: Entry
    hits: int = 0


_lock = threading.Lock()
_held: OrderedDict[tuple[str, str], _Held] = OrderedDict()
_bytes = 0


def get(place: str, digest: str, *, seconds: float) -> Entry | None:
    """The answer at hand, perhaps one that holds no more; None too when it is this old, or its readers have to be counted."""
    held = _held.get((place, digest))
    if held is None or held.hits >= COUNTED_EVERY - 1 or time.time() - held.entry.built_at > seconds:
        return None
    return held.entry


def hit(place: str, digest: str) -> None:
    """It was given."""
    with _lock:
        held = _held.get((place, digest))
        if held is not None:
            held.hits += 1
            _held.move_to_end((place, digest))


def uncounted(place: str, digest: str) -> int:
    """How often it was given since Redis last heard, and once more now."""
    held = _held.get((place, digest))
    return 1 if held is None else held.hits + 1


def put(place: str, digest: str, entry: Entry) -> Entry:
    """Keep an answer from Redis, unpacked; returns it so."""
    global _bytes  # noqa: PLW0603  (one store a process)
    if entry.status != 200:
        return entry
    plain = replace(entry, plain=entry.body) if entry.compressed else entry
    size = _size(plain)
    if size > LARGEST_BYTES:
        return plain
    with _lock:
        before = _held.pop((place, digest), None)
        _bytes += size - (_size(before.entry) if before is not None else 0)
        _held[place, digest] = _Held(plain)
        while len(_held) > MOST_ENTRIES or _bytes > MOST_BYTES:
            _key, oldest = _held.popitem(last=False)
            _bytes -= _size(oldest.entry)
    return plain


def _size(entry: Entry) -> int:
    return len(entry.payload) + len(entry.plain or b"")


def clear() -> None:
    """Have nothing at hand."""
    global _bytes  # noqa: PLW0603
    with _lock:
        _held.clear()
        _bytes = 0


def size() -> Sequence[int]:
    """How many answers, how many bytes."""
    return len(_held), _bytes
