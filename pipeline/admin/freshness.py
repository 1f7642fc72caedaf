"""How fresh each source is: its last run, its last good one, and when the next is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from pipeline.choices import GOOD_STATUSES
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES


@dataclass(frozen=True, slots=True)
class Freshness:
    """State of one source.

    Attributes:
        key: the source.
        state: never, running, fresh (within its cadence), due (within twice that) or stale.
        last_run: the newest run, whatever came of it.
        last_good: the newest run that succeeded, changed or not.
        age: time since the last good run.
        next_run_at: when its schedule is due; None without an enabled schedule.
    """

    key: str
    state: str
    last_run: IngestionRun | None
    last_good: IngestionRun | None
    age: timedelta | None
    next_run_at: datetime | None


def freshness(now: datetime | None = None) -> list[Freshness]:
    """One entry a declared source, in the order of the registry. Three queries, however many sources there are."""
    now = now or timezone.now()
    newest = _newest(IngestionRun.objects.all())
    good = _newest(IngestionRun.objects.filter(status__in=GOOD_STATUSES))
    due = _next_runs(now)
    return [_freshness(key, newest.get(key), good.get(key), due.get(key), now) for key in SOURCES]


def _newest(runs: "QuerySet[IngestionRun]") -> dict[str, IngestionRun]:
    rows = runs.filter(source__in=list(SOURCES)).order_by("source", "-started_at", "-id").distinct("source")
    return {run.source: run for run in rows}


def _next_runs(now: datetime) -> dict[str, datetime]:
    """When each source's schedule is due; tasks are named `ingest_<source>`."""
    names = {f"ingest_{key}": key for key in SOURCES}
    tasks = PeriodicTask.objects.filter(name__in=names, enabled=True).select_related("interval", "crontab", "solar", "clocked")
    return {names[task.name]: now + task.schedule.remaining_estimate(task.last_run_at or now) for task in tasks}


def _freshness(
    key: str, last_run: IngestionRun | None, last_good: IngestionRun | None, next_run_at: datetime | None, now: datetime
) -> Freshness:
    age = now - (last_good.ended_at or last_good.started_at) if last_good else None
    cadence = SOURCES[key].cadence
    if last_run is not None and last_run.is_active:
        state = "running"
    elif age is None:
        state = "never"
    elif age <= cadence:
        state = "fresh"
    else:
        state = "due" if age <= 2 * cadence else "stale"
    return Freshness(key, state, last_run, last_good, age, next_run_at)
