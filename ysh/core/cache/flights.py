"""One flight a key among the threads of a process: who comes while it is in the air gets what it brings."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Flights in the air, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._air: dict[str, Future[T]] = {}

    def fly(self, key: str, lead: Callable[[], T]) -> tuple[T, bool]:
        """The leader's result, and whether the caller led; the leader's exception is everybody's.

        Args:
            key: what is flown for.
            lead: called by the first thread alone.
        """
        with self._lock:
            future = self._air.get(key)
            leads = future is None
            if future is None:
                future = self._air[key] = Future()
        if leads:
            try:
                future.set_result(lead())
            except BaseException as error:
                future.set_exception(error)
                raise
            finally:
                with self._lock:
                    del self._air[key]
        return future.result(), leads
