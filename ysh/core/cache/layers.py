"""The read path: Redis, DynamoDB, PostgreSQL; one builder a key; the last known answer when nothing else is left.

An answer is given only while its tokens are the present ones, so no answer outlives a committed change. A builder reads the
tokens before it reads the database: what it read from before a change is kept under tokens that are no longer asked for.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from ysh.core.cache import dynamodb_tier, names, near, redis_tier, versions
from ysh.core.cache.background import in_background
from ysh.core.cache.breaker import Breaker
from ysh.core.cache.entry import Entry
from ysh.core.cache.flights import Flights
from ysh.core.cache.names import digest as digest_of
from ysh.core.cache.namespaces import Policy, policy

log = structlog.get_logger(__name__)

HIT_REDIS, HIT_DYNAMODB, MISS, STALE, BYPASS = "HIT-REDIS", "HIT-DYNAMODB", "MISS", "STALE", "BYPASS"
# "There is nothing" is kept for so long, in Redis only.
NEGATIVE_SECONDS = 30
# How long a reader waits for another process's builder before it builds itself.
WAIT_SECONDS = 5.0


class NotKept(Exception):  # noqa: N818  (a result, not an error)
    """The builder's answer is none to keep.

    Args:
        is_outage: it says that the database does not answer.
        yields: the last known answer is better than this one.
    """

    def __init__(self, *, is_outage: bool = False, yields: bool = False) -> None:
        super().__init__()
        self.is_outage, self.yields = is_outage, yields


class DatabaseAway(Exception):  # noqa: N818  (a state, not an error of the caller)
    """PostgreSQL is left alone at the moment, and nothing is known of old."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader gets.

    Attributes:
        entry: the answer.
        source: HIT-REDIS, HIT-DYNAMODB, MISS or STALE.
    """

    entry: Entry
    source: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        digest: of the normalised key.
        namespaces: what the answer is made of, sorted.
        endpoint: name of what answers.
        policy: how long the answer is kept.
    """

    digest: str
    namespaces: tuple[str, ...]
    endpoint: str
    policy: Policy

    @classmethod
    def of(cls, key: str, namespaces: Sequence[str], endpoint: str) -> "Question":
        """A question by its key."""
        names = tuple(sorted(namespaces))
        return cls(digest_of(key), names, endpoint, policy(names))


@dataclass(slots=True)
class Found:
    """What the layers had.

    Attributes:
        answer: an answer that holds; None when it has to be built.
        tokens: present tokens; empty when no layer could say.
        last_known: the newest answer that no longer holds, for the day the database is away.
        verdict: the rate limiter's.
    """

    answer: Answer | None
    tokens: Mapping[str, str]
    last_known: Entry | None = None
    verdict: redis_tier.Verdict | None = None


Builder = Callable[[Mapping[str, str]], Entry]
_flights: Flights[Answer] = Flights()
_refreshing: set[str] = set()
_refreshing_lock = threading.Lock()
database = Breaker("postgresql", failures=1, longest=2.0)


def look(question: Question, limit: tuple[str, int, int] | None = None) -> Found:
    """Ask Redis, then DynamoDB.

    Args:
        question: what is asked.
        limit: see `redis_tier.look`.
    """
    now, place = time.time(), names.prefix()
    verdict: redis_tier.Verdict | None = None
    at_hand = near.get(place, question.digest, seconds=question.policy.redis_seconds)
    if at_hand is not None:
        told = redis_tier.tokens(question.namespaces, limit)
        if told.answered and at_hand.tokens == dict(zip(question.namespaces, told.tokens, strict=True)):
            near.hit(place, question.digest)
            return Found(Answer(at_hand, HIT_REDIS), at_hand.tokens, None, told.verdict)
        verdict, limit = told.verdict, None  # counted already
    counted = near.uncounted(place, question.digest)
    seen = redis_tier.look(question.digest, question.namespaces, limit, counted=counted)
    verdict = verdict or seen.verdict
    tokens: Mapping[str, str]
    if seen.answered and None not in seen.tokens:
        tokens = dict(zip(question.namespaces, seen.tokens, strict=True))  # type: ignore[arg-type]
    else:
        tokens = versions.complete(question.namespaces, seen.tokens)
    if seen.entry is not None and _holds(seen.entry, question, tokens, now):
        return Found(Answer(near.put(place, question.digest, seen.entry), HIT_REDIS), tokens, None, verdict)
    kept = dynamodb_tier.get(question.digest)
    if kept is not None and _holds(kept, question, tokens, now):
        found = Found(Answer(near.put(place, question.digest, kept), HIT_DYNAMODB), tokens, None, verdict)
        # Who asked does not wait for Redis to take it; last, so that a thread that begins at once takes no time from them.
        in_background(lambda: redis_tier.store(question.digest, kept, _redis_life(question)))
        return found
    known = [entry for entry in (seen.entry, kept) if entry is not None and _is_tellable(entry, now)]
    return Found(None, tokens, max(known, key=lambda entry: entry.built_at, default=None), verdict)


def _holds(entry: Entry, question: Question, tokens: Mapping[str, str], now: float) -> bool:
    return entry.holds(tokens) and entry.age(now) < question.policy.dynamodb_seconds


def _is_tellable(entry: Entry, now: float) -> bool:
    return entry.status == 200 and entry.age(now) <= settings.STALE_MAX_AGE


def _redis_life(question: Question) -> int:
    """Seconds. Where no second layer keeps the last known answer, Redis does."""
    alone = dynamodb_tier.is_away()
    return max(question.policy.redis_seconds, settings.STALE_MAX_AGE) if alone else question.policy.redis_seconds


def answer(question: Question, build: Builder, found: Found | None = None) -> Answer:
    """The answer, from wherever it is nearest.

    Args:
        question: what is asked.
        build: makes the entry from PostgreSQL, given the tokens to note in it. May raise `NotKept`.
        found: what `look` said, when it was asked already.

    Raises:
        NotKept: the builder's answer is none to keep.
        DatabaseAway: PostgreSQL was found not to answer just before, and there is no last known answer.
        OperationalError, InterfaceError: it is found so now.
    """
    found = found or look(question)
    if found.answer is not None:
        if found.answer.entry.age() > question.policy.redis_seconds and found.answer.entry.status == 200:
            refresh(question, build)
        return found.answer
    last = found.last_known
    if last is not None and database.is_open:
        # Nobody waits for a database that is known to be away; that it is back is found out in the background.
        if database.allows():
            refresh(question, build)
        return Answer(last, STALE)
    if not database.allows():
        raise DatabaseAway
    try:
        return _single(question, build, found.tokens)
    except NotKept as refused:
        if refused.is_outage:
            database.failed()
        if last is not None and (refused.is_outage or refused.yields):
            return Answer(last, STALE)
        raise
    except (OperationalError, InterfaceError):
        database.failed()
        if last is not None:
            return Answer(last, STALE)
        raise


def _single(question: Question, build: Builder, tokens: Mapping[str, str]) -> Answer:
    """One builder among this process's threads, then one among all processes."""
    if not tokens:  # no layer could say which answers hold: nothing may be kept
        return Answer(_built(build, tokens), MISS)
    # Who saw other tokens does not share: the flight may have read what has changed since.
    flight = f"{question.digest} {sorted(tokens.items())}"
    got, led = _flights.fly(flight, lambda: _lead(question, build, tokens))
    # Who came along reads what the builder has just put into Redis.
    return got if led or got.source != MISS else Answer(got.entry, HIT_REDIS)


def _lead(question: Question, build: Builder, tokens: Mapping[str, str]) -> Answer:
    lock = redis_tier.acquire(question.digest)
    if lock is None:

        def ready() -> Answer | redis_tier.Lock | None:
            seen = redis_tier.look(question.digest, question.namespaces)
            if seen.entry is not None and _holds(seen.entry, question, tokens, time.time()):
                return Answer(seen.entry, HIT_REDIS)
            return redis_tier.acquire(question.digest)

        waited = redis_tier.wait_for(question.digest, WAIT_SECONDS, ready)
        if isinstance(waited, Answer):
            return waited
        lock = waited
    try:
        if lock is not None and lock.fence:
            # The one before us may have been done between our look and our lock.
            seen = redis_tier.look(question.digest, question.namespaces)
            if seen.entry is not None and _holds(seen.entry, question, tokens, time.time()):
                return Answer(seen.entry, HIT_REDIS)
        entry = _built(build, tokens)
        keep(question, entry, lock.fence if lock is not None else 0)
        return Answer(entry, MISS)
    finally:
        if lock is not None and lock.fence:
            redis_tier.release(lock)


def _built(build: Builder, tokens: Mapping[str, str]) -> Entry:
    entry = build(tokens)
    database.succeeded()
    return entry


def keep(question: Question, entry: Entry, fence: int = 0) -> None:
    """Put an answer into the layers: Redis now, DynamoDB in the background."""
    if entry.status != 200:
        redis_tier.store(question.digest, entry, NEGATIVE_SECONDS, fence)
        return
    redis_tier.store(question.digest, entry, _redis_life(question), fence)
    if not dynamodb_tier.is_away():
        seconds = max(question.policy.dynamodb_seconds, settings.STALE_MAX_AGE)
        in_background(lambda: dynamodb_tier.put(question.digest, entry, endpoint=question.endpoint, seconds=seconds))


def refresh(question: Question, build: Builder) -> bool:
    """Build the answer anew in the background, once at a time in this process; says whether that was begun."""
    with _refreshing_lock:
        if question.digest in _refreshing:
            return False
        _refreshing.add(question.digest)

    def renew() -> None:
        try:
            lock = redis_tier.acquire(question.digest)
            if lock is None:
                return  # another process is at it
            try:
                found = redis_tier.look(question.digest, question.namespaces)
                tokens = versions.complete(question.namespaces, found.tokens)
                if tokens:
                    keep(question, _built(build, tokens), lock.fence)
            finally:
                redis_tier.release(lock)
        except (NotKept, OperationalError, InterfaceError) as error:
            if not isinstance(error, NotKept) or error.is_outage:
                database.failed()
            log.info("refresh_failed", endpoint=question.endpoint, error=type(error).__name__)
        finally:
            with _refreshing_lock:
                _refreshing.discard(question.digest)
            connections.close_all()  # this thread's own

    if not in_background(renew):
        with _refreshing_lock:
            _refreshing.discard(question.digest)
        return False
    return True
