"""Redis beyond answers: what is dear to count, what people look at, what happened. `names` says how long each lives.

Everything here is a convenience: without Redis, writing does nothing and reading finds nothing.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from ysh.core.cache import names
from ysh.core.cache.redis_tier import attempt

MOST_SEARCHES, MOST_EVENTS, MOST_TRENDING = 100, 10_000, 500


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"), ensure_ascii=False)


def replace(name: names.Name, key: str, fill: Any) -> None:
    """Put a whole structure in the place of the old one, at once, with its life."""

    def swap(connection: Any) -> None:
        pipe = connection.pipeline(transaction=True)
        pipe.delete(key)
        fill(pipe)
        pipe.expire(key, name.seconds)
        pipe.execute()

    attempt(swap)


# --- strings


def set_last_run(source: str, run: Mapping[str, Any]) -> None:
    """The last run of a source."""
    attempt(lambda c: c.set(names.LAST_RUN.key(source=source), _json(run), ex=names.LAST_RUN.seconds))


def last_run(source: str) -> dict[str, Any] | None:
    """The last run of a source."""
    found = attempt(lambda c: c.get(names.LAST_RUN.key(source=source)))
    return json.loads(found) if found else None


def set_count(what: str, number: int) -> None:
    """A number that is dear to count; `what` says under which tokens."""
    attempt(lambda c: c.set(names.COUNT.key(what=what), number, ex=names.COUNT.seconds))


def count(what: str) -> int | None:
    """A number that is dear to count; None when it has to be counted."""
    found = attempt(lambda c: c.get(names.COUNT.key(what=what)))
    return int(found) if found is not None else None


# --- hashes


def set_health(services: Mapping[str, Mapping[str, Any]], seconds: int | None = None) -> None:
    """What each service said last."""

    def write(connection: Any) -> None:
        key = names.HEALTH.key()
        pipe = connection.pipeline(transaction=True)
        pipe.delete(key)
        pipe.hset(key, mapping={name: _json(said) for name, said in services.items()})
        pipe.expire(key, seconds or names.HEALTH.seconds)
        pipe.execute()

    if services:
        attempt(write)


def health() -> dict[str, Any]:
    """What each service said last, in the order it was given; empty when that is too long ago."""
    found = attempt(lambda c: c.hgetall(names.HEALTH.key()), {})
    return {name.decode(): json.loads(said) for name, said in found.items()}


_UNDER = "under"


def set_cards(cards: Mapping[str, Mapping[str, Any]], *, under: str) -> None:
    """What lists show of products, by SKU.

    Args:
        cards: SKU -> fields.
        under: the tokens they were read under; a change of the catalogue makes others, and then nobody finds them any more.
    """

    def write(connection: Any) -> None:
        pipe = connection.pipeline(transaction=False)
        for sku, card in cards.items():
            key = names.CARD.key(sku=sku)
            pipe.delete(key)
            pipe.hset(key, mapping={_UNDER: under, **{name: _json(value) for name, value in card.items()}})
            pipe.expire(key, names.CARD.seconds)
        pipe.execute()

    if cards and under:
        attempt(write)


def cards(skus: Sequence[str], *, under: str) -> dict[str, dict[str, Any]]:
    """What lists show of products; those that are not kept, or changed since, are missing."""

    def read(connection: Any) -> list[Any]:
        pipe = connection.pipeline(transaction=False)
        for sku in skus:
            pipe.hgetall(names.CARD.key(sku=sku))
        return list(pipe.execute())

    found = attempt(read, [{}] * len(skus)) if skus and under else [{}] * len(skus)
    return {
        sku: {name.decode(): json.loads(value) for name, value in card.items() if name != _UNDER.encode()}
        for sku, card in zip(skus, found, strict=True)
        if card.get(_UNDER.encode()) == under.encode()
    }


def note_answers(counts: Mapping[str, int], on: date) -> None:
    """So many answers came from each layer."""

    def add(connection: Any) -> None:
        key = names.ANSWERS.key(day=on.isoformat())
        pipe = connection.pipeline(transaction=False)
        for source, times in counts.items():
            pipe.hincrby(key, source, times)
        pipe.expire(key, names.ANSWERS.seconds)
        pipe.execute()

    if counts:
        attempt(add)


def answers(on: date) -> dict[str, int]:
    """How many answers came from each layer that day."""
    found = attempt(lambda c: c.hgetall(names.ANSWERS.key(day=on.isoformat())), {})
    return {source.decode(): int(times) for source, times in found.items()}


# --- lists


def note_search(text: str) -> None:
    """A search that found something. Who searched is not noted."""

    def push(connection: Any) -> None:
        key = names.RECENT.key()
        pipe = connection.pipeline(transaction=False)
        pipe.lrem(key, 0, text)
        pipe.lpush(key, text)
        pipe.ltrim(key, 0, MOST_SEARCHES - 1)
        pipe.expire(key, names.RECENT.seconds)
        pipe.execute()

    text = " ".join(text.casefold().split())[:100]
    if text:
        attempt(push)


def recent_searches(limit: int = 10) -> list[str]:
    """The last searches, newest first, each once."""
    return [text.decode() for text in attempt(lambda c: c.lrange(names.RECENT.key(), 0, limit - 1), [])]


# --- sorted sets


def note_views(views: Mapping[str, int], on: date) -> None:
    """So often somebody looked at products."""

    def add(connection: Any) -> None:
        key = names.TRENDING.key(day=on.isoformat())
        pipe = connection.pipeline(transaction=False)
        for sku, times in views.items():
            pipe.zincrby(key, times, sku)
        pipe.expire(key, names.TRENDING.seconds)
        pipe.execute()

    if views:
        attempt(add)


def trending(on: date, days: int = 7, limit: int = 10) -> list[tuple[str, int]]:
    """What was looked at most within the last days, with how often; equals by name."""

    def read(connection: Any) -> list[Any]:
        pipe = connection.pipeline(transaction=False)
        for back in range(days):
            key = names.TRENDING.key(day=(on - timedelta(days=back)).isoformat())
            pipe.zrevrange(key, 0, MOST_TRENDING - 1, withscores=True)
        return list(pipe.execute())

    totals: dict[str, int] = {}
    for one_day in attempt(read, []):
        for sku, views in one_day:
            totals[sku.decode()] = totals.get(sku.decode(), 0) + int(views)
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:limit]


def set_states(power_kw: Mapping[str, float]) -> None:
    """Installed power of each state (kW)."""
    if power_kw:
        key = names.STATES.key()
        replace(names.STATES, key, lambda pipe: pipe.zadd(key, dict(power_kw)))


def states_by_power(limit: int = 27) -> list[tuple[str, float]]:
    """States with their installed power (kW), most first; empty when it has to be summed up."""
    found = attempt(lambda c: c.zrevrange(names.STATES.key(), 0, limit - 1, withscores=True), [])
    return [(state.decode(), power) for state, power in found]


# --- streams


#: kind of an event that says nothing else: a run ended
ENDED = "ended"
# A live view looks so far back for one run among all; several hundred stages of the others.
_LOOK_BACK = 500

Event = tuple[str, dict[str, str]]


def note_event(event: Mapping[str, Any]) -> None:
    """Something happened to a run; `event` says what, without it the run ended."""
    fields = {name: str(value) for name, value in event.items()}
    attempt(lambda c: c.xadd(names.EVENTS.key(), fields, maxlen=MOST_EVENTS, approximate=True))


def last_events(limit: int = 10, *, kind: str | None = None) -> list[Event]:
    """What happened last, newest first.

    Args:
        limit: so many at most.
        kind: only events that say this, e.g. `ENDED`; looked for among the last 500.
    """
    found = _newest(limit if kind is None else _LOOK_BACK)
    return [(key, event) for key, event in found if kind is None or event.get("event", ENDED) == kind][:limit]


def events_of(run_id: str, limit: int = 10) -> list[Event]:
    """What happened last to a run and to those it is the parent of, newest first; among the last 500 of all."""
    return [(key, event) for key, event in _newest(_LOOK_BACK) if run_id in (event.get("run_id"), event.get("parent"))][:limit]


def _newest(limit: int) -> list[Event]:
    found = attempt(lambda c: c.xrevrange(names.EVENTS.key(), count=limit), [])
    return [(key.decode(), {name.decode(): value.decode() for name, value in fields.items()}) for key, fields in found]


def events(after: str = "0", limit: int = 100) -> list[Event]:
    """What happened, in order, after an event's id."""
    found = attempt(lambda c: c.xrange(names.EVENTS.key(), min=f"({after}" if after != "0" else "-", count=limit), [])
    return [(key.decode(), {name.decode(): value.decode() for name, value in fields.items()}) for key, fields in found]
