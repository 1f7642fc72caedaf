"""Tokens of namespaces. A token is random, never counted: losing it causes misses and never brings an old answer back.

Two copies, DynamoDB's and Redis's; Redis's counts while it answers. A change writes DynamoDB first, then Redis, so that whoever
finds no token in Redis and takes DynamoDB's gets one that is at least as new as what a later reader finds in Redis.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence

import redis
from botocore.exceptions import BotoCoreError, ClientError

from ysh.core.cache import dynamodb_tier, namespaces, redis_tier
from ysh.core.cache import names as cache_names
from ysh.core.cache.breaker import Breaker
from ysh.core.dynamodb import client as dynamodb

_FAULTS = (redis.RedisError, BotoCoreError, ClientError, OSError)

# Changes a layer could not be told, because it did not answer: told before anything is read from it again.
_owed: dict[str, set[str]] = {"redis": set(), "dynamodb": set()}
_settling: set[str] = set()
_lock = threading.Lock()
_pause = threading.Event()  # never set: a wait with an end
_SETTLE_EVERY_SECONDS = 0.2


def new_token() -> str:
    """A token nobody had before."""
    return secrets.token_urlsafe(9)


def bump(names: Iterable[str]) -> None:
    """End the life of every answer made of these namespaces. What cannot be told now is told when the layer answers again."""
    tokens = {name: new_token() for name in sorted(set(names))}
    if not tokens:
        return
    if not dynamodb_tier.set_tokens(tokens) and dynamodb.is_configured():
        owe("dynamodb", tokens)
    if not redis_tier.set_tokens(tokens):
        owe("redis", tokens)


def owe(layer: str, tokens: Iterable[str]) -> None:
    """The layer missed a change of these namespaces; it hears of it before it is believed again."""
    with _lock:
        _owed[layer].update(tokens)
    _settle_later(layer)


def owed() -> dict[str, frozenset[str]]:
    """Layer -> namespaces whose change it has not heard of from this process."""
    with _lock:
        return {layer: frozenset(found) for layer, found in _owed.items()}


def _settle_later(layer: str) -> None:
    """Keep trying until the layer has heard: nobody else knows what it missed."""
    _breaker(layer).trip()
    with _lock:
        if layer in _settling:
            return
        _settling.add(layer)
    threading.Thread(target=_settle, args=(layer,), name=f"cache-settle-{layer}", daemon=True).start()


def _settle(layer: str) -> None:
    try:
        while owed()[layer]:
            if not _breaker(layer).allows():  # its recovery tells what is owed
                _pause.wait(_SETTLE_EVERY_SECONDS)
            else:
                _breaker(layer).trip() if owed()[layer] else _breaker(layer).succeeded()
    finally:
        with _lock:
            _settling.discard(layer)


def _breaker(layer: str) -> Breaker:
    return redis_tier.breaker() if layer == "redis" else dynamodb.breaker()


def complete(names: Sequence[str], found: Sequence[str | None]) -> dict[str, str]:
    """Present tokens of the namespaces; where Redis had none, DynamoDB's copy or a new one is put there.

    Args:
        names: the namespaces.
        found: what Redis had, in the same order; all None when it did not answer.

    Returns:
        Namespace -> token; empty when no layer can say, and then nothing may be kept or given.
    """
    missing = [name for name, token in zip(names, found, strict=True) if token is None]
    held = {name: token for name, token in zip(names, found, strict=True) if token is not None}
    if not missing:
        return held
    copies = dynamodb_tier.tokens()
    if copies is None:  # no DynamoDB, or it does not answer
        held |= redis_tier.offer_tokens({name: new_token() for name in missing})
    else:
        made = {name: new_token() for name in missing if name not in copies}
        if made:
            copies |= dynamodb_tier.offer_tokens(made)
        offered = {name: copies[name] for name in missing if name in copies}
        # Without Redis, DynamoDB's copy counts.
        held |= redis_tier.offer_tokens(offered) or offered
    return held if len(held) == len(names) else {}


def under(names: Sequence[str], found: Sequence[str | None] | None = None) -> str:
    """The present tokens of the namespaces as one text, to note with what is read now; empty when no layer can say.

    Args:
        names: the namespaces.
        found: what Redis had just now, when it was asked already.
    """
    held = complete(names, redis_tier.tokens(names).tokens if found is None else found)
    return " ".join(held[name] for name in names) if held else ""


def reconcile(layer: str) -> bool:
    """Before a layer is believed again after an outage: namespaces on whose token the layers differ get new ones.

    A new token is safe whatever happens at the same time; an old one never is.

    Args:
        layer: redis or dynamodb, whichever was away.

    Returns:
        Whether the layer answered.
    """
    names = namespaces.all_names()
    readers: dict[str, Callable[[], dict[str, str]]] = {"redis": _redis_copy, "dynamodb": _dynamodb_copy}
    other = "dynamodb" if layer == "redis" else "redis"
    try:
        mine = readers[layer]()
    except _FAULTS:
        return False
    try:
        theirs: dict[str, str] = readers[other]()
    except _FAULTS:
        theirs = {}
    with _lock:
        due = {name for name in names if mine.get(name) is None or mine.get(name) != theirs.get(name)} | _owed[layer]
        _owed[layer].clear()
    tokens = {name: new_token() for name in sorted(due)}
    if not tokens:
        return True
    told = {"dynamodb": _tell_dynamodb(tokens), "redis": _tell_redis(tokens)}
    for name, done in told.items():
        if not done:
            owe(name, tokens)
    return told[layer]


def _redis_copy() -> dict[str, str]:
    found = redis_tier.client().hgetall(cache_names.VERSIONS.key())
    return {name.decode(): token.decode() for name, token in found.items()}


def _dynamodb_copy() -> dict[str, str]:
    return dynamodb_tier.read_tokens(dynamodb.client()) if dynamodb.is_configured() else {}


def _tell_redis(tokens: dict[str, str]) -> bool:
    try:
        redis_tier.client().hset(cache_names.VERSIONS.key(), mapping=dict(tokens))
    except _FAULTS:
        return False
    return True


def _tell_dynamodb(tokens: dict[str, str]) -> bool:
    if not dynamodb.is_configured():
        return True
    try:
        dynamodb_tier.write_tokens(dynamodb.client(), tokens)
    except _FAULTS:
        return False
    return True


redis_tier.recovery.append(lambda: reconcile("redis"))
dynamodb.recovery.append(lambda: reconcile("dynamodb"))
