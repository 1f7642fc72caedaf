"""A circuit breaker: a service that does not answer is left alone for a while, so that asking it costs nothing."""

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Breaker:
    """State of one service, as this process sees it.

    After `failures` failures in a row it opens: `allows()` says no for `pause` seconds, then yes to a single caller, whose
    outcome closes it or opens it for twice as long, up to `longest`.

    Args:
        name: of the service, for the log.
        failures: how many in a row open it.
        pause, longest: seconds.
        on_recovery: called, before anything else is let through, when an outage has ended.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 2,
        pause: float = 0.5,
        longest: float = 4.0,
        on_recovery: Callable[[], bool] | None = None,
    ) -> None:
        self.name, self._limit, self._pause, self._longest = name, failures, pause, longest
        self.on_recovery = on_recovery
        self._lock = threading.Lock()
        self._failures = 0
        self._until: float | None = None
        self._current = pause

    @property
    def is_open(self) -> bool:
        """Whether the service counts as down."""
        return self._until is not None

    def allows(self) -> bool:
        """Whether to ask the service now. Who gets a yes has to call `succeeded` or `failed`."""
        if self._until is None:
            return True
        with self._lock:
            if self._until is None:
                return True
            now = time.monotonic()
            if now < self._until:
                return False
            self._until = now + self._current  # one caller tries; the others go on without
        if self.on_recovery is None:
            return True
        if self.on_recovery():
            self.succeeded()
            return True
        self.failed()
        return False

    def succeeded(self) -> None:
        """The service answered."""
        if self._failures == 0 and self._until is None:
            return
        with self._lock:
            was_open, self._until = self._until is not None, None
            self._failures, self._current = 0, self._pause
        if was_open:
            log.warning("service_answers_again", service=self.name)

    def trip(self) -> None:
        """Leave the service alone from now on, until its recovery has run."""
        with self._lock:
            self._failures = max(self._failures, self._limit)
            if self._until is None:
                self._until = time.monotonic() + self._current

    def failed(self) -> None:
        """The service did not answer, or not in time."""
        with self._lock:
            self._failures += 1
            if self._until is not None:
                self._current = min(2 * self._current, self._longest)
            elif self._failures < self._limit:
                return
            opened, self._until = self._until is None, time.monotonic() + self._current
        if opened:
            log.warning("service_left_alone", service=self.name)
