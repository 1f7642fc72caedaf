"""How fast servers are asked: so many requests an hour each, counted in Redis for all processes, and pauses between tries."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import structlog
from django.conf import settings

from pipeline.errors import SourceUnavailableError
from ysh.core.cache.redis_tier import rate_limit
from ysh.core.said import say

log = structlog.get_logger(__name__)

HOUR_SECONDS = 3600
#: called about once a second while waiting; raises to stop
Tick = Callable[[], object]


def pause(seconds: float, tick: Tick) -> None:
    """Wait, asking `tick` every second whether to go on."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        tick()
        time.sleep(min(left, 1.0))


def take_turn(host: str, tick: Tick) -> None:
    """Count a request to the host, and wait for its turn when the hour's requests are used up.

    Without Redis requests go uncounted: ingestion does not stop for its own politeness.

    Raises:
        SourceUnavailableError: the turn is too far away.
    """
    limit = settings.INGEST_REQUESTS_PER_HOUR
    if not limit:
        return
    while (verdict := rate_limit(f"fetch:{host}", limit, HOUR_SECONDS)) is not None and not verdict.allowed:
        seconds = verdict.reset_ms / 1000
        if seconds > settings.INGEST_LONGEST_WAIT_SECONDS:
            raise SourceUnavailableError(
                say("found_rate", host=host, limit=limit, seconds=round(seconds)),
                todo=say("todo_rate"),
                code="rate_limited",
            )
        log.info("waiting_for_turn", host=host, seconds=round(seconds))
        pause(seconds + 0.05, tick)
    if verdict is None:
        log.warning("requests_not_counted", host=host)


def retry_after(value: str) -> float | None:
    """Seconds a `Retry-After` header asks for, as a number or a date; None when it says nothing that can be understood."""
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())


def backoff(tried: int) -> float:
    """Seconds before the next try: doubling, and by chance up to as much again, so that not everybody comes back at once."""
    base: float = settings.INGEST_BACKOFF_SECONDS * 2 ** (tried - 1)
    return base * (1 + random.random())  # noqa: S311  (not a secret)
