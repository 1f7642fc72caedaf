"""Django's cache API over the layers: its rules with both layers, with Redis alone and with DynamoDB alone; many at once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import CacheKeyWarning
from django.test import override_settings

from tests.core.cache.conftest import Server, cache_settings, nobody_is_owed_anything, wait_until
from ysh.core.cache import background, names, redis_tier, store_redis, versions
from ysh.core.cache.store import LayeredCache

MISSING = object()


def made(**params: Any) -> LayeredCache:
    return LayeredCache("layers", {"TIMEOUT": 300, **params})


@pytest.fixture(params=["both layers", "Redis alone", "DynamoDB alone"])
def cache(request: pytest.FixtureRequest, layers_on: None) -> Iterator[LayeredCache]:
    if request.param != "Redis alone":
        request.getfixturevalue("dynamodb")
    if request.param != "DynamoDB alone":
        yield made(KEY_PREFIX=names.prefix())
        return
    prefix = names.prefix()
    with override_settings(CACHES=cache_settings(LOCATION="redis://127.0.0.1:1/0", KEY_PREFIX=prefix)):
        yield made(KEY_PREFIX=prefix)
        nobody_is_owed_anything()


@pytest.fixture
def both(layers_on: None, dynamodb: None) -> LayeredCache:
    return made(KEY_PREFIX=names.prefix())


def forget_redis() -> None:
    redis_tier.delete_matching(f"{names.prefix()}:*")


class TestRules:
    """What Django's documentation promises of every backend."""

    def test_values_come_back_as_they_were(self, cache: LayeredCache) -> None:
        values = [None, True, 0, -7, 2**80, 1.5, "ção", b"\x00bytes", "12", ["a", {"b": (1, 2)}], "long " * 1000]
        for value in values:
            cache.set("key", value)
            found = cache.get("key", MISSING)
            assert (found, type(found)) == (value, type(value))

    def test_what_is_not_there(self, cache: LayeredCache) -> None:
        assert cache.get("none") is None
        assert cache.get("none", "default") == "default"
        assert not cache.has_key("none")
        assert "none" not in cache
        assert not cache.delete("none")
        assert not cache.touch("none")
        for change in (cache.incr, cache.decr, cache.incr_version):
            with pytest.raises(ValueError, match="none"):
                change("none")

    def test_add_delete_and_add_again(self, cache: LayeredCache) -> None:
        assert cache.add("key", 1)
        assert not cache.add("key", 2)
        assert cache.get("key") == 1
        assert cache.delete("key")
        assert not cache.delete("key")
        assert cache.get("key") is None
        assert cache.add("key", 3)
        assert cache.get("key") == 3

    def test_many(self, cache: LayeredCache) -> None:
        assert cache.set_many({"a": 1, "b": "two", "c": 3}) == []
        assert cache.get_many(["a", "b", "c", "d"]) == {"a": 1, "b": "two", "c": 3}
        cache.delete_many(["a", "c"])
        assert cache.get_many(["a", "b", "c"]) == {"b": "two"}
        assert cache.get_many([]) == {}

    def test_numbers(self, cache: LayeredCache) -> None:
        cache.set("n", 41)
        assert [cache.incr("n"), cache.incr("n", 10), cache.decr("n"), cache.decr("n", 60)] == [42, 52, 51, -9]
        assert cache.get("n") == -9
        cache.set("text", "41")
        with pytest.raises(ValueError, match="whole number"):
            cache.incr("text")
        assert cache.get("text") == "41"

    def test_lives(self, cache: LayeredCache) -> None:
        for timeout in (0, -1):
            cache.set("key", "value", timeout)
            assert cache.get("key") is None
        assert cache.add("key", "value", 0)
        assert cache.get("key") is None
        cache.set("forever", "value", None)
        cache.set("short", "value", 0.05)
        cache.set("shortened", "value", 60)
        assert cache.touch("shortened", 0.05)
        cache.set("kept", "value", 60)
        assert cache.touch("kept", None)
        cache.set("dropped", "value", 60)
        assert cache.touch("dropped", 0)
        end = time.monotonic() + 20
        while cache.get_many(["short", "shortened"]):
            assert time.monotonic() < end
        assert cache.get_many(["forever", "kept", "dropped"]) == {"forever": "value", "kept": "value"}

    def test_versions_and_get_or_set(self, cache: LayeredCache) -> None:
        cache.set("key", "one", version=1)
        cache.set("key", "two", version=2)
        assert (cache.get("key"), cache.get("key", version=2)) == ("one", "two")
        assert cache.incr_version("key", delta=2) == 3
        assert (cache.get("key"), cache.get("key", version=3)) == (None, "one")
        assert cache.get_or_set("made", lambda: 5) == 5
        assert cache.get_or_set("made", lambda: 6) == 5

    def test_clear(self, cache: LayeredCache) -> None:
        cache.set("key", 1, None)
        cache.clear()
        assert cache.get("key") is None
        assert cache.add("key", 2)
        assert background.drain()
        assert cache.get("key") == 2

    def test_a_value_that_cannot_be_pickled_is_refused(self, cache: LayeredCache) -> None:
        for write in (cache.set, cache.add):
            with pytest.raises((AttributeError, TypeError)):
                write("key", threading.Lock())

    def test_keys_memcached_would_refuse_are_warned_of(self, cache: LayeredCache) -> None:
        with pytest.warns(CacheKeyWarning, match="longer than 250"):
            cache.set("a" * 251, 1)
        with pytest.warns(CacheKeyWarning):
            assert cache.get("a" * 251) == 1


class TestLayers:
    def test_locations_do_not_see_each_other(self, both: LayeredCache) -> None:
        other = LayeredCache("elsewhere", {"KEY_PREFIX": names.prefix()})
        both.set("key", 1)
        assert other.get("key") is None

    def test_redis_emptied(self, both: LayeredCache) -> None:
        both.set("text", "value " * 1000, 60)
        both.set("number", 41)
        forget_redis()
        assert both.get("text") == "value " * 1000
        forget_redis()
        assert both.incr("number") == 42
        assert not both.add("text", "other")
        assert both.touch("text", 90)
        ttl = redis_tier.client().ttl(redis_tier.client().keys(f"{names.prefix()}:value:*")[0])
        assert 0 < ttl <= 300

    def test_larger_than_an_item(self, both: LayeredCache) -> None:
        import os

        value, giant = os.urandom(1_000_000), os.urandom(4_200_000)
        both.set("large", value)
        both.set("giant", giant)
        assert (both.get("large"), both.get("giant")) == (value, giant)
        forget_redis()
        assert both.get("large") == value, "in parts"
        assert both.get("giant") is None, "in Redis alone"

    def test_who_read_before_a_deletion_does_not_bring_it_back(self, both: LayeredCache) -> None:
        both.set("key", "old")
        forget_redis()
        token = both._tokens()[store_namespace()]
        digest = both._digest("key", None)
        # One reader has just got the old value from DynamoDB when another deletes it.
        assert both.delete("key")
        written = store_redis.put(digest, token, b"7", 60, "fill")
        assert written is not None
        assert not written.done
        assert both.get("key") is None

    def test_sweeping_takes_only_what_the_old_token_holds(self, both: LayeredCache) -> None:
        both.set("anew", 1)
        both.set("old", 1)
        old = both._tokens()[store_namespace()]
        versions.bump([store_namespace()])
        both.set("anew", 2)
        assert store_redis.sweep(old) == 1
        assert redis_tier.client().exists(*redis_tier.client().keys(f"{names.prefix()}:value:*")) == 1
        assert both.get("anew") == 2

    def test_an_older_writing_that_comes_late_changes_nothing(self, both: LayeredCache) -> None:
        from ysh.core.cache import store_table

        both.set("key", 1)
        tokens, digest = both._tokens(), both._digest("key", None)
        assert store_table.put(digest, tokens["store-dynamodb"], b"0", stamp=1, seconds=60) == (False, True)
        forget_redis()
        assert both.get("key") == 1

    def test_a_value_others_wrote_is_none(self, both: LayeredCache) -> None:
        """Whoever can write to Redis or DynamoDB cannot make us unpickle what they like."""
        import pickle

        both.set("key", "value")
        (key,) = redis_tier.client().keys(f"{names.prefix()}:value:*")
        redis_tier.client().hset(key, "v", b"x" * 16 + b"P" + pickle.dumps("theirs"))
        assert both.get("key") is None
        both.set("other", "another")
        blobs = {name: redis_tier.client().hget(name, "v") for name in redis_tier.client().keys(f"{names.prefix()}:value:*")}
        (foreign,) = [blob for name, blob in blobs.items() if name != key]
        redis_tier.client().hset(key, "v", foreign)
        assert both.get("key") is None, "a signature counts for one key"

    def test_a_writing_redis_missed_is_not_undone_by_it(self, private_redis: Server, dynamodb: None) -> None:
        """Redis is out of reach and keeps its memory."""
        cache = made(KEY_PREFIX=f"missed-{time.time()}")
        cache.set("key", "old")
        cache.set("deleted", "old")
        private_redis.freeze()
        cache.set("key", "new")
        assert cache.delete("deleted")
        assert cache.add("lock", 1)
        assert not cache.add("lock", 2)
        assert (cache.get("key"), cache.get("deleted")) == ("new", None)
        private_redis.thaw()
        for _ in range(50):
            assert (cache.get("key"), cache.get("deleted"), cache.get("lock")) == ("new", None, 1)
        wait_until(lambda: not versions.owed()["redis"])

    def test_a_writing_dynamodb_missed_is_not_undone_by_it(self, both: LayeredCache) -> None:
        both.set("key", "old")
        with override_settings(DYNAMODB_ENDPOINT_URL="http://127.0.0.1:1"):
            both.set("key", "new")
        wait_until(lambda: not versions.owed()["dynamodb"])
        assert both.get("key") in ("new", None)
        redis_tier.client().unlink(*redis_tier.client().keys(f"{names.prefix()}:value:*"))
        assert both.get("key") is None, "lost, but never the old one"

    def test_without_any_layer_nothing_is_kept_and_nothing_breaks(self) -> None:
        with override_settings(CACHES=cache_settings(LOCATION="redis://127.0.0.1:1/0"), DYNAMODB_ENABLED=False):
            cache = made()
            cache.set("key", 1)
            assert cache.get("key", "default") == "default"
            assert not cache.add("key", 1), "nobody may take it for a lock"
            assert not cache.delete("key")
            assert cache.get_or_set("key", 5) == 5
            cache.clear()
            nobody_is_owed_anything()


class TestManyAtOnce:
    def test_one_adds(self, cache: LayeredCache) -> None:
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda number: cache.add("lock", number), range(40)))
        assert won.count(True) == 1
        assert cache.get("lock") == won.index(True)

    def test_no_addition_is_lost(self, cache: LayeredCache) -> None:
        cache.set("n", 0)
        with ThreadPoolExecutor(4) as pool:
            sums = list(pool.map(lambda _: cache.incr("n"), range(60)))
        assert sorted(sums) == list(range(1, 61))
        assert cache.get("n") == 60

    def test_both_layers_end_with_the_same_value(self, both: LayeredCache) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: both.set("key", number), range(80)))
        front = both.get("key")
        forget_redis_values()
        assert both.get("key") == front


def forget_redis_values() -> None:
    redis_tier.delete_matching(f"{names.prefix()}:value:*")


def store_namespace() -> str:
    from ysh.core.cache.store import REDIS

    return REDIS


def test_it_is_one_of_the_configured_caches() -> None:
    assert isinstance(caches["layers"], LayeredCache)
