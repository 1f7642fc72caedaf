"""Recovery: each way is really taken, says what it used and how old it is, tells people once, and ends by itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from pipeline.models import Alert, AlertNotice, IngestionRun, SourceFile
from pipeline.workflows import canvas
from tests.pipeline import database
from tests.portal.files import TARIFFS_PACKAGE
from ysh.core.dynamodb import documents, runs

Workflow = Callable[..., tuple[int, dict[str, Any]]]
UNITS = ("--source", "generation_units")
TARIFFS = ("--source", "tariffs")


@pytest.fixture
def told(settings: Any) -> Iterator[None]:
    """Somebody to tell."""
    settings.NOTIFY_EMAILS = ["ana@example.org"]
    yield
    Alert.objects.all().delete()


@pytest.fixture
def loaded(workflow: Workflow, told: None) -> Workflow:
    assert workflow("daily", *TARIFFS)[0] == 0
    return workflow


def step(said: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in said["steps"] if item["step"] == name)


def open_alerts() -> dict[str, tuple[str, int]]:
    return {f"{a.kind}:{a.subject}": (a.severity, a.times_seen) for a in Alert.objects.filter(closed_at__isnull=True)}


def test_health_names_every_service_and_portal(workflow: Workflow, portal: Any, told: None) -> None:
    portal.fail("/api/search/", "status", status=503)
    code, said = workflow("recover", *TARIFFS)
    health = {item["name"]: item["ok"] for item in step(said, "health")["details"]["services"]}
    assert set(health) == {"postgresql", "redis", "broker", "dynamodb", "s3", "ckan", "hub", "inmetro"}
    assert (health["postgresql"], health["ckan"], health["hub"]) == (True, True, False)
    assert "hub" in step(said, "health")["details"]["down"]
    assert (code, step(said, "source:tariffs")["status"]) == (0, "SUCCESS")


def test_nothing_failed_nothing_to_do(loaded: Workflow) -> None:
    code, said = loaded("recover")
    assert (code, said["status"], [item["step"] for item in said["steps"]]) == (0, "SKIPPED", ["health"])


def test_another_format_of_the_same_table(workflow: Workflow, portal: Any, told: None) -> None:
    portal.fail("geracao-distribuida.parquet", "html")
    code, said = workflow("daily", *UNITS)
    assert (code, said["status"]) == (1, "FAILED")
    recovery = said["recovery"]
    assert (recovery["status"], recovery["used_fallback"], recovery["sources_failed"]) == ("PARTIAL", True, [])
    assert step(recovery, "source:generation_units")["details"]["used"] == "alternative address"
    assert database.value("SELECT count(*) FROM aneel.generation_units") == 60
    run = IngestionRun.objects.filter(source="generation_units", status="SUCCESS").get()
    assert (run.used_fallback, run.trigger_type, run.execution_metadata["fallback"]) == (True, "fallback", "alternative address")
    assert open_alerts()["fallback:generation_units"][0] == "warning"


def test_the_last_good_file_when_the_portal_is_gone_and_back_by_itself(loaded: Workflow, portal: Any) -> None:
    rows = database.value("SELECT count(*) FROM aneel.tariffs")
    portal.fail("/", "status", status=500)
    code, said = loaded("daily", *TARIFFS)
    assert (code, said["status"]) == (1, "ERRORED")
    used = step(said["recovery"], "source:tariffs")
    assert (used["status"], used["details"]["used"], used["used_fallback"]) == ("PARTIAL", "archived file", True)
    assert used["details"]["age_hours"] < 1
    assert database.value("SELECT count(*) FROM aneel.tariffs") == rows
    assert set(open_alerts()) == {"run_failed:tariffs", "fallback:tariffs"}
    assert open_alerts()["fallback:tariffs"] == ("warning", 1)

    loaded("recover")  # nothing new to tell
    assert open_alerts()["fallback:tariffs"] == ("warning", 2)
    mails = AlertNotice.objects.filter(channel="email", alert__kind="fallback")
    assert list(mails.values_list("event", flat=True)) == ["opened"]

    portal.heal()
    code, said = loaded("hourly", *TARIFFS)
    assert (code, said["sources_succeeded"]) == (0, ["tariffs"])
    assert open_alerts() == {}
    assert list(mails.order_by("id").values_list("event", flat=True)) == ["opened", "closed"]


def test_older_than_a_week_is_critical(loaded: Workflow, portal: Any) -> None:
    SourceFile.objects.filter(source="tariffs").update(fetched_at=datetime.now(UTC) - timedelta(days=8))
    portal.fail("/", "status", status=500)
    loaded("recover", *TARIFFS)
    assert open_alerts()["fallback:tariffs"][0] == "critical"


def test_a_table_that_was_lost_comes_back_from_the_archive(loaded: Workflow, portal: Any) -> None:
    before = database.digest("aneel.tariffs", "t.tariff_id, t.tusd_value, t.te_value, t.valid_from, t.valid_to")
    database.query("DELETE FROM aneel.tariffs")
    portal.fail("/", "status", status=500)
    code, said = loaded("recover", *TARIFFS)
    assert (code, step(said, "source:tariffs")["details"]["used"]) == (3, "archived file")
    assert database.digest("aneel.tariffs", "t.tariff_id, t.tusd_value, t.te_value, t.valid_from, t.valid_to") == before


def test_a_damaged_archive_is_not_taken(loaded: Workflow, portal: Any) -> None:
    for file in SourceFile.objects.filter(source="tariffs"):
        Path(unquote(urlsplit(file.archive_uri).path)).write_bytes(b"not what it was")
    portal.fail("/", "status", status=500)
    code, said = loaded("recover", *TARIFFS)
    assert (code, said["status"]) == (1, "ERRORED")
    assert step(said, "source:tariffs")["error_code"] == "no_fallback"


def test_without_any_file_the_last_state_is_told(loaded: Workflow, portal: Any, settings: Any, dynamodb: None) -> None:
    documents.put_latest_ingestion("tariffs", {"run_id": "r", "status": "SUCCESS", "archive_uri": "", "processed": 12})
    SourceFile.objects.filter(source="tariffs").delete()
    portal.fail("/", "status", status=500)
    code, said = loaded("recover", *TARIFFS)
    used = step(said, "source:tariffs")
    assert (code, used["details"]["used"], used["details"]["state"]["processed"]) == (3, "state in DynamoDB", 12)
    assert "changed" not in used
    assert "fallback:tariffs" in open_alerts()


def test_how_it_ended_is_remembered_outside_of_postgresql(loaded: Workflow, dynamodb: None) -> None:
    _code, said = loaded("recover", *TARIFFS)
    item = runs.run_by_id(said["run_id"])
    assert item is not None
    assert (item.workflow_name, item.status) == ("fallback_recovery", said["status"])


def test_a_failed_workflow_of_workers_starts_one(loaded: Workflow, portal: Any, worker: Any) -> None:
    portal.fail("/download/tarifas", "html")
    portal.add_file(TARIFFS_PACKAGE, "Tarifas homologadas das distribuidoras de energia elétrica", "CSV", b"x;y\n1;2\n")
    asked = canvas.request_workflow("daily", by="ana", sources=["tariffs"])
    assert worker.ended(asked.run_id)
    assert worker.until(
        lambda: IngestionRun.objects.filter(
            workflow_name="fallback_recovery", ended_at__isnull=False, source__startswith="workflow:"
        ).exists()
    )
    recovery = IngestionRun.objects.get(source="workflow:fallback_recovery")
    assert (recovery.status, recovery.trigger_type, recovery.used_fallback) == ("PARTIAL", "fallback", True)
