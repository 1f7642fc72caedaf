"""Lua scripts with many callers at once, and each structure with its life."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from ysh.core.cache import names, places, redis_tier, scripts, structures
from ysh.core.cache.entry import Entry

pytestmark = pytest.mark.usefixtures("layers_on")
TODAY = date(2026, 8, 13)


def entry(body: bytes = b"x") -> Entry:
    return Entry.of(body, content_type="text/plain", etag='"x"', tokens={"datasets": "t"}, built_at=0)


class TestScripts:
    def test_the_server_knows_them_after_it_forgot(self) -> None:
        answers = {"acquire", "get", "invalidate", "rate", "release", "set"}
        values = {"put_value", "add_to_value", "touch_value", "drop_value"}
        assert set(scripts.register_all(redis_tier.client())) == answers | values
        redis_tier.client().script_flush()
        assert redis_tier.store("d", entry(), 60)
        redis_tier.client().script_flush()
        assert redis_tier.look("d", ["datasets"]).entry == entry()

    def test_each_answer_given_is_counted_once(self) -> None:
        redis_tier.store("d", entry(), 60)
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda _: redis_tier.look("d", ["datasets"]).entry, range(400)))
        assert found == [entry()] * 400
        client = redis_tier.client()
        assert client.get(names.HITS.key(digest="d")) == b"400"
        assert 0 < client.pttl(names.HITS.key(digest="d")) <= client.pttl(names.ANSWER.key(digest="d")) + 5
        redis_tier.store("d", entry(b"y"), 60)
        assert client.get(names.HITS.key(digest="d")) == b"0"

    def test_the_window_lets_exactly_the_limit_through(self) -> None:
        """All within the same second, many within the same microsecond of the server's clock."""
        with ThreadPoolExecutor(16) as pool:
            verdicts = list(pool.map(lambda _: redis_tier.rate_limit("one", 150), range(400)))
        allowed = [verdict for verdict in verdicts if verdict is not None and verdict.allowed]
        assert len(allowed) == 150
        assert sorted(verdict.used for verdict in allowed) == list(range(1, 151))
        assert redis_tier.client().zcard(names.RATE.key(who="one")) == 150

    def test_the_window_within_one_microsecond(self) -> None:
        """The clock stands still within a script: three calls in one transaction of one script's time."""
        body = scripts.source("rate").replace("redis.call('TIME')", "{'1786622400', '5'}")
        client = redis_tier.client()
        said = [client.eval(body, 1, names.RATE.key(who="still"), 60_000, 3) for _ in range(5)]
        assert [verdict[:2] for verdict in said] == [[1, 1], [1, 2], [1, 3], [0, 3], [0, 3]]

    def test_the_window_slides(self) -> None:
        client, key = redis_tier.client(), names.RATE.key(who="sliding")

        def at(second: int) -> list[int]:
            return client.eval(scripts.source("rate").replace("redis.call('TIME')", f"{{'{second}', '0'}}"), 1, key, 60_000, 2)

        first = 1_786_622_400
        assert [at(first)[0], at(first + 30)[0], at(first + 59)[0]] == [1, 1, 0]
        assert at(first + 59)[2] == 1000, "milliseconds until the oldest leaves"
        assert at(first + 60)[0] == 1
        assert at(first + 61)[0] == 0

    def test_one_holder_at_a_time_and_rising_numbers(self) -> None:
        inside, seen, fences = [0], [], []

        def work(_: int) -> None:
            while (lock := redis_tier.acquire("lock")) is None:
                pass
            inside[0] += 1
            seen.append(inside[0])
            fences.append(lock.fence)
            inside[0] -= 1
            assert redis_tier.release(lock)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(60)))
        assert set(seen) == {1}
        assert fences == sorted(set(fences))

    def test_only_the_owner_gives_back(self) -> None:
        mine = redis_tier.acquire("lock")
        assert mine is not None
        assert redis_tier.acquire("lock") is None
        assert not redis_tier.release(redis_tier.Lock("lock", "somebody else", mine.fence))
        assert redis_tier.acquire("lock") is None
        assert redis_tier.release(mine)
        assert not redis_tier.release(mine)

    def test_numbers_never_fall_though_the_counter_is_lost(self) -> None:
        first = redis_tier.acquire("lock")
        redis_tier.delete_matching(f"{names.prefix()}:*")
        second = redis_tier.acquire("lock")
        assert first is not None
        assert second is not None
        assert second.fence >= first.fence

    def test_any_number_of_keys_goes_and_no_other(self) -> None:
        client = redis_tier.client()
        with client.pipeline(transaction=False) as pipe:
            for number in range(12_000):
                pipe.set(f"{names.prefix()}:bulk:{number}", 1)
            pipe.set(f"{names.prefix()}:other", 1)
            pipe.execute()
        assert redis_tier.delete_matching(f"{names.prefix()}:bulk:*") == 12_000
        assert client.get(f"{names.prefix()}:other") == b"1"
        assert redis_tier.delete_matching(f"{names.prefix()}:bulk:*") == 0


class TestStructures:
    def test_strings(self) -> None:
        assert structures.last_run("tariffs") is None
        structures.set_last_run("tariffs", {"status": "SUCCESS"})
        assert structures.last_run("tariffs") == {"status": "SUCCESS"}
        assert structures.count("kits") is None
        structures.set_count("kits", 20_000)
        assert structures.count("kits") == 20_000

    def test_hashes(self) -> None:
        structures.set_health({"postgresql": {"ok": True}, "redis": {"ok": None}})
        structures.set_health({"postgresql": {"ok": False}})
        assert structures.health() == {"postgresql": {"ok": False}}
        structures.set_cards({"PV-1": {"name": "Módulo", "sale_price": "899.90"}, "PV-2": {"name": "Other"}}, under="t1")
        assert structures.cards(["PV-1", "PV-3"], under="t1") == {"PV-1": {"name": "Módulo", "sale_price": "899.90"}}
        structures.set_cards({"PV-1": {"sale_price": "1.00"}}, under="t2")
        assert structures.cards(["PV-1", "PV-2"], under="t2") == {"PV-1": {"sale_price": "1.00"}}
        assert structures.cards(["PV-1"], under="") == {}

    def test_lists_are_capped_and_name_each_search_once(self) -> None:
        for number in range(structures.MOST_SEARCHES + 20):
            structures.note_search(f"  Painel {number} ")
        structures.note_search("painel 50")
        assert structures.recent_searches(3) == ["painel 50", "painel 119", "painel 118"]
        assert len(structures.recent_searches(1000)) == structures.MOST_SEARCHES
        structures.note_search("   ")
        assert structures.recent_searches(1) == ["painel 50"]

    def test_counts_of_answers(self) -> None:
        structures.note_answers({"HIT-REDIS": 3, "MISS": 1}, TODAY)
        structures.note_answers({"HIT-REDIS": 2}, TODAY)
        assert structures.answers(TODAY) == {"HIT-REDIS": 5, "MISS": 1}
        assert structures.answers(TODAY - timedelta(days=1)) == {}

    def test_sorted_sets(self) -> None:
        for sku, views, back in (("A", 2, 0), ("B", 3, 1), ("A", 2, 6), ("C", 9, 7)):
            structures.note_views({sku: views}, TODAY - timedelta(days=back))
        assert structures.trending(TODAY) == [("A", 4), ("B", 3)]
        assert structures.trending(TODAY, days=1) == [("A", 2)]
        structures.set_states({"BR-SP": 6_000_000.5, "BR-MG": 5_000_000, "BR-GO": 1_822_341.52})
        assert structures.states_by_power(2) == [("BR-SP", 6_000_000.5), ("BR-MG", 5_000_000.0)]

    def test_geo(self) -> None:
        kept = [("1,2", -49.25, -16.68), ("3", -49.40, -16.68), ("4", -49.251, -16.68)]
        places.set_units_near(5208707, kept, under="a b")
        found = places.units_near(5208707, -49.252, -16.68, km=5, limit=9, under="a b")
        assert found is not None
        assert [units for units, _km in found] == ["4", "1,2"]
        assert [km for _units, km in found] == pytest.approx([0.107, 0.213], abs=0.01)
        assert places.units_near(5208707, -49.252, -16.68, km=5, limit=1, under="a b") == found[:1]
        assert places.units_near(5208707, -46.6, -23.5, km=5, limit=9, under="a b") == [], "kept, and nothing is near"
        assert places.units_near(5208707, -49.252, -16.68, km=5, limit=9, under="a c") is None, "something has changed"
        assert places.units_near(3550308, -46.6, -23.5, km=5, limit=9, under="a b") is None
        places.set_units_near(3550308, [], under="a b")
        assert places.units_near(3550308, -46.6, -23.5, km=5, limit=9, under="a b") is None

    def test_hot_municipalities(self) -> None:
        assert [places.note_nearest("-16.7,-49.3") for _ in range(3)] == [1, 2, 3]
        assert places.note_nearest("-16.6,-49.3") == 1
        places.note_hot(5208707, -49.25, -16.68)
        assert places.look(["units"], -49.3, -16.7, km=30) == ([None], (5208707, pytest.approx(5.77, abs=0.05)))
        redis_tier.set_tokens({"units": "t"})
        assert places.look(["units", "datasets"], -46.6, -23.5, km=30) == (["t", None], None)

    def test_streams(self) -> None:
        for number in range(3):
            structures.note_event({"source": "tariffs", "inserted": number})
        assert [event["inserted"] for _key, event in structures.last_events(2)] == ["2", "1"]
        found = structures.events(limit=2)
        assert [event["inserted"] for _key, event in found] == ["0", "1"]
        assert [event["inserted"] for _key, event in structures.events(after=found[-1][0])] == ["2"]
        structures.note_event({"event": "stage", "run_id": "child", "parent": "whole", "stage": "fetch"})
        structures.note_event({"event": "ended", "run_id": "whole", "inserted": 9})
        assert [event["inserted"] for _key, event in structures.last_events(2, kind=structures.ENDED)] == ["9", "2"]
        assert [event["run_id"] for _key, event in structures.events_of("whole")] == ["whole", "child"]
        assert [event["stage"] for _key, event in structures.events_of("child")] == ["fetch"]

    def test_every_key_is_declared_and_has_its_life(self) -> None:
        self.test_hashes()
        self.test_lists_are_capped_and_name_each_search_once()
        self.test_counts_of_answers()
        redis_tier.client().sadd(names.SESSIONS.key(), "digest")
        redis_tier.client().expire(names.SESSIONS.key(), 60)
        self.test_sorted_sets()
        self.test_geo()
        self.test_hot_municipalities()
        self.test_streams()
        client = redis_tier.client()
        kinds = {"geo": b"zset", "sorted set": b"zset", "channel": b"none"}
        seen = set()
        for key in client.keys(f"{names.prefix()}:*"):
            short = key.decode().removeprefix(f"{names.prefix()}:")
            (name,) = [one for one in names.ALL if _matches(one.pattern, short)]
            seen.add(name.structure)
            assert client.type(key) == kinds.get(name.structure, name.structure.encode()), short
            assert client.ttl(key) == -1 if name.seconds == 0 else 0 < client.ttl(key) <= (name.seconds or 10**9), short
        assert {"hash", "list", "set", "sorted set", "geo", "stream"} <= seen
        assert {name.structure for name in names.ALL} == seen | {"string", "channel"}


def _matches(pattern: str, key: str) -> bool:
    import re

    return re.fullmatch("[^:]+".join(re.escape(part) for part in re.split(r"<\w+>", pattern)), key) is not None


def test_without_redis_nothing_is_found_and_nothing_breaks() -> None:
    from django.test import override_settings

    from tests.core.cache.conftest import cache_settings

    with override_settings(CACHES=cache_settings(LOCATION="redis://127.0.0.1:1/0")):
        structures.note_search("painel")
        structures.set_states({"BR-SP": 1.0})
        assert structures.recent_searches() == []
        assert structures.trending(TODAY) == []
        assert structures.cards(["A"], under="t") == {}
        assert structures.answers(TODAY) == {}
        assert structures.last_events() == []


def test_redis_status() -> None:
    import io
    import json

    from django.core.management import call_command

    redis_tier.store("d", entry(), 60)
    structures.note_search("painel")
    out = io.StringIO()
    call_command("redis_status", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["keys"] == {"answer:{<digest>}": 1, "hits:{<digest>}": 1, "searches:recent": 1}
    out = io.StringIO()
    call_command("redis_status", stdout=out)
    assert "sorted set" in out.getvalue()
