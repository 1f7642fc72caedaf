"""A run's life: asked for, carried out by a real worker over the real broker, cancelled, retried, reaped, superseded, taken over."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.db import connection, transaction

from pipeline import actions, tasks
from pipeline.choices import RunStatus
from pipeline.models import ActiveRun, IngestionRun
from pipeline.run_record import RunRecord
from pipeline.signals import source_published
from tests.pipeline import database
from tests.pipeline.conftest import Ingest
from tests.pipeline.published import csv_bytes, units
from ysh.core.errors import YshError

ROWS = 400
FINAL_SECONDS = 60


@pytest.fixture
def worker(engine: Path) -> Iterator[Any]:
    """A Celery worker on the ingest queue, in this process so that it shares the test's database and lake."""
    current_app.control.purge()
    with start_worker(current_app, pool="solo", queues=["ingest"], perform_ping_check=False, shutdown_timeout=60) as running:
        yield running


@pytest.fixture
def ended() -> Iterator[Any]:
    """Waits, by its signal, until a run has been published."""
    event = threading.Event()

    def told(**_kwargs: Any) -> None:
        event.set()

    source_published.connect(told)
    yield event
    source_published.disconnect(told)


@pytest.fixture
def day(engine: Path, tmp_path: Path) -> Path:
    path = engine / "raw" / "given.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(csv_bytes(units(ROWS)))
    return path


def stored() -> int:
    return int(database.value("SELECT count(*) FROM aneel.generation_units"))


def pending(**values: Any) -> IngestionRun:
    now = datetime.now(UTC)
    given = {"status": RunStatus.PENDING, "trigger_type": "manual", "triggered_by": "ana", "started_at": now, "heartbeat_at": now}
    return IngestionRun.objects.create(run_id=uuid4(), source="generation_units", **{**given, **values})


def test_a_request_is_carried_out_by_a_worker(day: Path, worker: Any, ended: threading.Event) -> None:
    run = actions.request_ingestion("generation_units", by="ana", url=day.as_uri())
    assert run.status == RunStatus.PENDING

    assert ended.wait(FINAL_SECONDS), IngestionRun.objects.values_list("status", "error_message")
    run.refresh_from_db()
    assert (run.status, run.rows_inserted, run.triggered_by) == (RunStatus.SUCCESS, ROWS, "ana")
    assert run.ended_at >= run.started_at
    assert stored() == ROWS
    assert not ActiveRun.objects.exists()


def test_a_second_request_is_refused_and_writes_nothing(engine: Path) -> None:
    run = actions.request_ingestion("generation_units", by="ana")
    with pytest.raises(actions.RunAlreadyActive, match=str(run.run_id)):
        actions.request_ingestion("generation_units", by="bia")
    assert IngestionRun.objects.count() == 1


def test_a_request_that_is_rolled_back_asks_nobody(engine: Path) -> None:
    def give_up() -> None:
        with transaction.atomic():
            actions.request_ingestion("generation_units", by="ana")
            raise ZeroDivisionError

    current_app.control.purge()
    with current_app.connection_for_write() as broker:
        redis = broker.default_channel.client
        before = redis.llen("ingest")
        with pytest.raises(ZeroDivisionError):
            give_up()
        assert (redis.llen("ingest"), IngestionRun.objects.count()) == (before, 0)
        actions.request_ingestion("generation_units", by="ana")
        assert redis.llen("ingest") == before + 1
        redis.delete("ingest")


def test_delivered_twice_is_carried_out_once(ingest: Ingest, day: Path) -> None:
    run = pending()
    first = actions.run_ingestion("generation_units", file=day, run_id=run.run_id, by="ana")
    again = actions.run_ingestion("generation_units", file=day, run_id=run.run_id, by="ana")
    assert (first.status, again.status, again.inserted) == (RunStatus.SUCCESS, RunStatus.SUCCESS, 0)
    assert IngestionRun.objects.count() == 1


def test_cancelled_before_it_began_it_never_begins(ingest: Ingest, day: Path) -> None:
    run = pending()
    actions.cancel_run(run, by="bia")
    summary = actions.run_ingestion("generation_units", file=day, run_id=run.run_id, by="ana")
    run.refresh_from_db()
    assert summary.status == run.status == RunStatus.CANCELLED
    assert "bia" in run.error_message
    assert stored() == 0


class Interference:
    """Does something to the run once the load is under way, in a connection of its own as another process would."""

    def __init__(self, act: Callable[[IngestionRun], None]) -> None:
        self.act, self.done = act, False

    def __call__(self, stage: str, progress: dict[str, int]) -> None:
        if stage == "convert and copy" and not self.done:
            self.done = True
            elsewhere(lambda: self.act(IngestionRun.objects.get()))


def elsewhere(act: Callable[[], None]) -> None:
    """In a thread with a connection of its own."""

    def work() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def quick_heartbeat(monkeypatch: Any) -> None:
    """The heartbeat looks before each point where the run may stop instead of once a second: no test waits for it."""
    check = RunRecord.check_wanted

    def look_then_check(record: RunRecord) -> None:
        if record.stages and record.stages[-1]["name"] == "convert and copy":
            elsewhere(record._write_progress)
        check(record)

    monkeypatch.setattr(RunRecord, "check_wanted", look_then_check)


def test_cancelled_while_it_works_it_rolls_back(ingest: Ingest, day: Path, quick_heartbeat: None) -> None:
    summary = ingest(day, on_progress=Interference(lambda run: actions.cancel_run(run, by="bia")))
    run = IngestionRun.objects.get()
    assert summary.status == run.status == RunStatus.CANCELLED
    assert stored() == 0
    assert not ActiveRun.objects.exists()

    assert ingest(day).inserted == ROWS


def test_closed_by_another_while_it_works_it_publishes_nothing(ingest: Ingest, day: Path, quick_heartbeat: None) -> None:

    def close(run: IngestionRun) -> None:
        IngestionRun.objects.filter(run_id=run.run_id).update(
            status=RunStatus.ERRORED, ended_at=datetime.now(UTC), error_message="reaped"
        )

    ingest(day, on_progress=Interference(close))
    run = IngestionRun.objects.get()
    assert (run.status, run.error_message) == (RunStatus.ERRORED, "reaped")  # not overwritten by the one that lost
    assert stored() == 0


def test_the_reaper_closes_what_stopped_beating_and_what_nobody_took(engine: Path, settings: Any) -> None:
    long_ago = datetime.now(UTC) - timedelta(seconds=settings.INGEST_STALE_AFTER_SECONDS + 5)
    dead = pending(status=RunStatus.IN_PROGRESS, heartbeat_at=long_ago)
    assert actions.reap_dead_runs() == 1
    dead.refresh_from_db()
    assert dead.status == RunStatus.ERRORED
    assert "heartbeat" in dead.error_message.lower()

    forgotten = pending(started_at=datetime.now(UTC) - timedelta(days=1, minutes=1))
    assert actions.reap_dead_runs() == 1
    forgotten.refresh_from_db()
    assert forgotten.status == RunStatus.CANCELLED

    alive = pending(status=RunStatus.IN_PROGRESS)
    assert actions.reap_dead_runs() == 0
    alive.refresh_from_db()
    assert alive.status == RunStatus.IN_PROGRESS


def test_the_next_run_takes_over_from_a_dead_one(ingest: Ingest, day: Path) -> None:
    dead = pending(status=RunStatus.IN_PROGRESS)  # its process is gone: nobody holds the source's lock
    assert ingest(day).status == RunStatus.SUCCESS
    dead.refresh_from_db()
    assert dead.status == RunStatus.ERRORED
    assert stored() == ROWS


def test_a_run_of_a_suppliers_lists_is_not_repeated(db: None) -> None:
    run = IngestionRun(source="supplier:novo", status=RunStatus.FAILED)
    with pytest.raises(YshError, match="Upload the lists again"):
        actions.retry_run(run, by="bia")


def test_a_retry_takes_the_same_file_and_says_the_same_about_it(ingest: Ingest, day: Path) -> None:
    ingest(day)
    extract = day.with_name("extract.csv")
    extract.write_bytes(csv_bytes(units(ROWS)[: ROWS // 2]))
    first = ingest(extract, keep_missing=True)
    extract.unlink()  # the archive has it

    again = actions.retry_run(IngestionRun.objects.get(run_id=first.run_id), by="bia")
    assert again.execution_metadata == {"requested_url": first.archive_uri, "options": {"keep_missing": True}}
    tasks.ingest(str(again.run_id))
    again.refresh_from_db()
    assert (again.status, again.rows_removed, again.triggered_by) == (RunStatus.SUCCESS, 0, "bia")

    tasks.ingest(str(actions.request_ingestion("generation_units", by="bia", url=day.as_uri()).run_id))
    assert database.value("SELECT count(*) FROM aneel.generation_units WHERE status = 'ACTIVE'") == ROWS
