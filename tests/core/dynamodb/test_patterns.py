"""Everything that is asked of the four tables, on a real server."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings

from ysh.core.cache import dynamodb_tier
from ysh.core.cache.entry import Entry
from ysh.core.dynamodb import documents, runs, sessions
from ysh.core.dynamodb.client import Unavailable
from ysh.core.errors import TerminalError

pytestmark = pytest.mark.usefixtures("dynamodb")
NOON = datetime(2026, 8, 13, 12, tzinfo=UTC)


def entry(body: bytes = b"{}", **tokens: str) -> Entry:
    return Entry.of(body, content_type="application/json", etag='"x"', tokens=tokens, built_at=NOON.timestamp())


def run(workflow: str, status: str, minute: int) -> runs.RunItem:
    begun = documents.moment(NOON + timedelta(minutes=minute))
    return runs.RunItem(str(uuid4()), begun, "tariffs", workflow, status, {"fetched": minute}, 1.5, "")


class TestDocuments:
    def test_latest_ingestion(self) -> None:
        assert documents.latest_ingestion("never") is None
        for rows in (1, 2):
            documents.put_latest_ingestion("tariffs", {"rows": rows})
        found = documents.latest_ingestion("tariffs")
        assert found is not None
        assert found.data == {"rows": 2}

    def test_dataset_by_id(self) -> None:
        documents.put_dataset("5e0f", {"title": "Geração distribuída"}, category="geracao_distribuida")
        found = documents.dataset_by_id("5e0f")
        assert found is not None
        assert (found.data, found.category) == ({"title": "Geração distribuída"}, "geracao_distribuida")
        assert documents.dataset_by_id("other") is None

    def test_search_results_by_text_without_the_text(self) -> None:
        stored = documents.put_search_results("Painel  550W", ["PV-550"])
        found = documents.search_results(" painel 550w ")
        assert found is not None
        assert found.data == ["PV-550"]
        assert "painel" not in stored.pk.lower()
        assert documents.search_results("painel 551w") is None

    def test_fallback_by_category_and_state(self) -> None:
        documents.put_fallback("tarifas", "BR-GO", {"te": "310.21"})
        found = documents.fallback("tarifas", "BR-GO")
        assert found is not None
        assert found.data == {"te": "310.21"}
        assert documents.fallback("tarifas", "BR-SP") is None

    def test_by_source_and_by_category_within_a_time(self) -> None:
        for hour in range(4):
            documents.put_latest_ingestion("flags", {"hour": hour}, category="bandeiras", at=NOON + timedelta(hours=hour))
        since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
        for found in (
            documents.by_source_and_time("flags", since, until),
            documents.by_category_and_time("bandeiras", since, until),
        ):
            assert [document.data["hour"] for document in found] == [2, 1]
        assert [document.data["hour"] for document in documents.by_source_and_time("flags", NOON, limit=1)] == [3]

    def test_what_has_ended_is_not_there(self) -> None:
        documents.put("A", "B", 1, seconds=-1, source="ended")
        assert documents.get("A", "B") is None
        assert documents.by_source_and_time("ended", NOON) == []

    def test_what_is_too_large_is_refused(self) -> None:
        with pytest.raises(TerminalError, match="at most 390,000 bytes"):
            documents.put("A", "B", [str(uuid4()) for _ in range(30_000)], seconds=60)


class TestRuns:
    def test_run_by_id(self) -> None:
        one = run("daily", "SUCCESS", 1)
        runs.put_run(one)
        assert runs.run_by_id(one.run_id) == one
        assert runs.run_by_id(str(uuid4())) is None

    def test_latest_runs_of_a_workflow(self) -> None:
        made = [run("hourly", "SUCCESS", minute) for minute in (3, 1, 2)]
        for one in [*made, run("other", "SUCCESS", 9)]:
            runs.put_run(one)
        assert [found.counts["fetched"] for found in runs.latest_runs("hourly")] == [3, 2, 1]
        assert [found.counts["fetched"] for found in runs.latest_runs("hourly", limit=2)] == [3, 2]

    def test_failed_runs(self) -> None:
        for minute, status in enumerate(("FAILED", "SUCCESS", "ERRORED", "FAILED"), 100):
            runs.put_run(run("failing", status, minute))
        found = runs.failed_runs(NOON + timedelta(minutes=101))
        assert [(one.status, one.counts["fetched"]) for one in found] == [("FAILED", 103), ("ERRORED", 102)]


class TestAnswers:
    def test_cached_response(self) -> None:
        kept = entry(b"x" * 5000, units="t1")
        assert dynamodb_tier.put("one", kept, endpoint="units.list", seconds=60)
        found = dynamodb_tier.get("one")
        assert found == kept
        assert found is not None
        assert found.body == b"x" * 5000
        assert len(found.payload) < 100, "compressed"
        assert dynamodb_tier.get("other") is None

    def test_ended(self) -> None:
        dynamodb_tier.put("ended", entry(), endpoint="units.list", seconds=-1)
        assert dynamodb_tier.get("ended") is None

    def test_too_large_for_ten_items(self) -> None:
        import secrets

        assert not dynamodb_tier.put("large", entry(secrets.token_bytes(4_000_000)), endpoint="units.list", seconds=60)
        assert dynamodb_tier.put("fits", entry(secrets.token_bytes(380_000)), endpoint="units.list", seconds=60)

    def test_invalidate_by_endpoint(self) -> None:
        for number in range(30):  # more than one batch
            dynamodb_tier.put(f"k{number}", entry(), endpoint="kits.list", seconds=60)
        dynamodb_tier.put("stays", entry(), endpoint="kits.detail", seconds=60)
        assert dynamodb_tier.invalidate_endpoint("kits.list") == 30
        assert dynamodb_tier.get("k0") is None
        assert dynamodb_tier.get("stays") is not None
        assert dynamodb_tier.invalidate_endpoint("kits.list") == 0

    def test_tokens_only_new_ones_are_offered(self) -> None:
        dynamodb_tier.set_tokens({"a": "1", "b": "1"})
        assert dynamodb_tier.offer_tokens({"b": "2", "c": "2"}) == {"b": "1", "c": "2"}
        found = dynamodb_tier.tokens()
        assert found is not None
        assert {name: found[name] for name in "abc"} == {"a": "1", "b": "1", "c": "2"}


class TestSessions:
    def test_session_by_id(self) -> None:
        sessions.put_session("secret-key", "signed", seconds=60, user_id="7")
        found = sessions.session_by_id("secret-key")
        assert found is not None
        assert (found.data, found.user_id) == ("signed", "7")
        assert "secret-key" not in found.session_id
        sessions.delete_session("secret-key")
        assert sessions.session_by_id("secret-key") is None

    def test_a_key_that_is_taken(self) -> None:
        assert sessions.put_session("taken", "first", seconds=60, only_new=True)
        assert not sessions.put_session("taken", "second", seconds=60, only_new=True)
        found = sessions.session_by_id("taken")
        assert found is not None
        assert found.data == "first"

    def test_sessions_of_a_user(self) -> None:
        for key, user, seconds in (("s1", "8", 60), ("s2", "8", 60), ("s3", "9", 60), ("s4", "8", -1)):
            sessions.put_session(key, key, seconds=seconds, user_id=user)
        assert [found.data for found in sessions.sessions_of_user("8")] == ["s2", "s1"]
        assert sessions.delete_sessions_of_user("8") == 2
        assert sessions.sessions_of_user("8") == []
        assert sessions.session_by_id("s3") is not None


class TestAway:
    def test_without_a_server_nothing_waits(self) -> None:
        with override_settings(DYNAMODB_ENDPOINT_URL="http://127.0.0.1:1"):
            for _ in range(5):
                assert dynamodb_tier.get("one") is None
            with pytest.raises(Unavailable):
                documents.latest_ingestion("tariffs")

    def test_without_a_table_it_is_a_miss(self) -> None:
        with override_settings(DYNAMODB_TABLE_PREFIX="no-such-"):
            assert dynamodb_tier.get("one") is None
            assert not dynamodb_tier.set_tokens({"a": "1"})


def test_the_reader_of_a_run_sees_no_row_data() -> None:
    """What is noted are counts, not rows."""
    fields: Any = runs.RunItem.__dataclass_fields__
    assert set(fields) == {"run_id", "timestamp", "source", "workflow_name", "status", "counts", "duration_seconds", "error"}
