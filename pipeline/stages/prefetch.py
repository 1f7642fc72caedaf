"""Work ahead in a thread: the next batch is parsed while the last one travels to the database."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class _End:
    pass


def prefetch(items: Iterable[T], depth: int = 1) -> Iterator[T]:
    """Iterate `items` in a thread of its own, at most `depth` items ahead. Errors are raised where the items are taken.

    Leaving the loop early stops the thread at its next item.
    """
    ahead: queue.Queue[T | _End | BaseException] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def put(item: T | _End | BaseException) -> bool:
        while not stopped.is_set():
            try:
                ahead.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
                del item
        except BaseException as error:  # handed to the consumer, which raises it
            put(error)
        else:
            put(_End())

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item = ahead.get()
            if isinstance(item, _End):
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
