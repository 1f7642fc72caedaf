"""The daily workflow: every source, in order, whatever one of them does; its end is always written down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.actions import cancel_run, run_ingestion
from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError
from pipeline.models import ActiveRun, Alert, IngestionRun, SourceFile
from pipeline.sources.registry import SOURCES
from pipeline.workflows import canvas
from pipeline.workflows.declared import DAILY, SOURCE_STEP, chains, get_workflow
from pipeline.workflows.record import WorkflowRecord, close_dead_workflows
from pipeline.workflows.run import do_step
from tests.pipeline import database
from tests.portal.further import add_further
from ysh.core.cache import structures

Workflow = Callable[..., tuple[int, dict[str, Any]]]
ONLY = ("--source", "generation_units", "--source", "tariffs")
TWO = ["generation_units", "tariffs"]


def statuses(said: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["status"] for step in said["steps"]}


def workflow_row() -> IngestionRun:
    return IngestionRun.objects.get(source=DAILY.log_source)


# --- the order


def declared(**depends_on: tuple[str, ...]) -> dict[str, Any]:
    one = next(iter(SOURCES.values()))
    return {key: replace(one, key=key, depends_on=others) for key, others in depends_on.items()}


@pytest.mark.parametrize(
    ("sources", "wanted", "expected"),
    [
        ({"a": (), "b": ()}, "ab", [["a"], ["b"]]),
        ({"b": ("a",), "a": (), "c": ()}, "abc", [["a", "b"], ["c"]]),
        ({"a": (), "b": ("a",), "c": ("a", "b"), "d": ()}, "dcba", [["a", "b", "c"], ["d"]]),
        ({"a": (), "b": (), "c": ("a", "b")}, "abc", [["a", "b", "c"]]),
        ({"a": (), "b": ("a",)}, "b", [["b"]]),
    ],
)
def test_what_waits_for_each_other_is_one_chain(sources: Any, wanted: str, expected: list[list[str]]) -> None:
    assert chains(declared(**sources), wanted) == expected


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="a, b"):
        chains(declared(a=("b",), b=("a",)), "ab")


def test_the_registry_has_an_order() -> None:
    assert {key for group in chains(SOURCES, SOURCES) for key in group} == set(SOURCES)


def test_the_first_word_is_enough() -> None:
    assert get_workflow("daily") is get_workflow("daily_full_ingestion") is DAILY
    with pytest.raises(KeyError, match="daily_full_ingestion"):
        get_workflow("weekly")


# --- by the command


def test_everything_goes_well_and_then_nothing_is_new(workflow: Workflow) -> None:
    code, said = workflow("daily", *ONLY)
    assert (code, said["status"], said["error"]) == (0, "SUCCESS", "")
    assert statuses(said) == {
        "source:generation_units": "SUCCESS",
        "source:tariffs": "SUCCESS",
        "statistics": "SUCCESS",
        "enrichment": "SKIPPED",
        "caches": "SUCCESS",
        "quality": "SUCCESS",
        "lake": "SUCCESS",
    }
    assert said["inserted"] == database.value("SELECT count(*) FROM aneel.generation_units") + database.value(
        "SELECT count(*) FROM aneel.tariffs"
    )
    assert said["sources_succeeded"] == TWO
    row = workflow_row()
    children = IngestionRun.objects.filter(execution_metadata__workflow_run=str(row.run_id))
    assert set(children.values_list("source", "workflow_name")) == {(key, DAILY.key) for key in TWO}
    assert database.value("SELECT sum(unit_count) FROM aneel.mv_gen_units_statistics") == database.value(
        "SELECT count(*) FROM aneel.generation_units"
    )
    assert not ActiveRun.objects.exists()
    events = [event for _key, event in structures.events_of(str(row.run_id), 100)]
    assert {"source:tariffs", "fetch", "open", "lake"} <= {event.get("stage") for event in events}
    assert {event["source"]: event["failed"] for event in events if event["event"] == "checks"} == dict.fromkeys(TWO, "")
    assert [event["source"] for event in events if event["event"] == "ended"] == [DAILY.log_source, *reversed(TWO)]

    code, said = workflow("daily", *ONLY)
    assert (code, said["status"], said["inserted"]) == (0, "UNCHANGED", 0)


def test_by_hand_every_source_that_has_an_address_passes(workflow: Workflow, portal: Any) -> None:
    """What `python -m tests.portal` serves, as docs/portals.md has it."""
    add_further(portal.content)
    code, said = workflow("daily")
    wanted = {SOURCE_STEP + key for key, source in SOURCES.items() if source.has_address}
    assert {name: status for name, status in statuses(said).items() if name in wanted} == dict.fromkeys(wanted, "SUCCESS"), said
    assert (code, said["status"], set(statuses(said).values())) == (0, "SUCCESS", {"SUCCESS"})
    assert database.value("SELECT count(*) FROM aneel.generation_units WHERE panel_count > 0") == 60
    page = f"{portal.inmetro_url}/consulta/detalhe.aspx?pag=1&NumeroRegistro=002567%2F2023"
    assert run_ingestion("certifications", url=page, by="tests").inserted == 2


def test_one_failing_source_does_not_stop_the_others(workflow: Workflow, portal: Any, engine: Path) -> None:
    portal.fail("empreendimento-geracao-distribuida", "html")
    code, said = workflow("daily", *ONLY)
    assert (code, said["status"]) == (3, "PARTIAL")
    assert said["sources_failed"] == ["generation_units"]
    assert statuses(said)["source:tariffs"] == statuses(said)["statistics"] == "SUCCESS"
    assert said["error"].startswith("generation_units: ")
    assert database.value("SELECT count(*) FROM aneel.tariffs") > 0
    # What was fetched is archived before anybody looks at it: the page that begs pardon too.
    archived = SourceFile.objects.filter(source="generation_units")
    assert set(archived.values_list("published", flat=True)) == {False}
    assert len(list(engine.glob("raw/generation_units/*/*.parquet"))) == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"kind": "status", "status": 500}, "ERRORED"), ({"kind": "truncated"}, "FAILED"), ({"kind": "reset"}, "ERRORED")],
)
def test_all_fail(workflow: Workflow, portal: Any, fault: dict[str, Any], status: str) -> None:
    portal.fail("/download/", **fault)
    code, said = workflow("daily", "--source", "generation_units")
    assert (code, said["status"], said["sources_succeeded"]) == (1, status, [])
    assert statuses(said)["quality"] == "SUCCESS"
    assert database.value("SELECT count(*) FROM aneel.generation_units") == 0
    assert workflow_row().ended_at is not None


def test_the_day_is_kept_in_the_lake(workflow: Workflow, engine: Path) -> None:
    """Of the tables it was for. A lake that takes nothing makes the run PARTIAL, and people hear of it until it does again."""
    (engine / "processed").parent.mkdir(parents=True, exist_ok=True)
    (engine / "processed").write_text("where a folder should be")
    code, said = workflow("daily", *ONLY)
    assert (code, said["status"], said["sources_failed"], statuses(said)["lake"]) == (3, "PARTIAL", [], "ERRORED")
    assert said["error"].startswith("lake: ")
    alert = Alert.objects.get(closed_at__isnull=True)
    assert (alert.kind, alert.subject, alert.run_id) == ("run_failed", "step:lake", workflow_row().run_id)
    (engine / "processed").unlink()
    code, said = workflow("daily", *ONLY)
    assert (code, statuses(said)["lake"]) == (0, "SUCCESS")
    kept = next(step for step in said["steps"] if step["step"] == "lake")["details"]["snapshots"]
    assert kept == {table: database.value(f"SELECT count(*) FROM aneel.{table}") for table in ("generation_units", "tariffs")}
    assert len(list(engine.glob("processed/*/snapshot_date=*/_manifest.json"))) == 2
    assert not Alert.objects.filter(closed_at__isnull=True).exists()


def test_a_second_one_is_refused(workflow: Workflow) -> None:
    WorkflowRecord.begin(DAILY, status=RunStatus.IN_PROGRESS, trigger="manual", by="ana", here=True, sources=None)
    code, said = workflow("daily", *ONLY)
    assert (code, said["status"]) == (4, "LOCKED")
    with pytest.raises(RunAlreadyActiveError):
        canvas.request_workflow("daily", by="bia")
    assert IngestionRun.objects.count() == 1


def test_a_source_that_is_running_is_left_alone(workflow: Workflow, engine: Path) -> None:
    other = IngestionRun.objects.create(
        run_id="6f2c1f35-45a1-4b32-8d34-0b8cd03e30a5", source="tariffs", status=RunStatus.PENDING, trigger_type="manual",
        heartbeat_at=datetime.now(UTC),
    )  # fmt: skip
    code, said = workflow("daily", *ONLY)
    assert (code, said["status"]) == (0, "SUCCESS")
    assert statuses(said)["source:tariffs"] == "SKIPPED"
    other.refresh_from_db()
    assert other.status == RunStatus.PENDING


# --- by workers


def test_workers_do_the_same_steps(worker: Any) -> None:
    row = canvas.request_workflow("daily", by="ana", sources=TWO)
    assert row.status == RunStatus.PENDING
    assert worker.ended(row.run_id), database.query("SELECT source, status, error_message FROM pipeline.ingestion_log")
    row = workflow_row()
    assert (row.status, row.triggered_by, row.sources_succeeded) == (RunStatus.SUCCESS, "ana", TWO)
    steps = WorkflowRecord.steps(row)
    assert list(steps) == ["source:generation_units", "source:tariffs", "statistics", "enrichment", "caches", "quality", "lake"]
    assert database.value("SELECT count(*) FROM aneel.generation_units") == row.rows_inserted - 12
    assert not ActiveRun.objects.exists()


def test_workers_go_on_past_a_failing_source(worker: Any, portal: Any) -> None:
    portal.fail("empreendimento-geracao-distribuida", "html")
    asked = canvas.request_workflow("daily", by="ana", sources=TWO)
    assert worker.ended(asked.run_id)
    row = workflow_row()
    assert (row.status, row.sources_failed, row.sources_succeeded) == (RunStatus.PARTIAL, ["generation_units"], ["tariffs"])


# --- its end


def begun(**values: Any) -> WorkflowRecord:
    given = {"status": RunStatus.IN_PROGRESS, "trigger": "manual", "by": "ana", "here": False, "sources": TWO}
    return WorkflowRecord.begin(DAILY, **{**given, **values})


def test_a_step_delivered_twice_is_done_once(workflow: Workflow) -> None:
    record = begun()
    record.note(plan=["source:tariffs"])
    do_step(record.run_id, "source:tariffs")
    do_step(record.run_id, "source:tariffs")
    assert IngestionRun.objects.filter(source="tariffs").count() == 1


def test_cancelled_no_further_step_begins(workflow: Workflow) -> None:
    record = begun()
    record.note(plan=["source:tariffs"])
    cancel_run(record.row(), by="bia")
    do_step(record.run_id, "source:tariffs")
    assert record.finish().status == RunStatus.CANCELLED
    assert not IngestionRun.objects.filter(source="tariffs").exists()


def test_dead_ones_are_closed_and_resting_ones_are_not(engine: Path, settings: Any) -> None:
    def age(record: WorkflowRecord, seconds: float) -> None:
        at = datetime.now(UTC) - timedelta(seconds=seconds)
        record.rows().update(heartbeat_at=at, started_at=at)

    resting = begun(here=False)
    age(resting, settings.INGEST_STALE_AFTER_SECONDS + 5)
    assert close_dead_workflows() == 0
    age(resting, settings.WORKFLOW_STALE_AFTER_SECONDS + 5)
    child = IngestionRun.objects.create(
        run_id="6f2c1f35-45a1-4b32-8d34-0b8cd03e30a6", source="tariffs", status=RunStatus.PENDING, trigger_type="manual",
        execution_metadata={"workflow_run": str(resting.run_id)},
    )  # fmt: skip
    assert close_dead_workflows() == 0
    child.delete()
    assert close_dead_workflows() == 1
    row = resting.row()
    assert (row.status, row.ended_at is not None) == (RunStatus.ERRORED, True)

    dead = begun(here=True)
    age(dead, settings.INGEST_STALE_AFTER_SECONDS + 5)
    assert close_dead_workflows() == 1
