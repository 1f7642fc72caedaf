"""States of the sources: last run, last success, age, next run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from pipeline.choices import RunStatus
from pipeline.sources.registry import SOURCES
from pipeline.status import SourceState, source_states
from tests.factories.pipeline import IngestionRunFactory

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def state(key: str = "generation_units") -> SourceState:
    return next(item for item in source_states(NOW) if item.source == key)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_a_source_that_was_never_loaded(db: None) -> None:
    found = state()
    assert (found.last_run, found.last_success_at, found.data_age, found.next_run_at, found.active_run) == (None,) * 5
    assert found.is_stale
    assert [item.source for item in source_states(NOW)] == list(SOURCES)


def test_a_failure_after_a_success(db: None) -> None:
    good = IngestionRunFactory(started_at=ago(hours=10), ended_at=ago(hours=9), data_age=timedelta(hours=5))
    IngestionRunFactory(started_at=ago(hours=30), ended_at=ago(hours=29))
    bad = IngestionRunFactory(started_at=ago(hours=1), ended_at=ago(minutes=50), status=RunStatus.FAILED)
    IngestionRunFactory(source="another", started_at=ago(minutes=1))
    found = state()
    assert (found.last_run, found.last_success, found.last_success_at) == (bad, good, ago(hours=9))
    assert found.data_age == timedelta(hours=14)  # 5 when it was loaded, 9 since
    assert found.active_run is None
    assert not found.is_stale


@pytest.mark.parametrize(
    ("status", "counts"), [("UNCHANGED", True), ("PARTIAL", True), ("SKIPPED", False), ("ERRORED", False), ("CANCELLED", False)]
)
def test_what_counts_as_a_success(db: None, status: str, counts: bool) -> None:
    IngestionRunFactory(started_at=ago(hours=1), ended_at=ago(minutes=30), status=status)
    assert (state().last_success is not None) is counts


def test_stale_after_twice_the_cadence(db: None) -> None:
    cadence = SOURCES["generation_units"].cadence
    run = IngestionRunFactory(started_at=NOW - 3 * cadence, ended_at=NOW - 2 * cadence)
    assert not state().is_stale
    type(run).objects.filter(pk=run.pk).update(started_at=NOW - 3 * cadence, ended_at=NOW - 2 * cadence - timedelta(seconds=1))
    assert state().is_stale


def test_a_run_that_is_going_on(db: None) -> None:
    run = IngestionRunFactory(started_at=ago(minutes=3), status=RunStatus.IN_PROGRESS)
    assert state().active_run == run
    assert state().last_success is None


class TestNextRun:
    def schedule(self, **when: Any) -> None:
        PeriodicTask.objects.create(name="ingest_generation_units", task="pipeline.tasks.ingest", **when)

    def test_daily_in_brasilias_time(self, db: None) -> None:
        now = timezone.now()
        crontab = CrontabSchedule.objects.create(minute="0", hour="2", timezone="America/Sao_Paulo")
        self.schedule(crontab=crontab, last_run_at=now - timedelta(days=30))
        found = next(item.next_run_at for item in source_states(now) if item.source == "generation_units")
        assert found is not None
        assert found.astimezone(UTC).strftime("%H:%M:%S") == "05:00:00"
        assert timedelta(0) < found - now <= timedelta(days=1, minutes=1)

    def test_an_interval_counts_from_the_last_start(self, db: None) -> None:
        now = timezone.now()
        hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
        self.schedule(interval=hourly, last_run_at=now - timedelta(minutes=40))
        found = next(item.next_run_at for item in source_states(now) if item.source == "generation_units")
        assert found is not None
        assert timedelta(minutes=18) < found - now < timedelta(minutes=22)

    def test_overdue_means_now(self, db: None) -> None:
        now = timezone.now()
        hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
        self.schedule(interval=hourly, last_run_at=now - timedelta(days=2))
        found = next(item.next_run_at for item in source_states(now) if item.source == "generation_units")
        assert found is not None
        assert abs(found - now) <= timedelta(minutes=1)

    def test_switched_off(self, db: None) -> None:
        crontab = CrontabSchedule.objects.create(minute="0", hour="2", timezone="America/Sao_Paulo")
        self.schedule(crontab=crontab, enabled=False)
        assert state().next_run_at is None


def test_three_queries_however_many_runs(db: None, django_assert_num_queries: Any) -> None:
    for n in range(5):
        IngestionRunFactory(started_at=ago(hours=n + 1), ended_at=ago(hours=n))
    with django_assert_num_queries(3):
        source_states(NOW)
