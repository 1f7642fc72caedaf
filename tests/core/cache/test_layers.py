"""Readers and writers at once: one builder a key, and never an answer from before a committed change."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import override_settings
from rest_framework.test import APIClient

from aneel.models import Dataset
from tests.core.cache.conftest import Server
from tests.factories.aneel import DatasetFactory
from ysh.core.cache import background, dynamodb_tier, layers, names, near, redis_tier, versions
from ysh.core.cache.entry import Entry
from ysh.core.cache.layers import NotKept, Question
from ysh.core.dynamodb.client import guarded
from ysh.core.dynamodb.tables import API_CACHE

DATASETS = "/api/v1/datasets/"
STAMPEDE = """
import sys, threading, time
import django
from django.conf import settings
from ysh.settings import test
test.CACHES["default"]["KEY_PREFIX"] = sys.argv[1]
django.setup()
from ysh.core.cache import layers, redis_tier
from ysh.core.cache.entry import Entry

link = redis_tier.client()
def build(tokens):
    link.incr(sys.argv[1] + ":builds")
    time.sleep(0.4)
    return Entry.of(b"answer", content_type="text/plain", etag='"x"', tokens=tokens, built_at=time.time())

question = layers.Question.of("stampede", ["datasets"], "test")
bodies = []
def read():
    bodies.append(layers.answer(question, build).entry.body)
threads = [threading.Thread(target=read) for _ in range(50)]
link.incr(sys.argv[1] + ":here")
while link.get(sys.argv[1] + ":here") != b"4":
    time.sleep(0.01)
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(bodies), set(bodies) == {b"answer"})
"""


def question(key: str = "one", *namespaces: str) -> Question:
    return Question.of(key, namespaces or ("datasets",), "test")


def builder(body: bytes = b"answer", *, built_at: float | None = None) -> Callable[[Any], Entry]:
    def build(tokens: Any) -> Entry:
        at = time.time() if built_at is None else built_at
        return Entry.of(body, content_type="text/plain", etag='"x"', tokens=tokens, built_at=at)

    return build


def refuse(tokens: Any) -> Entry:
    raise AssertionError("nothing is to be built")


class TestStampede:
    def test_two_hundred_readers_in_four_processes_and_one_builder(self, layers_on: None) -> None:
        prefix = names.prefix()
        command = [sys.executable, "-c", STAMPEDE, prefix]
        crowd = [
            subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        for process in crowd:
            said, fault = process.communicate(timeout=240)
            assert said.split() == ["50", "True"], fault
        assert redis_tier.client().get(f"{prefix}:builds") == b"1"

    def test_a_builder_that_died_holds_nobody_up_for_long(self, layers_on: None) -> None:
        asked = question()
        dead = redis_tier.acquire(asked.digest, seconds=1)
        assert dead is not None
        assert layers.answer(asked, builder()).entry.body == b"answer"

    def test_a_late_builder_does_not_overwrite_a_later_one(self, layers_on: None) -> None:
        asked = question()
        slow = redis_tier.acquire(asked.digest)
        assert slow is not None
        redis_tier.client().delete(names.LOCK.key(digest=asked.digest))  # its time is over
        quick = redis_tier.acquire(asked.digest)
        assert quick is not None
        assert quick.fence > slow.fence
        tokens = layers.look(asked).tokens
        assert redis_tier.store(asked.digest, builder(b"new")(tokens), 60, quick.fence)
        assert not redis_tier.store(asked.digest, builder(b"old")(tokens), 60, slow.fence)
        assert layers.answer(asked, refuse).entry.body == b"new"


def _in_turn(order: tuple[str, ...], steps: str) -> bool:
    places = [order.index(step) for step in steps]
    return places == sorted(places)


class TestFresh:
    def test_never_an_answer_from_before_a_committed_change(self, committing: None, layers_on: None) -> None:
        """Six readers, one writer: what a reader gets is never older than what was committed before it asked. The writer goes on
        when each change was read often enough to be a hit, so that every run sees the same."""
        DatasetFactory(aneel_id="cache-one", title="0")
        committed, reads, stop, stale = [0], [0], threading.Event(), []
        progress, sources = threading.Condition(), dict[str, int]()

        def read() -> None:
            client = APIClient()
            while not stop.is_set():
                least = committed[0]
                response = client.get(f"{DATASETS}cache-one/")
                with progress:
                    if int(response.json()["title"]) < least:
                        stale.append((least, response.json()["title"], response["X-Cache"]))
                    sources[response["X-Cache"]] = sources.get(response["X-Cache"], 0) + 1
                    reads[0] += 1
                    progress.notify_all()
            connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            readers = [pool.submit(read) for _ in range(6)]
            try:
                for number in range(1, 31):
                    Dataset.objects.filter(aneel_id="cache-one").update(title=str(number))
                    committed[0] = number
                    with progress:
                        wanted = reads[0] + 20
                        assert progress.wait_for(lambda least=wanted: reads[0] >= least, 60)
            finally:
                stop.set()
            for reader in readers:
                reader.result()
        assert stale == []
        assert sources["MISS"] >= 30, "each change was built"
        assert sources["HIT-REDIS"] >= 30, "and each was kept"

    @pytest.mark.parametrize("behind", [False, True], ids=["Redis alone", "both layers"])
    def test_in_whatever_order_a_reader_and_a_writer_do_their_steps(
        self, layers_on: None, behind: bool, request: pytest.FixtureRequest
    ) -> None:
        """Every order of: look, read the database, keep (reader); commit, new token (writer). Whoever asks after the writer is
        done gets what it wrote."""
        if behind:
            request.getfixturevalue("dynamodb")
        orders = [order for order in permutations("LRKcb") if _in_turn(order, "LRK") and _in_turn(order, "cb")]
        assert len(orders) == 10
        for number, order in enumerate(orders):
            asked = question(f"{names.prefix()} {number}")
            stored, seen = [b"old"], dict[str, Any]()
            steps: dict[str, Callable[[], Any]] = {
                "L": lambda asked=asked, seen=seen: seen.update(tokens=layers.look(asked).tokens),
                "R": lambda stored=stored, seen=seen: seen.update(entry=builder(stored[0])(seen["tokens"])),
                "K": lambda asked=asked, seen=seen: layers.keep(asked, seen["entry"]),
                "c": lambda stored=stored: stored.__setitem__(0, b"new"),
                "b": lambda: versions.bump(["datasets"]),
            }
            for step in order:
                steps[step]()
            assert background.drain()
            for forgotten in (False, True):
                if forgotten:
                    redis_tier.client().delete(names.ANSWER.key(digest=asked.digest))
                    near.clear()
                got = layers.answer(asked, builder(stored[0]))
                assert got.entry.body == b"new", order

    def test_what_was_read_before_a_change_is_not_kept_under_its_token(self, layers_on: None) -> None:
        asked = question()

        def build(tokens: Any) -> Entry:
            entry = builder(b"old")(tokens)
            versions.bump(["datasets"])  # a writer commits while we are still at it
            return entry

        layers.answer(asked, build)
        assert layers.answer(asked, builder(b"new")).entry.body == b"new"

    def test_who_asks_after_a_change_does_not_share_a_flight_from_before(self, layers_on: None) -> None:
        asked, reading, go_on = question(), threading.Event(), threading.Event()

        def slow(tokens: Any) -> Entry:
            reading.set()
            assert go_on.wait(10)
            return builder(b"old")(tokens)

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(lambda: layers.answer(asked, slow).entry.body)
            assert reading.wait(10)
            versions.bump(["datasets"])
            redis_tier.client().delete(names.LOCK.key(digest=asked.digest))
            second = layers.answer(asked, builder(b"new")).entry.body
            go_on.set()
            assert (first.result(), second) == (b"old", b"new")
        assert layers.answer(asked, refuse).entry.body == b"new"

    def test_losing_the_tokens_brings_nothing_back(self, layers_on: None) -> None:
        asked = question()
        layers.answer(asked, builder(b"old"))
        kept = redis_tier.client().dump(names.ANSWER.key(digest=asked.digest))
        redis_tier.delete_matching(f"{names.prefix()}:*")
        redis_tier.client().restore(names.ANSWER.key(digest=asked.digest), 60_000, kept)
        assert layers.answer(asked, builder(b"new")).entry.body == b"new"

    def test_an_answer_of_two_namespaces_ends_with_either(self, layers_on: None) -> None:
        asked = question("two", "kits", "products")
        for changed in ("kits", "products"):
            layers.answer(asked, builder())
            assert layers.answer(asked, refuse).source == "HIT-REDIS"
            versions.bump([changed])
            assert layers.answer(asked, builder()).source == "MISS"
        versions.bump(["datasets"])
        assert layers.answer(asked, refuse).source == "HIT-REDIS"


class TestAging:
    def test_past_its_first_life_it_is_given_and_built_anew_behind(self, layers_on: None) -> None:
        asked = question()
        layers.answer(asked, builder(b"old", built_at=time.time() - asked.policy.redis_seconds - 1))
        got = layers.answer(asked, builder(b"new"))
        assert (got.entry.body, got.source) == (b"old", "HIT-REDIS")
        assert background.drain()
        assert layers.answer(asked, refuse).entry.body == b"new"

    def test_past_its_whole_life_it_is_built(self, layers_on: None) -> None:
        asked = question()
        layers.answer(asked, builder(b"old", built_at=time.time() - asked.policy.dynamodb_seconds - 1))
        assert layers.answer(asked, builder(b"new")).entry.body == b"new"

    def test_the_last_known_answer_has_an_end_too(self, layers_on: None) -> None:
        def away(tokens: Any) -> Entry:
            raise OperationalError

        asked = question()
        layers.answer(asked, builder(b"old", built_at=time.time() - 100))
        versions.bump(["datasets"])
        with override_settings(STALE_MAX_AGE=200):
            got = layers.answer(asked, away)
            assert (got.entry.body, got.source) == (b"old", "STALE")
        layers.database.succeeded()
        with override_settings(STALE_MAX_AGE=50), pytest.raises(OperationalError):
            layers.answer(asked, away)

    def test_a_query_that_takes_too_long_yields_to_the_last_known_answer(self, layers_on: None) -> None:
        def too_long(tokens: Any) -> Entry:
            raise NotKept(yields=True)

        asked = question()
        layers.answer(asked, builder(b"old"))
        versions.bump(["datasets"])
        assert layers.answer(asked, too_long).source == "STALE"
        assert not layers.database.is_open


class TestDynamodb:
    def test_redis_empty(self, layers_on: None, dynamodb: None) -> None:
        asked = question(names.prefix())
        layers.answer(asked, builder(b"x" * 3000))
        assert background.drain()
        redis_tier.delete_matching(f"{names.prefix()}:*")
        got = layers.answer(asked, refuse)
        assert (got.source, got.entry.body) == ("HIT-DYNAMODB", b"x" * 3000)
        assert layers.answer(asked, refuse).source == "HIT-REDIS"

    def test_a_change_redis_missed_is_told_when_it_is_back(self, private_redis: Server, dynamodb: None) -> None:
        """Redis is out of reach and keeps its memory, old token included."""
        asked = question(f"missed-{time.time()}")
        layers.answer(asked, builder(b"old"))
        assert layers.answer(asked, refuse).source == "HIT-REDIS"
        private_redis.freeze()
        versions.bump(["datasets"])
        assert layers.answer(asked, builder(b"new")).entry.body == b"new"
        private_redis.thaw()
        for _ in range(50):
            got = layers.answer(asked, builder(b"new"))
            assert got.entry.body == b"new"

    def test_a_change_dynamodb_missed_is_told_when_it_is_back(self, layers_on: None, dynamodb: None) -> None:
        asked = question(f"missed-{time.time()}")
        layers.answer(asked, builder(b"old"))
        background.drain()
        with override_settings(DYNAMODB_ENDPOINT_URL="http://127.0.0.1:1"):
            versions.bump(["datasets"])
            assert versions.owed()["dynamodb"] == {"datasets"}
        deadline = time.monotonic() + 10
        while versions.owed()["dynamodb"] and time.monotonic() < deadline:
            time.sleep(0.05)
        redis_tier.delete_matching(f"{names.prefix()}:*")
        assert layers.answer(asked, builder(b"new")).entry.body == b"new"

    def test_what_is_larger_than_an_item_lies_in_parts(self, layers_on: None, dynamodb: None) -> None:
        asked, body = question(names.prefix()), os.urandom(900_000)
        layers.answer(asked, builder(body))
        assert background.drain()
        redis_tier.delete_matching(f"{names.prefix()}:*")
        assert layers.answer(asked, refuse).entry.body == body
        assert dynamodb_tier.invalidate_endpoint("test") >= 4, "the parts go with it"
        assert dynamodb_tier.get(asked.digest) is None

    def test_an_answer_with_a_part_missing_is_none(self, layers_on: None, dynamodb: None) -> None:
        asked = question(names.prefix())
        layers.answer(asked, builder(os.urandom(900_000)))
        assert background.drain()
        with guarded() as connection:
            item = connection.get_item(TableName=API_CACHE.name, Key={"cache_key": {"S": asked.digest}})["Item"]
            connection.delete_item(TableName=API_CACHE.name, Key={"cache_key": {"S": f"{item['mark']['S']}#1"}})
        assert dynamodb_tier.get(asked.digest) is None

    def test_a_giant_lives_in_redis_alone(self, layers_on: None, dynamodb: None) -> None:
        asked, body = question(names.prefix()), os.urandom(4_200_000)
        layers.answer(asked, builder(body))
        assert background.drain()
        assert dynamodb_tier.get(asked.digest) is None
        assert layers.answer(asked, refuse).entry.body == body


def test_entries_survive_packing() -> None:
    from ysh.core.cache.entry import unpack

    entry = builder(json.dumps({"a": "ção" * 999}).encode())({"x": "t"})
    assert unpack(entry.pack()) == entry
    for damaged in (b"", b"Y1", b"nonsense", entry.pack()[:20], b"Y2" + entry.pack()[2:]):
        assert unpack(damaged) is None
