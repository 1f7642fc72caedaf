"""Monthly partitions in the real database: any date is accepted, maintenance moves, creates and drops."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import ChangeLogEntry
from pipeline.choices import RunStatus
from pipeline.models import ActiveRun, DataQualityCheck, IngestionRun
from tests.factories.pipeline import DataQualityCheckFactory, IngestionRunFactory
from ysh.core.db.partitions import (
    list_partitions,
    maintain_all,
    maintain_partitions,
    month_start,
    partition_name,
)
from ysh.core.errors import TerminalError
from ysh.core.tasks import maintain_partitions as maintain_task

CHECKS, RUNS, LOG = "pipeline.data_quality_checks", "pipeline.ingestion_log", "audit.change_log"
TODAY = datetime.now(UTC).date()
INSERT_CHECK = (
    f"INSERT INTO {CHECKS} (check_name, check_type, table_name, check_passed, executed_at) "
    "VALUES ('a', 'validity', 't', true, %s)"
)
INSERT_ENTRY = (
    f"INSERT INTO {LOG} (table_schema, table_name, record_id, operation, change_source, changed_at) "
    "VALUES ('s', 't', '1', 'INSERT', 'system', %s)"
)
INSERT_RUN = f"INSERT INTO {RUNS} (run_id, source, trigger_type, started_at) VALUES (gen_random_uuid(), 's', 'manual', %s)"


def rows_by_partition(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
        return {name if "." in name else f"{table.split('.')[0]}.{name}": count for name, count in cursor.fetchall()}


def check_at(moment):
    return DataQualityCheckFactory(executed_at=moment)


def maintain(table=CHECKS, today=TODAY, keep_months=24, **options):
    return maintain_partitions(connection, table, today=today, keep_months=keep_months, **options)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 1)),
        (date(2026, 11, 23), 1, date(2026, 12, 1)),
        (date(2026, 11, 30), 2, date(2027, 1, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2027, 1, 1), -1, date(2026, 12, 1)),
        (date(2026, 11, 23), -24, date(2024, 11, 1)),
        (date(2026, 12, 1), -12, date(2025, 12, 1)),
    ],
)
def test_month_start(day, months, expected):
    assert month_start(day, months) == expected


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1, 3, 5)])
def test_months_before_the_year_one_are_refused(day):
    with pytest.raises(ValueError, match="year"):
        month_start(day, -3)


def test_partition_names_sort_by_time():
    assert partition_name(LOG, date(2026, 1, 1)) == "audit.change_log_y2026m01"


@pytest.mark.django_db
@pytest.mark.parametrize("table", [CHECKS, RUNS, LOG])
def test_this_month_and_the_next_three_exist_with_a_default(table):
    partitions = list_partitions(connection, table)

    assert {month_start(TODAY, ahead) for ahead in range(4)} <= set(partitions.values())
    assert partitions[f"{table}_default"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["0001-01-01 BC", "1000-01-01", "1999-12-31 23:59:59.999999+00", "2999-12-31", "20000-01-01", "infinity", "-infinity"]
)
def test_any_date_is_accepted_and_lands_in_the_default_partition(text):
    with connection.cursor() as cursor:
        for insert in (INSERT_CHECK, INSERT_ENTRY, INSERT_RUN):
            cursor.execute(insert, [text])

    for table in (CHECKS, LOG, RUNS):
        assert rows_by_partition(table)[f"{table}_default"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["20000-01-01", "infinity"])
def test_a_date_no_month_can_be_made_for_stays_where_it_is(text):
    with connection.cursor() as cursor:
        cursor.execute(INSERT_CHECK, [text])

    report = maintain()

    assert (report.created, report.moved, report.purged) == ((), 0, 0)
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_default": 1}


@pytest.mark.django_db
def test_stray_rows_move_into_their_new_months_once_and_keep_everything():
    old, new = datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    ids = [check_at(moment).pk for moment in (old, new)]
    before = list(DataQualityCheck.objects.order_by("id").values())
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_default": 2}

    first = maintain(today=date(2026, 11, 23))
    second = maintain(today=date(2026, 11, 23))

    assert first.created[:2] == (f"{CHECKS}_y2025m12", f"{CHECKS}_y2026m01")
    assert first.moved == 2
    assert (second.created, second.moved, second.dropped) == ((), 0, ())
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_y2025m12": 1, f"{CHECKS}_y2026m01": 1}
    assert list(DataQualityCheck.objects.order_by("id").values()) == before
    assert [row["id"] for row in before] == ids


@pytest.mark.django_db
def test_new_ids_go_on_after_rows_moved():
    moved = check_at(datetime(2025, 5, 5, tzinfo=UTC)).pk
    maintain()

    assert check_at(datetime(2025, 5, 6, tzinfo=UTC)).pk > moved


@pytest.mark.django_db
def test_months_begin_at_midnight_utc_whatever_the_sessions_time_zone():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'America/Sao_Paulo'")
        check_at(datetime(2025, 7, 1, 1, 0, tzinfo=UTC))  # still June in São Paulo
        report = maintain()
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = 'pipeline.data_quality_checks_y2025m07'::regclass"
        )
        bounds = cursor.fetchone()[0]

    assert f"{CHECKS}_y2025m07" in report.created
    assert f"{CHECKS}_y2025m06" not in report.created
    assert bounds == "FOR VALUES FROM ('2025-07-01 00:00:00+00') TO ('2025-08-01 00:00:00+00')"


@pytest.mark.django_db
def test_december_is_followed_by_january():
    report = maintain(today=date(2028, 11, 30), keep_months=1200)

    assert report.created == tuple(f"{CHECKS}_{month}" for month in ("y2028m11", "y2028m12", "y2029m01", "y2029m02"))
    check_at(datetime(2028, 12, 31, 23, 59, tzinfo=UTC))
    check_at(datetime(2029, 1, 1, tzinfo=UTC))
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_y2028m12": 1, f"{CHECKS}_y2029m01": 1}


@pytest.mark.django_db
def test_moving_an_active_run_leaves_it_the_active_one():
    run = IngestionRunFactory(status=RunStatus.IN_PROGRESS, started_at=datetime(2026, 3, 1, tzinfo=UTC))

    report = maintain(RUNS)

    assert report.moved == 1
    assert list(ActiveRun.objects.values_list("source", "run_id")) == [(run.source, run.run_id)]
    assert IngestionRun.objects.get(run_id=run.run_id).status == RunStatus.IN_PROGRESS


@pytest.mark.django_db
def test_triggers_of_the_default_partition_work_after_a_move():
    IngestionRunFactory(started_at=datetime(2026, 3, 1, tzinfo=UTC))
    maintain(RUNS)

    IngestionRunFactory(status=RunStatus.PENDING, started_at=datetime(2025, 1, 1, tzinfo=UTC))

    assert rows_by_partition(RUNS)[f"{RUNS}_default"] == 1
    assert ActiveRun.objects.count() == 1


@pytest.mark.django_db
def test_the_change_log_moves_too_although_it_is_append_only():
    entry = ChangeLogEntry.objects.create(
        table_schema="aneel", table_name="datasets", record_id="1", operation="DELETE", change_source="system",
        changed_at=datetime(2026, 2, 2, tzinfo=UTC), request_id=UUID(int=7),
    )  # fmt: skip
    before = ChangeLogEntry.objects.values().get(pk=entry.pk)

    assert maintain(LOG).moved == 1

    assert ChangeLogEntry.objects.values().get(pk=entry.pk) == before
    assert rows_by_partition(LOG) == {f"{LOG}_y2026m02": 1}


@pytest.mark.django_db
def test_retention_drops_whole_months_and_nothing_younger():
    for moment in (
        datetime(2025, 8, 31, 23, 59, tzinfo=UTC),
        datetime(2025, 9, 1, tzinfo=UTC),
        datetime(2026, 11, 2, tzinfo=UTC),
    ):
        check_at(moment)
    maintain(today=date(2026, 11, 23), keep_months=24)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pipeline.data_quality_checks_y2025m08')")
        assert cursor.fetchone()[0] is not None

    report = maintain(today=date(2026, 11, 23), keep_months=14)

    assert report.dropped == (f"{CHECKS}_y2025m08",)
    assert sorted(DataQualityCheck.objects.values_list("executed_at", flat=True)) == [
        datetime(2025, 9, 1, tzinfo=UTC),
        datetime(2026, 11, 2, tzinfo=UTC),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pipeline.data_quality_checks_y2025m08')")
        assert cursor.fetchone()[0] is None


@pytest.mark.django_db
def test_rows_past_the_retention_leave_the_default_partition_too():
    check_at(datetime(1999, 1, 1, tzinfo=UTC))
    kept = check_at(datetime.now(UTC))

    report = maintain(keep_months=24)

    assert report.purged == 1
    assert list(DataQualityCheck.objects.values_list("pk", flat=True)) == [kept.pk]
    assert maintain(keep_months=24).purged == 0


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_changes_nothing():
    for moment in (datetime(1999, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)):
        check_at(moment)
    before = list_partitions(connection, CHECKS)

    said = maintain(today=date(2027, 1, 5), dry_run=True)

    assert list_partitions(connection, CHECKS) == before
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_default": 3}
    assert maintain(today=date(2027, 1, 5)) == said
    assert (said.moved, said.purged) == (2, 1)


@pytest.mark.django_db
def test_new_months_have_the_parents_indexes_constraints_and_no_rights_of_their_own():
    maintain(today=date(2029, 1, 1), keep_months=1200)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid "
            "WHERE x.indrelid = 'pipeline.data_quality_checks_y2029m01'::regclass"
        )
        attached = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'pipeline.data_quality_checks'::regclass")
        assert attached == cursor.fetchone()[0] > 0
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE conrelid = 'pipeline.data_quality_checks'::regclass) FROM pg_constraint "
            "WHERE contype = 'c' AND conrelid IN ('pipeline.data_quality_checks_y2029m01'::regclass, "
            "'pipeline.data_quality_checks'::regclass)"
        )
        both, parents = cursor.fetchone()
        assert both == 2 * parents > 0
        cursor.execute("SELECT has_table_privilege('ysh_api', 'pipeline.data_quality_checks_y2029m01', 'SELECT')")
        assert cursor.fetchone()[0] is False


@pytest.mark.django_db
def test_a_partition_somebody_else_named_is_left_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE pipeline.the_year_1990 PARTITION OF pipeline.data_quality_checks "
            "FOR VALUES FROM ('1990-01-01') TO ('1991-01-01')"
        )

    assert maintain(keep_months=1).dropped == ()
    assert "pipeline.the_year_1990" not in list_partitions(connection, CHECKS)


@pytest.mark.django_db
def test_a_table_in_the_way_is_named_with_what_to_do():
    check_at(datetime(2026, 4, 4, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE pipeline.data_quality_checks_y2026m04 (x integer)")

    with pytest.raises(TerminalError, match=r"data_quality_checks_y2026m04 exists and is not a partition .* Attach it") as error:
        maintain()

    assert error.value.code == "partition_name_taken"
    assert rows_by_partition(CHECKS) == {f"{CHECKS}_default": 1}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ("aneel.datasets", {}, "not a partitioned table"),
        (CHECKS, {"keep_months": -1}, "0 or more, not -1"),
        (CHECKS, {"keep_months": 99_999}, "year"),
    ],
)
def test_wrong_arguments_change_nothing(table, options, message):
    with pytest.raises(ValueError, match=message):
        maintain(table, **options)


@pytest.mark.django_db
def test_the_command_and_the_task_maintain_every_table(capsys, settings):
    check_at(datetime(2026, 2, 2, tzinfo=UTC))
    IngestionRunFactory(started_at=datetime(2026, 2, 2, tzinfo=UTC))

    call_command("partitions", "--dry-run", "--json")
    planned = json.loads(capsys.readouterr().out)
    call_command("partitions", "--json")
    done = json.loads(capsys.readouterr().out)
    call_command("partitions")
    text = capsys.readouterr().out

    assert planned["dry_run"] is True
    assert planned["tables"] == done["tables"]
    assert [table["table"] for table in done["tables"]] == sorted(settings.PARTITION_RETENTION_MONTHS)
    assert {table["table"]: table["moved"] for table in done["tables"]} == {LOG: 0, CHECKS: 1, RUNS: 1}
    assert text.count("nothing to do") == 3
    assert maintain_task() == 0


@pytest.mark.django_db
def test_the_command_says_in_words_what_it_would_do(capsys):
    check_at(datetime(2026, 2, 2, tzinfo=UTC))
    check_at(datetime(1990, 2, 2, tzinfo=UTC))

    call_command("partitions", "--dry-run")

    out = capsys.readouterr().out
    assert "would create pipeline.data_quality_checks_y2026m02" in out
    assert "would move 1 rows" in out
    assert "would delete 1 rows" in out


@pytest.mark.django_db
def test_maintain_all_takes_the_retention_from_the_settings(settings):
    settings.PARTITION_RETENTION_MONTHS = {CHECKS: 0}
    check_at(datetime(2026, 2, 2, tzinfo=UTC))

    (report,) = maintain_all(date(2026, 11, 23))

    assert (report.table, report.purged) == (CHECKS, 1)
