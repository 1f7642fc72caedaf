"""What is asked of the table ingestion-metadata: every run, for 30 days."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ysh.core.cache.names import DAY
from ysh.core.dynamodb.client import guarded
from ysh.core.dynamodb.documents import moment
from ysh.core.dynamodb.tables import INGESTION_METADATA

KEPT_SECONDS = 30 * DAY
FAILED = ("FAILED", "ERRORED")


@dataclass(frozen=True, slots=True)
class RunItem:
    """One run as it ended.

    Attributes:
        run_id: UUID as text.
        timestamp: its beginning, ISO 8601 in UTC.
        source, workflow_name, status: as in pipeline.ingestion_log.
        counts: fetched, processed, inserted, updated, unchanged, removed, rejected.
        duration_seconds: of the whole run.
        error: short text without data of rows; empty without a fault.
    """

    run_id: str
    timestamp: str
    source: str
    workflow_name: str
    status: str
    counts: dict[str, int]
    duration_seconds: float = 0.0
    error: str = ""


def put_run(run: RunItem) -> None:
    """Note a run; noting it again replaces it.

    Raises:
        Unavailable: DynamoDB does not answer.
    """
    item = {
        "run_id": {"S": run.run_id},
        "timestamp": {"S": run.timestamp},
        "source": {"S": run.source},
        "workflow_name": {"S": run.workflow_name or run.source},
        "status": {"S": run.status},
        "counts": {"M": {name: {"N": str(count)} for name, count in run.counts.items()}},
        "duration_seconds": {"N": repr(run.duration_seconds)},
        "error": {"S": run.error[:1000]},
        "expires_at": {"N": str(int(time.time()) + KEPT_SECONDS)},
    }
    with guarded() as connection:
        connection.put_item(TableName=INGESTION_METADATA.name, Item=item)


def _run(item: dict[str, Any]) -> RunItem:
    text = {name: item[name]["S"] for name in ("run_id", "timestamp", "source", "workflow_name", "status", "error")}
    counts = {name: int(count["N"]) for name, count in item["counts"]["M"].items()}
    return RunItem(counts=counts, duration_seconds=float(item["duration_seconds"]["N"]), **text)


def run_by_id(run_id: str) -> RunItem | None:
    """A run by its id; None when there is none."""
    with guarded() as connection:
        found = connection.query(
            TableName=INGESTION_METADATA.name,
            KeyConditionExpression="run_id = :r",
            ExpressionAttributeValues={":r": {"S": run_id}},
            ScanIndexForward=False,
            Limit=1,
        )
    return _run(found["Items"][0]) if found["Items"] else None


def _newest(index: str, attribute: str, value: str, since: datetime, limit: int) -> list[RunItem]:
    with guarded() as connection:
        found = connection.query(
            TableName=INGESTION_METADATA.name,
            IndexName=index,
            # `status` and `timestamp` are reserved words.
            KeyConditionExpression="#a = :a AND #t >= :since",
            ExpressionAttributeNames={"#a": attribute, "#t": "timestamp"},
            ExpressionAttributeValues={":a": {"S": value}, ":since": {"S": moment(since)}},
            ScanIndexForward=False,
            Limit=limit,
        )
    return [_run(item) for item in found["Items"]]


def latest_runs(workflow_name: str, limit: int = 20) -> list[RunItem]:
    """The newest runs of a workflow, newest first."""
    return _newest("WorkflowIndex", "workflow_name", workflow_name, datetime(1970, 1, 1, tzinfo=UTC), limit)


def failed_runs(since: datetime, limit: int = 50) -> list[RunItem]:
    """Runs that failed or crashed since then, newest first."""
    found = [run for status in FAILED for run in _newest("StatusIndex", "status", status, since, limit)]
    return sorted(found, key=lambda run: run.timestamp, reverse=True)[:limit]
