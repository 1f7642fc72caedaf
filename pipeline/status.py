"""How fresh each source is: its last run, its last success, the age of its data, and when it is next due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from pipeline.choices import GOOD_STATUSES
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES

# Missing so many of its expected publications makes a source stale.
STALE_AFTER_CADENCES = 2
#: name of the schedule that loads every source
DAILY = "daily_full_ingestion"


@dataclass(frozen=True, slots=True)
class SourceState:
    """State of one source at one moment.

    Attributes:
        source: its key.
        label: its name, translated lazily.
        last_run: the newest run, whatever came of it.
        last_success: the newest run that succeeded, whether or not it changed anything.
        last_success_at: when that one ended.
        data_age: how old the published data is: its age when it was loaded, and the time since. None without a success.
        next_run_at: when its schedule is due; None without an enabled schedule.
        is_stale: never loaded, or no success for twice its cadence.
        active_run: the run that is going on.
    """

    source: str
    label: Any
    last_run: IngestionRun | None
    last_success: IngestionRun | None
    last_success_at: datetime | None
    data_age: timedelta | None
    next_run_at: datetime | None
    is_stale: bool
    active_run: IngestionRun | None


def source_states(now: datetime | None = None) -> list[SourceState]:
    """One entry a declared source, in the registry's order; three queries, however many sources and runs there are."""
    now = now or timezone.now()
    newest = _newest(IngestionRun.objects.all(), SOURCES)
    good = _newest(IngestionRun.objects.filter(status__in=GOOD_STATUSES), SOURCES)
    due = next_runs(now)
    return [_state(key, newest.get(key), good.get(key), due.get(key), now) for key in SOURCES]


def next_runs(now: datetime) -> dict[str, datetime]:
    """When each source is next loaded, to the minute: by the daily workflow, or by a schedule of its own named `ingest_<source>`.

    One that is overdue is due now.
    """
    own = {f"ingest_{key}": [key] for key in SOURCES}
    names = own | {DAILY: [key for key, source in SOURCES.items() if source.has_address]}
    tasks = PeriodicTask.objects.filter(name__in=names, enabled=True).select_related("interval", "crontab", "solar", "clocked")
    due: dict[str, datetime] = {}
    for task in tasks:
        # A crontab goes on from now; an interval counts from its last start.
        start = (task.last_run_at or now) if task.interval_id else now
        at = max(now, now + task.schedule.remaining_estimate(start))
        at = (at + timedelta(seconds=30)).replace(second=0, microsecond=0)  # Celery answers a blink early
        for key in names[task.name]:
            due[key] = min(at, due.get(key, at))
    return due


def _newest(runs: QuerySet[IngestionRun], sources: Iterable[str]) -> dict[str, IngestionRun]:
    """The newest run of each source: one short look into the index (source, started_at) for each, in one query."""
    branches = [runs.filter(source=source).order_by("-started_at", "-id")[:1] for source in sources]
    if not branches:
        return {}
    found = branches[0].union(*branches[1:], all=True) if len(branches) > 1 else branches[0]
    return {run.source: run for run in found}


def _state(
    key: str, last_run: IngestionRun | None, last_success: IngestionRun | None, next_run_at: datetime | None, now: datetime
) -> SourceState:
    succeeded_at = last_success.ended_at if last_success else None
    since = now - succeeded_at if succeeded_at else None
    age = since + ((last_success.data_age if last_success else None) or timedelta()) if since is not None else None
    return SourceState(
        source=key,
        label=SOURCES[key].label,
        last_run=last_run,
        last_success=last_success,
        last_success_at=succeeded_at,
        data_age=age,
        next_run_at=next_run_at,
        is_stale=since is None or since > STALE_AFTER_CADENCES * SOURCES[key].cadence,
        active_run=last_run if last_run is not None and last_run.is_active else None,
    )
