"""The run's own record: its log row, its heartbeat, the rows it refused.

Written outside the load's transaction, so it survives a rollback.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, JSONField, Value
from django.db.models.expressions import CombinedExpression

from pipeline.choices import ACTIVE_STATUSES, RunStatus
from pipeline.errors import RunAlreadyActiveError, RunCancelledError, RunSupersededError
from pipeline.fetching.request import Counted
from pipeline.models import ActiveRun, DataQualityCheck, IngestionRun, RejectedRow
from pipeline.quality.run_checks import CheckResult
from pipeline.stages.refusal import Refusal
from pipeline.summary import RunSummary
from ysh.core.said import Said, in_english

log = structlog.get_logger(__name__)

_TEXT_CAP = 4000
#: what stands before a workflow's name in `source` of its log row
WORKFLOW_PREFIX = "workflow:"
#: and before a supplier's code where its list was imported
SUPPLIER_PREFIX = "supplier:"


def ended_because(why: Said) -> dict[str, Any]:
    """Columns of a run that was ended by somebody else: in English for the log, as data for the pages."""
    said = merge_json("execution_metadata", {"error_said": why})
    return {"error_message": in_english(why), "execution_metadata": said}


def merge_json(field: str, values: dict[str, Any]) -> CombinedExpression:
    """`field || values` in the database: the other keys stay as they are at the moment of the update."""
    json = JSONField()
    return CombinedExpression(F(field), "||", Value(values, output_field=json), output_field=json)


class Rejects:
    """Refused rows of a run: every one counted, the first `INGEST_MAX_STORED_REJECTS` kept."""

    def __init__(self) -> None:
        self.kept: list[Refusal] = []
        self.by_reason: Counter[str] = Counter()

    def add(self, refusals: list[Refusal]) -> None:
        room = settings.INGEST_MAX_STORED_REJECTS - len(self.kept)
        self.kept.extend(refusals[: max(room, 0)])
        self.by_reason.update(refusal.reason for refusal in refusals)

    @property
    def total(self) -> int:
        return self.by_reason.total()

    @property
    def bad(self) -> int:
        """Rows that count towards the reject ratio: all but the duplicates."""
        return self.total - self.by_reason["duplicate"]

    def store(self, run_id: UUID) -> None:
        """Write the kept rows; NUL and over-long text are made storable."""
        RejectedRow.objects.bulk_create(
            (
                RejectedRow(
                    run_id=run_id,
                    line=refusal.line,
                    column=refusal.column[:120],
                    value=refusal.value.replace("\0", "␀")[:_TEXT_CAP],
                    reason=refusal.reason[:40],
                    message=in_english(refusal.message).replace("\0", "␀"),
                    words=refusal.message if isinstance(refusal.message, dict) else None,
                    raw=refusal.raw.replace("\0", "␀")[:_TEXT_CAP],
                )
                for refusal in self.kept
            ),
            batch_size=2000,
        )


class RunRecord:
    """The log row of one run and its heartbeat. With `dry` nothing is written anywhere.

    A thread tells the database every few seconds that the run lives and how far it is, and learns from it whether a person
    asked to stop or the run was closed by somebody else.
    """

    def __init__(self, summary: RunSummary, *, dry: bool) -> None:
        self.summary, self.dry = summary, dry
        self.run_id = UUID(summary.run_id)
        self.stages: list[dict[str, Any]] = []
        self.progress: dict[str, int] = {}
        self.extra: dict[str, Any] = {}
        #: the day the file speaks of, once known
        self.data_date: date | None = None
        #: requests to other people's servers
        self.counted = Counted()
        self._stop = threading.Event()
        self._wanted: str = ""
        self._thread: threading.Thread | None = None

    # --- beginning

    def create(
        self, *, status: RunStatus, trigger: str, by: str, workflow: str = "", requested: Mapping[str, Any] | None = None
    ) -> IngestionRun:
        """Insert the log row.

        Args:
            status: PENDING or IN_PROGRESS.
            trigger: one of `TriggerType`.
            by: who asked.
            workflow: the workflow it belongs to.
            requested: first entries of its metadata, for whoever carries it out.

        Raises:
            RunAlreadyActiveError: the source has an active run; nothing was written.
        """
        try:
            with transaction.atomic():
                return IngestionRun.objects.create(
                    run_id=self.run_id,
                    source=self.summary.source,
                    workflow_name=workflow,
                    trigger_type=trigger,
                    triggered_by=by,
                    status=status,
                    started_at=datetime.now(UTC),
                    heartbeat_at=datetime.now(UTC),
                    sources_attempted=[self.summary.source],
                    execution_metadata=dict(requested or {}),
                )
        except IntegrityError as error:
            active = ActiveRun.objects.filter(source=self.summary.source).first()
            if active is None:
                raise
            raise RunAlreadyActiveError(
                f"{self.summary.source} already has an active run ({active.run_id}).",
                todo="Wait for it, or cancel it in the admin.",
            ) from error

    def rows(self) -> Any:
        """Queryset of this run's log row."""
        return IngestionRun.objects.filter(run_id=self.run_id)

    # --- while it works

    def start_heartbeat(self) -> None:
        if not self.dry:
            self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{self.run_id}", daemon=True)
            self._thread.start()

    def stop_heartbeat(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.INGEST_HEARTBEAT_SECONDS):
                try:
                    self._write_progress()
                except DatabaseError as error:
                    log.warning("heartbeat_failed", run_id=str(self.run_id), error=str(error))
                    connection.close()
        finally:
            connection.close()

    def _write_progress(self) -> None:
        alive = self.rows().filter(status=RunStatus.IN_PROGRESS)
        count = alive.update(heartbeat_at=datetime.now(UTC), stage=self._stage_name(), execution_metadata=self._merged_metadata())
        if not count:
            self._wanted = "superseded"
        elif alive.filter(execution_metadata__cancel_requested=True).exists():
            self._wanted = "cancel"

    def _merged_metadata(self) -> CombinedExpression:
        """`||` keeps the keys that others wrote meanwhile (a request to cancel)."""
        return merge_json("execution_metadata", self.metadata())

    def metadata(self) -> dict[str, Any]:
        """What the run page shows."""
        return {
            "stages": self.stages,
            "progress": self.progress,
            "rejects_by_reason": self.summary.rejects_by_reason,
            "source_url": self.summary.source_url,
            "archive_uri": self.summary.archive_uri,
            "data_date": self.data_date.isoformat() if self.data_date else None,
            **self.extra,
        }

    def _stage_name(self) -> str:
        return self.stages[-1]["name"] if self.stages else ""

    def check_wanted(self) -> None:
        """Stop here when a person asked for it, or when the run is no longer ours.

        Raises:
            RunCancelledError, RunSupersededError: as the heartbeat learnt.
        """
        if self._wanted == "cancel":
            raise RunCancelledError("The run was cancelled; nothing was changed.")
        if self._wanted == "superseded":
            raise RunSupersededError("The run was closed by another process while it worked; its changes were rolled back.")

    # --- end

    def _data_age(self) -> timedelta | None:
        """How old the data is: since the end of its day, UTC."""
        if self.data_date is None:
            return None
        day_end = datetime(self.data_date.year, self.data_date.month, self.data_date.day, tzinfo=UTC) + timedelta(days=1)
        return max(datetime.now(UTC) - day_end, timedelta())

    def claim_publication(self) -> None:
        """Lock the log row inside the load's transaction; from here on the run can no longer be closed by others.

        Raises:
            RunSupersededError: it was closed already.
        """
        if not self.rows().filter(status=RunStatus.IN_PROGRESS).select_for_update().exists():
            raise RunSupersededError("The run was closed by another process while it worked; its changes were rolled back.")

    def finish(self, status: RunStatus, *, error: str = "", stack: str = "") -> None:
        """Write the final row. Does nothing when somebody else has written one."""
        summary = self.summary
        good = status in (RunStatus.SUCCESS, RunStatus.PARTIAL, RunStatus.UNCHANGED)
        self.rows().filter(status__in=ACTIVE_STATUSES).update(
            status=status,
            ended_at=datetime.now(UTC),
            heartbeat_at=datetime.now(UTC),
            stage="",
            error_message=error.replace("\0", "␀"),
            error_stack=stack.replace("\0", "␀"),
            rows_fetched=summary.fetched,
            rows_processed=summary.processed,
            rows_inserted=summary.inserted,
            rows_updated=summary.updated,
            rows_unchanged=summary.unchanged,
            rows_removed=summary.removed,
            rows_rejected=summary.rejected,
            rows_duplicate=summary.duplicates,
            used_fallback=summary.used_fallback,
            api_calls=self.counted.requests,
            cache_hits=self.counted.not_modified,
            cache_misses=self.counted.requests - self.counted.not_modified,
            data_age=self._data_age(),
            sources_succeeded=[summary.source] if good else [],
            sources_failed=[] if good else [summary.source],
            execution_metadata=self._merged_metadata(),
        )


def store_checks(run_id: UUID | None, table: str, results: list[CheckResult]) -> None:
    """Write the results of checks, of a run or (None) of a look at what is stored."""
    DataQualityCheck.objects.bulk_create(
        DataQualityCheck(
            run_id=run_id,
            check_name=result.check.name,
            check_type=result.check.check_type,
            table_name=table,
            column_name=result.check.column,
            check_passed=result.passed,
            blocking=result.check.blocking,
            records_checked=result.checked,
            records_passed=result.checked - result.failed,
            records_failed=result.failed,
            measured=result.rate,
            threshold=result.check.threshold,
            check_query=result.query,
            failure_examples=list(result.examples),
        )
        for result in results
    )


def close_dead_runs(source: str | None = None, *, stale_before: datetime | None = None, why: Said) -> int:
    """Close active runs that nobody works on any more as ERRORED.

    Args:
        source: only this one; all when None.
        stale_before: only runs whose heartbeat is older; every active one when None (the caller holds the source's lock).
        why: the error, as data.

    Returns:
        How many were closed.
    """
    # A workflow's run rests while its steps wait in the queue: `pipeline.workflows.record` knows when it is dead.
    runs = IngestionRun.objects.filter(status=RunStatus.IN_PROGRESS).exclude(source__startswith=WORKFLOW_PREFIX)
    if source is not None:
        runs = runs.filter(source=source)
    if stale_before is not None:
        runs = runs.filter(heartbeat_at__lt=stale_before)
    return int(runs.update(status=RunStatus.ERRORED, ended_at=datetime.now(UTC), stage="", **ended_because(why)))
