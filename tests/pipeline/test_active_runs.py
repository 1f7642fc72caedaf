"""One active run per source, enforced by the database, whoever writes and however many at once."""

import threading
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from pipeline.choices import RunStatus
from pipeline.models import ActiveRun, DataQualityCheck, IngestionRun, SourceFile
from tests.factories.pipeline import DataQualityCheckFactory, IngestionRunFactory, SourceFileFactory

INSERT = "INSERT INTO pipeline.ingestion_log (run_id, source, trigger_type, started_at) VALUES (%s, 'tariffs', 'manual', %s)"


def active():
    return dict(ActiveRun.objects.values_list("source", "run_id"))


@pytest.mark.django_db
@pytest.mark.parametrize("second", ["now()", "'1999-01-01'", "'2999-01-01'"])
def test_a_second_active_run_is_refused_in_any_month(second):
    run = IngestionRunFactory(status=RunStatus.PENDING)

    with pytest.raises(IntegrityError, match="active_runs"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pipeline.ingestion_log (run_id, source, trigger_type, started_at) "
            f"VALUES (gen_random_uuid(), 'generation_units', 'manual', {second})"
        )

    assert active() == {"generation_units": run.run_id}
    assert IngestionRun.objects.count() == 1


@pytest.mark.django_db
def test_other_sources_run_beside_it():
    one = IngestionRunFactory(status=RunStatus.PENDING)
    other = IngestionRunFactory(status=RunStatus.IN_PROGRESS, source="tariffs")

    assert active() == {"generation_units": one.run_id, "tariffs": other.run_id}


@pytest.mark.django_db
@pytest.mark.parametrize("status", [status for status in RunStatus if status not in {"PENDING", "IN_PROGRESS"}])
def test_each_final_status_frees_the_source(status):
    run = IngestionRunFactory(status=RunStatus.PENDING)
    IngestionRun.objects.filter(pk=run.pk).update(status=RunStatus.IN_PROGRESS)
    assert active() == {"generation_units": run.run_id}

    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipeline.ingestion_log SET status = %s, ended_at = now()", [status])

    assert active() == {}
    IngestionRunFactory(status=RunStatus.PENDING)


@pytest.mark.django_db
def test_deleting_a_run_frees_the_source():
    IngestionRunFactory(status=RunStatus.PENDING)
    finished = IngestionRunFactory()
    finished.delete()
    assert len(active()) == 1

    IngestionRun.objects.all().delete()
    assert active() == {}


@pytest.mark.django_db
def test_a_finished_run_made_active_again_takes_the_source():
    run = IngestionRunFactory()
    IngestionRun.objects.filter(pk=run.pk).update(status=RunStatus.PENDING, ended_at=None)

    assert active() == {"generation_units": run.run_id}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_gets_the_source():
    outcomes = []
    barrier = threading.Barrier(6)

    def start():
        try:
            barrier.wait(timeout=20)
            with connection.cursor() as cursor:
                cursor.execute(INSERT, [uuid4(), "2026-11-01"])
            outcomes.append("active")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(outcomes) == ["active"] + ["refused"] * 5
    assert (ActiveRun.objects.count(), IngestionRun.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("assignment", "constraint"),
    [
        ("status = 'DONE'", "ingestion_log_status"),
        ("trigger_type = 'cron'", "ingestion_log_trigger"),
        ("ended_at = started_at - interval '1 second'", "ingestion_log_time_order"),
        ("ended_at = NULL", "ingestion_log_final_has_end"),
        ("status = 'PENDING'", "ingestion_log_final_has_end"),
        ("run_id = NULL", "not-null"),
    ],
)
def test_runs_refuse(assignment, constraint):
    IngestionRunFactory()
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE pipeline.ingestion_log SET {assignment}")


@pytest.mark.django_db
def test_a_run_id_occurs_once_at_a_time():
    run = IngestionRunFactory()
    with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
        IngestionRunFactory(run_id=run.run_id, started_at=run.started_at)


@pytest.mark.django_db
def test_duration_and_failure_rate_are_computed():
    assert IngestionRunFactory().duration_seconds == 300.0
    check = DataQualityCheckFactory(records_checked=8, records_passed=6, records_failed=2)
    empty = DataQualityCheckFactory(records_checked=0, records_passed=0, records_failed=0)

    assert (check.failure_rate, empty.failure_rate) == (0.25, 0.0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "factory", "values", "constraint"),
    [
        (DataQualityCheck, DataQualityCheckFactory, {"records_failed": 7}, "data_quality_checks_sum"),
        (DataQualityCheck, DataQualityCheckFactory, {"check_type": "beauty"}, "data_quality_checks_type"),
        (SourceFile, SourceFileFactory, {"sha256": "A" * 64}, "source_files_sha256_form"),
        (SourceFile, SourceFileFactory, {"sha256": "abc"}, "source_files_sha256_form"),
        (SourceFile, SourceFileFactory, {"bytes": -1}, "source_files_bytes"),
    ],
)
def test_checks_and_files_refuse(model, factory, values, constraint):
    factory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.update(**values)


@pytest.mark.django_db
def test_the_summary_covers_thirty_days():
    IngestionRunFactory(rows_inserted=7)
    IngestionRunFactory(status=RunStatus.ERRORED)
    IngestionRunFactory(status=RunStatus.PENDING, source="tariffs")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pipeline.ingestion_log (run_id, source, trigger_type, status, started_at, ended_at) "
            "VALUES (gen_random_uuid(), 'generation_units', 'manual', 'SUCCESS', now() - interval '31 days', now())"
        )
        cursor.execute(
            "SELECT source, runs, good_runs, bad_runs, avg_duration_seconds, rows_inserted "
            "FROM pipeline.v_ingestion_summary ORDER BY 1"
        )
        assert [tuple(row) for row in cursor.fetchall()] == [
            ("generation_units", 2, 1, 1, 300, 17),
            ("tariffs", 1, 0, 0, None, 10),
        ]
