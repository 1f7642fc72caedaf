"""What is remembered of a run outside PostgreSQL, so that it can be told while PostgreSQL is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from aneel.models import GenerationUnitStatistics
from pipeline.choices import GOOD_STATUSES
from pipeline.models import IngestionRun
from pipeline.quality.run_checks import CheckResult
from pipeline.summary import RunSummary
from ysh.core.cache import structures
from ysh.core.dynamodb import documents, runs
from ysh.core.dynamodb.client import Unavailable
from ysh.core.errors import TerminalError

log = structlog.get_logger(__name__)

_NO_ANSWER = "DynamoDB does not answer, or lacks its tables (manage.py dynamodb status)"
COUNTS = ("fetched", "processed", "inserted", "updated", "unchanged", "removed", "rejected", "duplicates")


def note_stage(run_id: str, source: str, stage: str, *, parent: UUID | None = None) -> None:
    """A stage of a run, or a step of a workflow, begins: for who watches."""
    structures.note_event({"event": "stage", "run_id": run_id, "source": source, "stage": stage, "parent": parent or ""})


def note_checks(run_id: str, source: str, results: Sequence[CheckResult], *, parent: UUID | None = None) -> None:
    """What the checks said of what is about to be published: how many, and which failed."""
    failed = ", ".join(result.check.name for result in results if not result.passed)
    said = {"event": "checks", "run_id": run_id, "source": source, "parent": parent or ""}
    structures.note_event(said | {"checked": len(results), "failed": failed})


def remember_run(run_id: UUID, summary: RunSummary) -> None:
    """Note how a run ended: in Redis the last run of its source and the event, in DynamoDB the run for 30 days."""
    row = (
        IngestionRun.objects.filter(run_id=run_id)
        .values_list("workflow_name", "started_at", "execution_metadata__workflow_run", "ended_at", "data_age")
        .first()
    )
    workflow, started_at, parent, ended_at, data_age = row or ("", None, None, None, None)
    counts = {name: int(getattr(summary, name)) for name in COUNTS}
    short = {"run_id": str(run_id), "source": summary.source, "status": summary.status, **counts}
    _remember_last(summary.source, short, ended_at or timezone.now(), data_age)
    structures.note_event(short | {"event": structures.ENDED, "parent": parent or ""})
    item = runs.RunItem(
        run_id=str(run_id),
        timestamp=documents.moment(started_at),
        source=summary.source,
        workflow_name=workflow or summary.source,
        status=summary.status,
        counts=counts,
        duration_seconds=float(summary.duration_seconds),
        # The code, not the text: texts name values of rows.
        error=summary.error_code if summary.error else "",
    )
    try:
        runs.put_run(item)
    except Unavailable:
        log.info("run_not_remembered", reason=_NO_ANSWER)


def _remember_last(source: str, run: dict[str, Any], ended_at: datetime, data_age: timedelta | None) -> None:
    """The last run of a source, with when the last good one ended and how old its data was then."""
    if run["status"] in GOOD_STATUSES:
        good = {"last_success_at": ended_at.isoformat(), "data_age_seconds": data_age.total_seconds() if data_age else 0.0}
    else:
        before = structures.last_run(source) or {}
        good = {name: before.get(name) for name in ("last_success_at", "data_age_seconds")}
    structures.set_last_run(source, run | good)


@dataclass(frozen=True, slots=True)
class RememberedState:
    """What is known of a source without PostgreSQL; all but its key may be unknown.

    Attributes:
        source: its key.
        run_id, status: of the last run that ended.
        last_success_at: when the last good one ended.
        data_age: how old its data is now.
    """

    source: str
    run_id: str | None = None
    status: str | None = None
    last_success_at: datetime | None = None
    data_age: timedelta | None = None


def remembered_state(source: str, now: datetime) -> RememberedState:
    """By Redis, which knows every run of the last week; else by DynamoDB, which knows the last one that published something."""
    run = structures.last_run(source)
    if run is not None:
        at = datetime.fromisoformat(run["last_success_at"]) if run.get("last_success_at") else None
        age = now - at + timedelta(seconds=run.get("data_age_seconds") or 0) if at else None
        return RememberedState(source, run["run_id"], run["status"], at, age)
    try:
        published = documents.latest_ingestion(source)
    except Unavailable:
        published = None
    if published is None:
        return RememberedState(source)
    return RememberedState(
        source, published.data["run_id"], published.data["status"], datetime.fromisoformat(published.stored_at)
    )


def remember_workflow(row: IngestionRun) -> None:
    """Note how a workflow ended: the event in Redis, the run in DynamoDB for 30 days."""
    counts = {name: int(getattr(row, f"rows_{'duplicate' if name == 'duplicates' else name}")) for name in COUNTS}
    structures.note_event(
        {"event": structures.ENDED, "run_id": str(row.run_id), "source": row.source, "status": row.status, **counts}
    )
    item = runs.RunItem(
        run_id=str(row.run_id),
        timestamp=documents.moment(row.started_at),
        source=row.source,
        workflow_name=row.workflow_name,
        status=row.status,
        counts=counts,
        duration_seconds=float(row.duration_seconds or 0),
        error=", ".join(row.sources_failed),
    )
    try:
        runs.put_run(item)
    except Unavailable:
        log.info("run_not_remembered", reason=_NO_ANSWER)


def remember_publication(run_id: UUID, summary: RunSummary) -> None:
    """Note the last good state of a source; after units also the states by installed power."""
    counts = {name: int(getattr(summary, name)) for name in COUNTS}
    if summary.source == "generation_units":
        structures.set_states(power_by_state())
    try:
        documents.put_latest_ingestion(
            summary.source,
            {"run_id": str(run_id), "status": summary.status, "archive_uri": summary.archive_uri, **counts},
        )
    except (Unavailable, TerminalError):
        log.info("publication_not_remembered", reason=_NO_ANSWER)


def power_by_state() -> dict[str, float]:
    """Installed power of each state (kW), as of the last refresh of the statistics."""
    totals: dict[str, float] = {}
    for state, power in GenerationUnitStatistics.objects.values_list("state", "power_sum_kw"):
        totals[state] = totals.get(state, 0.0) + float(power or 0)
    return totals
