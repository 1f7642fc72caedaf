"""The log row of a workflow's run: its plan, what became of each step, its final status."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Sum

from pipeline.choices import ACTIVE_STATUSES, GOOD_STATUSES, RunStatus
from pipeline.models import IngestionRun
from pipeline.run_record import WORKFLOW_PREFIX, RunRecord, merge_json
from pipeline.summary import RunSummary
from pipeline.workflows.declared import SOURCE_STEP, Workflow
from ysh.core.said import Said, in_english, say

COUNTS = ("fetched", "processed", "inserted", "updated", "unchanged", "removed", "rejected", "duplicate")
_STEP = "step:"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step.

    Attributes:
        status: one of `RunStatus`.
        said: one line for people, as data; the error's own text when it failed.
        run_id: the source's run, when it has one.
        error_code: stable name of the fault; empty without one.
        changed: whether rows were written.
        used_fallback: whether something else than the primary source was used.
        details: more, for the page and the alerts; JSON.
    """

    status: str
    said: Said | str = ""
    run_id: str = ""
    error_code: str = ""
    changed: bool = False
    used_fallback: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The line in English, for logs and programs."""
        return in_english(self.said)

    @property
    def good(self) -> bool:
        return self.status in (*GOOD_STATUSES, RunStatus.SKIPPED)


class WorkflowRecord:
    """Reads and writes one row; several processes may do so at once, each for its own step."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id

    @classmethod
    def begin(
        cls, workflow: Workflow, *, status: RunStatus, trigger: str, by: str, here: bool, sources: Sequence[str] | None
    ) -> "WorkflowRecord":
        """Insert the row.

        Args:
            here: carried out by this process from beginning to end; otherwise step by step by workers.
            sources: only these; as the workflow decides when None.

        Raises:
            RunAlreadyActiveError: the workflow is running or asked for already; nothing was written.
        """
        close_dead_workflows()
        record = RunRecord(RunSummary(run_id=str(uuid4()), source=workflow.log_source), dry=False)
        wanted = list(sources) if sources is not None else None
        record.create(
            status=status, trigger=trigger, by=by, workflow=workflow.key, requested={"here": here, "wanted": wanted, "plan": []}
        )
        return cls(record.run_id)

    def rows(self) -> Any:
        return IngestionRun.objects.filter(run_id=self.run_id, source__startswith=WORKFLOW_PREFIX)

    def row(self) -> IngestionRun:
        """The row as it is now."""
        return self.rows().get()

    def note(self, **values: Any) -> None:
        """Add to the row's details; a sign of life too."""
        self.rows().filter(status__in=ACTIVE_STATUSES).update(
            heartbeat_at=datetime.now(UTC), execution_metadata=merge_json("execution_metadata", values)
        )

    def start(self) -> bool:
        """From PENDING to IN_PROGRESS; False when it was ended before it began, or began already."""
        return bool(
            self.rows().filter(status=RunStatus.PENDING).update(status=RunStatus.IN_PROGRESS, heartbeat_at=datetime.now(UTC))
        )

    def open_step(self, name: str) -> bool:
        """Note that a step begins; False when it is not to be done: done before, the run has ended, or a person stopped it."""
        row = self.row()
        if row.status != RunStatus.IN_PROGRESS or self.steps(row).get(name, {}).get("status"):
            return False
        if row.execution_metadata.get("cancel_requested"):
            self.close_step(name, Outcome(RunStatus.CANCELLED, say("cancelled_before")), seconds=0.0)
            return False
        self.note(**{_STEP + name: {"started_at": datetime.now(UTC).isoformat(timespec="milliseconds")}})
        self.rows().update(stage=name[:30])
        return True

    def close_step(self, name: str, outcome: Outcome, *, seconds: float) -> None:
        began = datetime.now(UTC) - timedelta(seconds=seconds)
        entry: dict[str, Any] = {"started_at": began.isoformat(timespec="milliseconds"), "seconds": round(seconds, 3)}
        entry |= {name: value for name in outcome.__slots__ if (value := getattr(outcome, name)) or name == "status"}
        if outcome.said:
            entry["text"] = outcome.text
        self.note(**{_STEP + name: entry})

    @contextmanager
    def beating(self) -> Iterator[None]:
        """A sign of life every second for the block."""
        beat = _Heartbeat(RunSummary(run_id=str(self.run_id), source=""), dry=False)
        beat.start_heartbeat()
        try:
            yield
        finally:
            beat.stop_heartbeat()

    @staticmethod
    def steps(row: IngestionRun) -> dict[str, dict[str, Any]]:
        """What is known of each step, by name, in the plan's order."""
        metadata = row.execution_metadata
        return {name: dict(metadata.get(_STEP + name) or {}) for name in metadata.get("plan", [])}

    def finish(self, *, error: Said | str = "", status: RunStatus | None = None) -> IngestionRun:
        """Write the final row. Does nothing when it has ended already; gives the row either way."""
        row = self.row()
        steps = self.steps(row)
        mine = {name.removeprefix(SOURCE_STEP): step for name, step in steps.items() if name.startswith(SOURCE_STEP)}
        tried = {key: step for key, step in mine.items() if step.get("status") not in (None, RunStatus.SKIPPED)}
        bad = [key for key, step in tried.items() if step["status"] not in GOOD_STATUSES]
        failed = [(name, step) for name, step in steps.items() if not Outcome(step.get("status", RunStatus.ERRORED)).good]
        texts = [
            f"{name.removeprefix(SOURCE_STEP)}: {step.get('text') or in_english(say('did_not_end'))}" for name, step in failed
        ]
        runs = IngestionRun.objects.filter(run_id__in=[UUID(step["run_id"]) for step in mine.values() if step.get("run_id")])
        sums = runs.aggregate(**{name: Sum(f"rows_{name}") for name in COUNTS})
        ages = [age for age in runs.values_list("data_age", flat=True) if age is not None]
        self.rows().filter(status__in=ACTIVE_STATUSES).update(
            status=status or final_status(row, steps),
            ended_at=datetime.now(UTC),
            heartbeat_at=datetime.now(UTC),
            stage="",
            error_message=in_english(error) or "\n".join(texts),
            execution_metadata=merge_json("execution_metadata", {"error_said": error or failed_steps(failed)}),
            sources_attempted=list(tried),
            sources_succeeded=[key for key in tried if key not in bad],
            sources_failed=bad,
            used_fallback=any(step.get("used_fallback") for step in steps.values()),
            data_age=max(ages, default=None),
            **{f"rows_{name}": sums[name] or 0 for name in COUNTS},
        )
        return self.row()


class _Heartbeat(RunRecord):
    """The engine's heartbeat over a workflow's row: it only says that somebody works."""

    def _write_progress(self) -> None:
        self.rows().filter(status=RunStatus.IN_PROGRESS).update(heartbeat_at=datetime.now(UTC))


def failed_steps(failed: Sequence[tuple[str, dict[str, Any]]]) -> Said | str:
    """What went wrong, a line a step; nothing when nothing did."""
    if not failed:
        return ""
    return say("lines", parts=[say("of", what=say("stage", name=name), said=said_of(step)) for name, step in failed])


def said_of(step: dict[str, Any]) -> Said | str:
    """What became of a step, as data: a fault by its kind and what was found."""
    said: Said | str = step.get("said") or step.get("text") or (say("did_not_end") if not step.get("status") else "")
    if isinstance(said, str) and said and step.get("error_code"):
        return say("fault", code=step["error_code"], detail=said)
    return said


def final_status(row: IngestionRun, steps: dict[str, dict[str, Any]]) -> RunStatus:
    """Of all steps together: one failing source makes it PARTIAL, all of them FAILED (or ERRORED); nothing new SKIPPED."""
    if row.execution_metadata.get("cancel_requested"):
        return RunStatus.CANCELLED
    of_sources = [step.get("status", RunStatus.ERRORED) for name, step in steps.items() if name.startswith(SOURCE_STEP)]
    others = [step.get("status", RunStatus.ERRORED) for name, step in steps.items() if not name.startswith(SOURCE_STEP)]
    tried = [status for status in of_sources if status != RunStatus.SKIPPED]
    if not tried:
        return RunStatus.SKIPPED if all(Outcome(status).good for status in others) else RunStatus.ERRORED
    if not any(status in GOOD_STATUSES for status in tried):
        return RunStatus.FAILED if RunStatus.FAILED in tried else RunStatus.ERRORED
    if not all(status in (RunStatus.SUCCESS, RunStatus.UNCHANGED, RunStatus.SKIPPED) for status in (*of_sources, *others)):
        return RunStatus.PARTIAL
    return RunStatus.UNCHANGED if all(status == RunStatus.UNCHANGED for status in tried) else RunStatus.SUCCESS


def close_dead_workflows() -> int:
    """Close runs of workflows that nobody works on any more. Returns how many.

    One carried out by a single process is dead when its heartbeat stops. One carried out by workers may rest in the queue: it
    is dead after `WORKFLOW_STALE_AFTER_SECONDS`, unless the run of one of its sources is active.
    """
    now = datetime.now(UTC)
    closed = 0
    stale = now - timedelta(seconds=settings.INGEST_STALE_AFTER_SECONDS)
    long_stale = now - timedelta(seconds=settings.WORKFLOW_STALE_AFTER_SECONDS)
    rows = IngestionRun.objects.filter(status__in=ACTIVE_STATUSES, source__startswith=WORKFLOW_PREFIX, heartbeat_at__lt=stale)
    for row in rows:
        resting = not row.execution_metadata.get("here") and row.heartbeat_at and row.heartbeat_at > long_stale
        children = IngestionRun.objects.filter(execution_metadata__workflow_run=str(row.run_id), started_at__gte=row.started_at)
        if resting or children.filter(status__in=ACTIVE_STATUSES).exists():
            continue
        WorkflowRecord(row.run_id).finish(error=say("workflow_died"), status=RunStatus.ERRORED)
        closed += 1
    return closed
