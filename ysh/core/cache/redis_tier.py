"""The first layer: Redis. Short timeouts and a breaker; every fault is a miss."""

import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import ClusterCrossSlotError, NoScriptError

from ysh.core.cache import names, scripts, wire
from ysh.core.cache.breaker import Breaker
from ysh.core.cache.entry import Entry, unpack

# A builder that needs longer loses its lock; its fencing number then keeps it from overwriting what a later one stored.
LOCK_SECONDS = 15
_CLOSED: tuple[type[BaseException], ...] = (redis.RedisError, OSError)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rate limiter says.

    Attributes:
        allowed: whether the request may go on.
        used: requests within the window, this one included when it is allowed.
        reset_ms: milliseconds until the oldest of them leaves the window.
    """

    allowed: bool
    used: int
    reset_ms: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one look into Redis found.

    Attributes:
        answered: whether Redis answered at all.
        tokens: the namespaces' tokens, in the order asked for; None where there is none.
        entry: the kept answer, whatever its tokens are.
        verdict: the rate limiter's, when it was asked.
    """

    answered: bool
    tokens: Sequence[str | None]
    entry: Entry | None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held: its owner's secret, and its fencing number (0: nobody could be asked)."""

    digest: str
    owner: str
    fence: int


_breakers: dict[str, Breaker] = {}
#: What has to happen before Redis is believed again after an outage; `versions` puts itself here.
recovery: list[Callable[[], bool]] = []


def breaker() -> Breaker:
    """This process's breaker for the server of the settings."""
    location = str(settings.CACHES["default"]["LOCATION"])
    found = _breakers.get(location)
    if found is None:
        found = _breakers.setdefault(location, Breaker("redis", on_recovery=lambda: all(step() for step in recovery)))
    return found


def client() -> Any:
    """A redis-py client of the cache's server."""
    return get_redis_connection("default")


class Unavailable(Exception):  # noqa: N818  (a state, not an error of the caller)
    """Redis is left alone at the moment, or did not answer."""


@contextmanager
def guarded() -> Iterator[Any]:
    """The client; faults are counted by the breaker.

    Raises:
        Unavailable: the server is left alone, or did not answer.
    """
    state = breaker()
    if not state.allows():
        raise Unavailable
    try:
        yield client()
    except (redis.ResponseError, redis.DataError):
        state.succeeded()  # it answered; the fault is ours
        raise
    except _CLOSED as error:
        state.failed()
        raise Unavailable from error
    else:
        state.succeeded()


def attempt(action: Callable[[Any], Any], default: Any = None) -> Any:
    """The action's result, or the default when Redis does not answer."""
    try:
        with guarded() as connection:
            return action(connection)
    except Unavailable:
        return default


def look(digest: str, namespaces: Sequence[str], limit: tuple[str, int, int] | None = None, *, counted: int = 1) -> Look:
    """The tokens, the answer, and the rate limiter's verdict, in one round trip.

    Args:
        digest: of the answer's key.
        namespaces: whose tokens.
        limit: who asks, how often they may, in how many seconds.
        counted: for how many readers the answer is asked.
    """

    commands: list[wire.Command] = [
        ("HMGET", names.VERSIONS.key(), *namespaces),
        scripts.call("get", [names.ANSWER.key(digest=digest), names.HITS.key(digest=digest)], [counted]),
    ]
    if limit is not None:
        commands.append(_rate_command(*limit))
    found = _ask(commands)
    if found is None:
        return Look(False, [None] * len(namespaces), None)
    return Look(True, _texts(found[0]), unpack(found[1]) if found[1] is not None else None, _verdict(found[2:]))


def tokens(namespaces: Sequence[str], limit: tuple[str, int, int] | None = None) -> Look:
    """As `look`, without the answer: for who has it already and only has to know whether it still holds."""
    commands: list[wire.Command] = [("HMGET", names.VERSIONS.key(), *namespaces)]
    if limit is not None:
        commands.append(_rate_command(*limit))
    found = _ask(commands)
    if found is None:
        return Look(False, [None] * len(namespaces), None)
    return Look(True, _texts(found[0]), None, _verdict(found[1:]))


def _ask(commands: list[wire.Command]) -> list[Any] | None:
    found: list[Any] | None = attempt(lambda c: wire.round_trip(c, commands))
    if found is not None and any(isinstance(item, NoScriptError) for item in found):
        attempt(scripts.register_all)
        found = attempt(lambda c: wire.round_trip(c, commands))
    if found is None or any(isinstance(item, Exception) for item in found):
        return None
    return found


def _rate_command(who: str, allowed: int, seconds: int) -> wire.Command:
    return scripts.call("rate", [names.RATE.key(who=who)], [seconds * 1000, allowed])


def _texts(found: Sequence[bytes | None]) -> list[str | None]:
    return [None if token is None else token.decode() for token in found]


def _verdict(found: Sequence[Any]) -> Verdict | None:
    return Verdict(bool(found[0][0]), found[0][1], found[0][2]) if found else None


def store(digest: str, entry: Entry, seconds: int, fence: int = 0) -> bool:
    """Keep the answer; False when Redis does not answer or a later builder was faster. Lives up to 5 % shorter, so that answers
    that were built together do not end together."""
    life = int(seconds * 1000 * random.uniform(0.95, 1))  # noqa: S311
    keys = [names.ANSWER.key(digest=digest), names.HITS.key(digest=digest), names.STORED.key(digest=digest)]
    return bool(attempt(lambda c: scripts.run(c, "set", keys, [entry.pack(), life, fence, names.DAY * 1000]), 0))


def acquire(digest: str, seconds: int = LOCK_SECONDS) -> Lock | None:
    """Take the lock of an answer; None when another holds it. Without Redis everybody gets one, with fencing number 0."""
    owner = secrets.token_hex(8)
    keys = [names.LOCK.key(digest=digest), names.FENCE.key(digest=digest)]
    fence = attempt(lambda c: scripts.run(c, "acquire", keys, [owner, seconds * 1000, names.DAY * 1000]))
    if fence is None:
        return Lock(digest, owner, 0)
    return Lock(digest, owner, int(fence)) if fence else None


def release(lock: Lock) -> bool:
    """Give the lock back and tell who waits; False when it was no longer ours."""

    def give(connection: Any) -> bool:
        freed = bool(scripts.run(connection, "release", [names.LOCK.key(digest=lock.digest)], [lock.owner]))
        connection.publish(names.DONE.key(digest=lock.digest), b"")
        return freed

    return bool(attempt(give, False))


def wait_for(digest: str, seconds: float, ready: Callable[[], Any]) -> Any:
    """Wait until a builder is done; what `ready` then says, None when the time is over or Redis does not answer.

    Args:
        digest: of the answer.
        seconds: at most.
        ready: asked after each sign, and once before the first so that a sign given before we listened is not missed.
    """
    end = time.monotonic() + seconds
    try:
        with guarded() as connection, connection.pubsub(ignore_subscribe_messages=True) as listener:
            listener.subscribe(names.DONE.key(digest=digest))
            listener.get_message(timeout=min(seconds, 0.2))  # the subscription itself
            while (found := ready()) is None:
                left = end - time.monotonic()
                # Every half second at the latest: a builder that died gives no sign, its lock just ends.
                if left <= 0 or (listener.get_message(timeout=min(left, 0.5)) is None and time.monotonic() >= end):
                    return None
            return found
    except Unavailable:
        return None


def rate_limit(who: str, limit: int, seconds: int = 60) -> Verdict | None:
    """Count a request; None when Redis does not answer."""
    found = attempt(lambda c: scripts.run(c, "rate", [names.RATE.key(who=who)], [seconds * 1000, limit]))
    return None if found is None else Verdict(bool(found[0]), found[1], found[2])


def set_tokens(tokens: Mapping[str, str]) -> bool:
    """Write tokens, whatever was there. False when Redis does not answer."""
    return attempt(lambda c: c.hset(names.VERSIONS.key(), mapping=dict(tokens)) is not None, False) if tokens else True


def offer_tokens(tokens: Mapping[str, str]) -> dict[str, str]:
    """Write tokens where there are none; what holds afterwards. Empty when Redis does not answer."""

    def offer(connection: Any) -> dict[str, str]:
        pipe = connection.pipeline(transaction=False)
        for name, token in tokens.items():
            pipe.hsetnx(names.VERSIONS.key(), name, token)
        pipe.hmget(names.VERSIONS.key(), list(tokens))
        held = pipe.execute()[-1]
        return {name: token.decode() for name, token in zip(tokens, held, strict=True) if token is not None}

    found: dict[str, str] = attempt(offer, {})
    return found


def delete_matching(pattern: str, batch: int = 1000) -> int:
    """Delete every key that matches, without blocking the server: found by SCAN, unlinked in batches by script. How many."""

    def sweep(connection: Any) -> int:
        gone, found = 0, list[bytes]()
        for key in connection.scan_iter(match=pattern, count=batch):
            found.append(key)
            if len(found) >= batch:
                gone, found = gone + _unlink(connection, found), []
        return gone + (_unlink(connection, found) if found else 0)

    return int(attempt(sweep, 0))


def _unlink(connection: Any, keys: list[Any]) -> int:
    """In one step; on a cluster, where keys of different slots take no common step, each on its own in one round trip."""
    try:
        return int(scripts.run(connection, "invalidate", keys, []))
    except ClusterCrossSlotError:
        pipe = connection.pipeline(transaction=False)
        for key in keys:
            pipe.unlink(key)
        return sum(pipe.execute())
