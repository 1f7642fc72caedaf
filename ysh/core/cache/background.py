"""Work that no reader waits for: a few threads of this process, started when first needed (after a server has forked)."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

log = structlog.get_logger(__name__)

THREADS = 2
# Beyond this, work is dropped: it only saves later work.
MOST_WAITING = 200

_lock = threading.Lock()
_waiting: set[Future[None]] = set()
_pool: tuple[int, ThreadPoolExecutor] | None = None


def in_background(work: Callable[[], object]) -> bool:
    """Do it later; False when too much is waiting already. Its faults are logged."""
    global _pool  # noqa: PLW0603  (one pool a process)
    with _lock:
        if _pool is None or _pool[0] != os.getpid():
            _waiting.clear()
            _pool = (os.getpid(), ThreadPoolExecutor(THREADS, thread_name_prefix="cache"))
        if len(_waiting) >= MOST_WAITING:
            return False
        future = _pool[1].submit(_run, work)
        _waiting.add(future)
    future.add_done_callback(_waiting.discard)
    return True


def _run(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:  # a fault of a helper thread has nobody else to be told to
        log.exception("background_work_failed")


def drain(seconds: float = 10) -> bool:
    """Wait until all is done that was begun; whether it is."""
    return not wait(list(_waiting), timeout=seconds).not_done
