"""Runs and the pipeline's state through the API."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.api.views import recent_health
from pipeline.choices import RunStatus
from tests.factories.pipeline import IngestionRunFactory

RUN_ID = "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11"


@pytest.fixture
def _runs(db: None) -> None:
    IngestionRunFactory(
        run_id=RUN_ID,
        started_at=datetime(2026, 11, 20, 5, 0, tzinfo=UTC),
        ended_at=datetime(2026, 11, 20, 5, 1, 30, tzinfo=UTC),
        trigger_type="scheduled",
        rows_rejected=2,
        execution_metadata={
            "rejects_by_reason": {"bad_number": 2},
            "stages": [{"name": "fetch", "seconds": 1.5}],
            "source_url": "file:///x",
        },
    )
    IngestionRunFactory(started_at=datetime(2026, 11, 21, 5, 0, tzinfo=UTC), status=RunStatus.IN_PROGRESS)


@pytest.mark.usefixtures("_runs")
class TestRuns:
    def test_detail(self, api_client: Any) -> None:
        assert api_client.get(f"/api/v1/runs/{RUN_ID}/").json() == {
            "run_id": RUN_ID,
            "source": "generation_units",
            "workflow_name": "",
            "trigger_type": "scheduled",
            "status": "SUCCESS",
            "stage": "",
            "started_at": "2026-11-20T05:00:00Z",
            "ended_at": "2026-11-20T05:01:30Z",
            "duration_seconds": 90.0,
            "rows_fetched": 1000,
            "rows_processed": 1000,
            "rows_inserted": 10,
            "rows_updated": 5,
            "rows_unchanged": 985,
            "rows_removed": 0,
            "rows_rejected": 2,
            "rows_duplicate": 0,
            "used_fallback": False,
            "rejects_by_reason": {"bad_number": 2},
            "progress": None,
            "stages": [{"name": "fetch", "seconds": 1.5}],
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["IN_PROGRESS", "SUCCESS"]),
            ("ordering=started_at", ["SUCCESS", "IN_PROGRESS"]),
            ("status=SUCCESS", ["SUCCESS"]),
            ("status=SUCCESS,IN_PROGRESS", ["IN_PROGRESS", "SUCCESS"]),
            ("trigger_type=manual", ["IN_PROGRESS"]),
            ("source=generation_units", ["IN_PROGRESS", "SUCCESS"]),
            ("started_from=2026-11-20T12:00:00Z", ["IN_PROGRESS"]),
            ("started_to=2026-11-20T12:00:00Z", ["SUCCESS"]),
        ],
    )
    def test_list(self, api_client: Any, query: str, found: list[str]) -> None:
        assert [row["status"] for row in api_client.get(f"/api/v1/runs/?{query}").json()["results"]] == found

    def test_refusals(self, api_client: Any) -> None:
        assert "generation_units" in api_client.get("/api/v1/runs/?source=nothing").json()["errors"][0]["allowed"]
        assert api_client.get("/api/v1/runs/00000000-0000-0000-0000-000000000000/").json()["code"] == "not_found"
        assert api_client.get("/api/v1/runs/?page_size=1&fields=triggered_by").status_code == 400


@pytest.mark.usefixtures("_runs")
def test_status(api_client: Any) -> None:
    recent_health._found = []
    body = api_client.get("/api/v1/status/").json()
    source = next(item for item in body["sources"] if item["source"] == "generation_units")
    assert (source["last_run_status"], source["is_running"], source["last_success_at"]) == (
        "IN_PROGRESS",
        True,
        "2026-11-20T05:01:30Z",
    )
    assert {item["name"] for item in body["services"]} == {"postgresql", "redis", "broker", "dynamodb", "s3"}


def test_asking_for_the_status_does_not_ask_the_services_each_time(db: None, api_client: Any, monkeypatch: Any) -> None:
    calls = []
    monkeypatch.setattr("pipeline.api.views.service_health", lambda: calls.append(1) or ["anything"])
    recent_health._found = []
    recent_health.get()
    recent_health.get()
    assert len(calls) == 1
    monkeypatch.setattr(recent_health, "_at", recent_health._at - 6)
    recent_health.get()
    assert len(calls) == 2
    recent_health._found = []
