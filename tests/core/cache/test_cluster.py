"""A Redis in cluster mode, alone with all slots: it refuses every script and transaction whose keys lie in different slots."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import redis
from django.test import override_settings

from tests.core.cache.conftest import Server, cache_settings, free_port, wait_until
from ysh.core.cache import layers, names, redis_tier, structures, versions
from ysh.core.cache.entry import Entry
from ysh.core.cache.store import LayeredCache

TODAY = date(2026, 8, 14)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    number = free_port()
    command = ["redis-server", "--port", str(number), "--bind", "127.0.0.1", "--save", "", "--cluster-enabled", "yes"]
    # The bus needs no second port that might be taken: nobody else joins.
    server = Server([*command, "--cluster-port", str(free_port()), "--dir", str(folder)], number, folder / "log")
    server.start()
    with redis.Redis(port=number) as link:
        link.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        wait_until(lambda: b"cluster_state:ok" in link.execute_command("CLUSTER", "INFO"), 20)
    yield number
    server.kill()


@pytest.fixture(autouse=True)
def _layers(port: int) -> Iterator[None]:
    location = f"redis://127.0.0.1:{port}/0"
    with override_settings(API_CACHE=True, REDIS_URL=location, CACHES=cache_settings(LOCATION=location)):
        yield


def test_it_does_refuse(port: int) -> None:
    with redis.Redis(port=port) as link, pytest.raises(redis.exceptions.ClusterCrossSlotError):
        link.mget("one", "two")


def test_answers_locks_limits_and_tokens() -> None:
    asked = layers.Question.of("cluster", ["datasets"], "test")
    built: list[int] = []

    def build(tokens: object) -> Entry:
        built.append(1)
        return Entry.of(b"x" * 3000, content_type="", etag='"x"', tokens=layers.look(asked).tokens, built_at=time.time())

    assert [layers.answer(asked, build).source for _ in range(3)] == ["MISS", "HIT-REDIS", "HIT-REDIS"]
    versions.bump(["datasets", "kits"])
    assert layers.answer(asked, build).source == "MISS"
    assert len(built) == 2
    verdicts = [redis_tier.rate_limit("somebody", 2) for _ in range(3)]
    assert [verdict is not None and verdict.allowed for verdict in verdicts] == [True, True, False]


def test_values() -> None:
    cache = LayeredCache("cluster", {})
    cache.set_many({"a": 1, "b": "two"})
    assert cache.incr("a") == 2
    assert cache.get_many(["a", "b", "c"]) == {"a": 2, "b": "two"}
    cache.clear()
    assert cache.get("a") is None


def test_structures() -> None:
    structures.set_health({"redis": {"ok": True}})
    structures.set_cards({"A": {"name": "A"}, "B": {"name": "B"}}, under="t")
    structures.note_search("painel")
    structures.note_views({"A": 2, "B": 1}, TODAY)
    structures.note_answers({"MISS": 1}, TODAY)
    structures.set_states({"BR-SP": 1.0})
    structures.note_event({"source": "tariffs"})
    assert structures.health() == {"redis": {"ok": True}}
    assert set(structures.cards(["A", "B"], under="t")) == {"A", "B"}
    assert structures.recent_searches() == ["painel"]
    assert structures.trending(TODAY) == [("A", 2), ("B", 1)]


def test_any_number_of_keys_goes() -> None:
    client = redis_tier.client()
    for number in range(1500):
        client.set(f"{names.prefix()}:bulk:{number}", 1)
    assert redis_tier.delete_matching(f"{names.prefix()}:bulk:*") == 1500
