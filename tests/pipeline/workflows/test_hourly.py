"""The hourly check: asks without fetching, loads only what changed, and says so when nothing is new."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from pipeline.stages.probe import Known
from pipeline.workflows import canvas
from pipeline.workflows.changes import _ask
from tests.pipeline import database
from tests.pipeline.published import parquet_bytes, units
from tests.portal.files import TARIFFS_PACKAGE, UNITS_PACKAGE, tariffs_csv
from ysh.core.said import say

Workflow = Callable[..., tuple[int, dict[str, Any]]]
TARIFFS = "Tarifas homologadas das distribuidoras de energia elétrica"
UNITS = "empreendimento-geracao-distribuida.parquet"
ONLY = ("--source", "generation_units", "--source", "tariffs")


@pytest.fixture
def loaded(workflow: Workflow, portal: Any) -> Workflow:
    """The command, once everything has been loaded."""
    assert workflow("daily", *ONLY)[0] == 0
    portal.forget()
    return workflow


def check_of(said: dict[str, Any]) -> dict[str, Any]:
    return next(step for step in said["steps"] if step["step"] == "check")


def test_nothing_new_is_skipped_without_fetching(loaded: Workflow, portal: Any) -> None:
    code, said = loaded("hourly", *ONLY)
    assert (code, said["status"], [step["step"] for step in said["steps"]]) == (0, "SKIPPED", ["check"])
    assert {entry.status for entry in portal.asked("/download/")} == {304}
    assert check_of(said)["details"]["why"] == dict.fromkeys(("generation_units", "tariffs"), say("not_modified"))
    assert IngestionRun.objects.filter(source="tariffs").count() == 1


def test_only_what_changed_is_loaded(loaded: Workflow, portal: Any) -> None:
    portal.add_file(TARIFFS_PACKAGE, TARIFFS, "CSV", tariffs_csv(14))
    code, said = loaded("hourly", *ONLY)
    assert (code, said["status"], said["inserted"], said["sources_attempted"]) == (0, "SUCCESS", 2, ["tariffs"])
    assert IngestionRun.objects.filter(source="generation_units").count() == 1
    assert loaded("hourly", *ONLY)[1]["status"] == "SKIPPED"


def test_a_portal_that_is_down_is_an_error_and_asked_again(loaded: Workflow, portal: Any) -> None:
    portal.fail("/", "status", status=503)
    code, said = loaded("hourly", *ONLY)
    assert (code, said["status"], check_of(said)["details"]["down"]) == (1, "ERRORED", ["generation_units", "tariffs"])
    portal.heal()
    assert loaded("hourly", *ONLY)[1]["status"] == "SKIPPED"


def test_after_a_failed_load_it_is_tried_again(loaded: Workflow, portal: Any) -> None:
    portal.add_file(UNITS_PACKAGE, UNITS, "PARQUET", parquet_bytes(units(61)))
    portal.fail("/download/empreendimento", "html")
    assert loaded("hourly", *ONLY)[1]["status"] == "FAILED"
    portal.heal()
    code, said = loaded("hourly", *ONLY)
    assert (code, said["inserted"], said["sources_succeeded"]) == (0, 1, ["generation_units"])


def test_never_loaded_is_loaded(workflow: Workflow) -> None:
    code, said = workflow("hourly", "--source", "tariffs")
    assert (code, said["sources_succeeded"]) == (0, ["tariffs"])


def test_workers_end_it_when_nothing_is_new(loaded: Workflow, worker: Any) -> None:
    row = canvas.request_workflow("hourly", by="beat", trigger="scheduled", sources=["generation_units", "tariffs"])
    assert worker.ended(row.run_id)
    row.refresh_from_db()
    assert (row.status, row.trigger_type) == ("SKIPPED", "scheduled")


def test_workers_load_what_changed(loaded: Workflow, portal: Any, worker: Any) -> None:
    portal.add_file(TARIFFS_PACKAGE, TARIFFS, "CSV", tariffs_csv(14))
    row = canvas.request_workflow("hourly", by="beat", trigger="scheduled", sources=["generation_units", "tariffs"])
    assert worker.ended(row.run_id)
    row.refresh_from_db()
    assert (row.status, row.sources_succeeded, row.rows_inserted) == ("SUCCESS", ["tariffs"], 2)
    assert database.value("SELECT count(*) FROM aneel.tariffs") == 14


def test_the_check_leaves_no_connection_behind(loaded: Workflow) -> None:
    """The portals are asked in threads of their own; those that look into the database let go of it."""
    assert loaded("hourly", "--source", "datasets")[0] == 0
    with ThreadPoolExecutor(max_workers=1) as thread:
        found = thread.submit(_ask, SOURCES["datasets"], Known("", "", None, 0)).result()
        assert (found.load, found.why) == (False, say("nothing_new"))
        assert thread.submit(lambda: connection.connection).result() is None
