"""Starting a run through the API."""

from typing import Any

from pipeline.models import IngestionRun

INGEST = "/api/v1/ingest/"
ASKED = {"source": "generation_units"}


def test_staff_start_a_run(staff_api_client: Any, db: None) -> None:
    response = staff_api_client.post(INGEST, ASKED)
    assert response.status_code == 202, response.content
    run = IngestionRun.objects.get()
    assert (run.source, run.status, run.triggered_by) == ("generation_units", "PENDING", "staff")
    assert response["Location"] == response.json()["url"]
    assert response.json()["url"].endswith(f"/api/v1/runs/{run.run_id}/")
    again = staff_api_client.post(INGEST, ASKED)
    assert (again.status_code, again.json()["code"]) == (409, "run_active")
    assert IngestionRun.objects.count() == 1


def test_others_do_not(api_client: Any, db: None) -> None:
    assert api_client.post(INGEST, ASKED).status_code == 401
    assert not IngestionRun.objects.exists()


def test_what_is_not_understood_is_refused(staff_api_client: Any, db: None) -> None:
    for body in ({}, {"source": "nope"}, {**ASKED, "url": "file:///etc/passwd"}, [1]):
        response = staff_api_client.post(INGEST, body)
        assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json"), body
    assert staff_api_client.get(INGEST).status_code == 405
    assert not IngestionRun.objects.exists()
