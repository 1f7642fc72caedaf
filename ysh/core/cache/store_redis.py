"""The store's first layer: values in Redis, each with the token under which it holds. An empty value says: there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from ysh.core.cache import names, scripts
from ysh.core.cache.redis_tier import attempt

NONE = b""
#: How long it is remembered that there is no such value: longer than anyone who has just read an old one needs to put it here.
NONE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found.

    Attributes:
        answered: whether Redis answered.
        tokens: of the namespaces asked for.
        values: digest -> (token, value); missing when nothing is known of it.
    """

    answered: bool
    tokens: Sequence[str | None]
    values: Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Written:
    """What a script did.

    Attributes:
        done: it wrote.
        lived: there was a living value before.
        stamp: the server's clock (µs).
        value: the sum, of an addition.
    """

    done: bool
    lived: bool
    stamp: int
    value: bytes = NONE


def _key(digest: str) -> str:
    return names.VALUE.key(digest=digest)


def look(digests: Sequence[str], namespaces: Sequence[str]) -> Seen:
    """Tokens and values, in one round trip."""

    def ask(connection: Any) -> list[Any]:
        pipe = connection.pipeline(transaction=False)
        pipe.hmget(names.VERSIONS.key(), list(namespaces))
        for digest in digests:
            pipe.hmget(_key(digest), ["t", "v"])
        return list(pipe.execute())

    found = attempt(ask)
    if found is None:
        return Seen(False, [None] * len(namespaces), {})
    tokens = [None if token is None else token.decode() for token in found[0]]
    values = {
        digest: (token.decode(), value)
        for digest, (token, value) in zip(digests, found[1:], strict=True)
        if token is not None and value is not None
    }
    return Seen(True, tokens, values)


def put(digest: str, token: str, value: bytes, seconds: float | None, how: str) -> Written | None:
    """Write a value; None when Redis does not answer.

    Args:
        digest: of its key.
        token: under which it holds.
        value: its bytes, or NONE.
        seconds: its life; None without end.
        how: set, add or fill (see lua/put_value.lua).
    """
    life = 0 if seconds is None else max(1, int(seconds * 1000))
    found = attempt(lambda c: scripts.run(c, "put_value", [_key(digest)], [token, value, life, how]))
    return None if found is None else Written(bool(found[0]), bool(found[1]), int(found[2]))


def add(digest: str, token: str, delta: int) -> Written | bool | None:
    """Add to a number; False when nothing is known of it, None when Redis does not answer.

    Raises:
        ValueError: it is no whole number, or grows beyond 64 bits.
    """
    try:
        found = attempt(lambda c: scripts.run(c, "add_to_value", [_key(digest)], [token, delta]))
    except ResponseError as error:
        raise ValueError(f"Cache: expected a whole number of 64 bits to add {delta} to, found something else.") from error
    if found is None:
        return None
    return Written(bool(found[1]), bool(found[1]), int(found[3]), found[2]) if found[0] else False


def touch(digest: str, token: str, seconds: float | None) -> Written | bool | None:
    """Another life; False when nothing is known of the value, None when Redis does not answer."""
    life = 0 if seconds is None else max(1, int(seconds * 1000))
    found = attempt(lambda c: scripts.run(c, "touch_value", [_key(digest)], [token, life]))
    if found is None:
        return None
    return Written(bool(found[1]), bool(found[1]), int(found[2])) if found[0] else False


def sweep(token: str) -> int:
    """Unlink every value under a token that no longer counts; how many."""

    def go(connection: Any) -> int:
        gone = 0
        for key in connection.scan_iter(match=_key("*"), count=1000):
            gone += int(scripts.run(connection, "drop_value", [key], [token]))
        return gone

    return int(attempt(go, 0))
