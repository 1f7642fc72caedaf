"""A workflow's run from beginning to end: here and now, or step by step by workers (`canvas`). The same steps either way."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog

from pipeline.alerts.watching import note_workflow
from pipeline.choices import RunStatus
from pipeline.models import IngestionRun
from pipeline.remembered import note_stage, remember_workflow
from pipeline.runner import ProgressListener
from pipeline.sources.registry import SOURCES
from pipeline.workflows import steps
from pipeline.workflows.changes import find_changed
from pipeline.workflows.declared import RECOVERY, SOURCE_STEP, chains, get_workflow
from pipeline.workflows.record import Outcome, WorkflowRecord, said_of
from pipeline.workflows.recovery import look_around, needs_recovery, recover
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.memory import give_back, return_large_blocks
from ysh.core.said import Said, say

log = structlog.get_logger(__name__)

StepListener = Callable[[str], None]

#: steps that decide which sources are loaded
BEFORE: dict[str, Callable[[IngestionRun], Outcome]] = {"check": find_changed, "health": look_around}


def run_workflow(
    key: str,
    *,
    by: str,
    trigger: str = "manual",
    sources: Sequence[str] | None = None,
    on_step: StepListener | None = None,
    on_progress: ProgressListener | None = None,
) -> IngestionRun:
    """Carry out a workflow in this process, one source after the other.

    Args:
        key: the workflow's.
        by: who asks.
        trigger: one of `TriggerType`.
        sources: only these; as the workflow decides when None.
        on_step: told each step's name as it begins.
        on_progress: as of `pipeline.runner.run_source`.

    Returns:
        The row as it ended, also when it failed.

    Raises:
        KeyError: unknown workflow or source.
        RunAlreadyActiveError: this workflow is active already.
    """
    workflow = get_workflow(key)
    record = WorkflowRecord.begin(
        workflow, status=RunStatus.IN_PROGRESS, trigger=trigger, by=by, here=True, sources=known_sources(sources)
    )
    try:
        with acting_as(Actor(by, current_actor().source, current_actor().request_id, record.run_id, current_actor().reason)):
            for group in plan(record.run_id):
                for name in group:
                    if on_step is not None:
                        on_step(name)
                    do_step(record.run_id, name, on_progress)
    except BaseException as error:
        ended = record.finish(error=f"{type(error).__name__}: {error}".strip(": "), status=RunStatus.ERRORED)
        log.exception("workflow_broke", run_id=str(record.run_id))
        if not isinstance(error, Exception):
            raise
        return ended
    return finish(record.run_id)


def known_sources(sources: Sequence[str] | None) -> Sequence[str] | None:
    """The same keys.

    Raises:
        KeyError: one of them is not declared.
    """
    unknown = [key for key in sources or () if key not in SOURCES]
    if unknown:
        raise KeyError(f"Unknown source(s) {', '.join(unknown)}. Known: {', '.join(sorted(SOURCES))}.")
    return sources


def plan(run_id: UUID) -> list[list[str]]:
    """Do what has to be done before the sources are known, then note and give the steps that follow.

    Returns:
        Groups of steps: all but the last may go on at the same time, each in its order; the last one comes when they have ended.
        Empty when nothing is to be done.
    """
    record = WorkflowRecord(run_id)
    row = record.row()
    workflow = get_workflow(row.workflow_name)
    wanted = row.execution_metadata.get("wanted")
    keys = list(wanted) if wanted is not None else [key for key, source in SOURCES.items() if source.has_address]
    if workflow.before:
        record.note(plan=[workflow.before])
        do_step(run_id, workflow.before)
        decided = WorkflowRecord.steps(record.row())[workflow.before].get("details", {})
        keys = [key for key in keys if key in decided.get("sources", ())]
    groups = [[SOURCE_STEP + key for key in group] for group in chains(SOURCES, keys)]
    after = list(workflow.after) if groups else []
    record.note(plan=[*filter(None, [workflow.before]), *(name for group in groups for name in group), *after])
    return [*groups, after] if groups else []


def do_step(run_id: UUID, name: str, on_progress: ProgressListener | None = None) -> None:
    """Do one step and note what became of it. Done before, it is left alone: a step may be delivered twice."""
    record = WorkflowRecord(run_id)
    if not record.open_step(name):
        return
    row = record.row()
    return_large_blocks()
    note_stage(str(run_id), row.source, name)
    start = time.perf_counter()
    with record.beating():
        outcome = steps.attempt(run_id, name, lambda: _act(row, name, on_progress))
    give_back()
    record.close_step(name, outcome, seconds=time.perf_counter() - start)
    log.info("workflow_step", run_id=str(run_id), step=name, status=outcome.status, text=outcome.text)


def _act(row: IngestionRun, name: str, on_progress: ProgressListener | None) -> Outcome:
    if name.startswith(SOURCE_STEP):
        act = recover if row.workflow_name == RECOVERY.key else steps.ingest
        return act(row, name.removeprefix(SOURCE_STEP), on_progress)
    return BEFORE[name](row) if name in BEFORE else steps.AFTER[name](row)


def finish(run_id: UUID) -> IngestionRun:
    """The end: final status, figures of all sources together."""
    record = WorkflowRecord(run_id)
    row = record.finish()
    log.info("workflow_finished", run_id=str(run_id), workflow=row.workflow_name, status=row.status)
    note_workflow(row, say("lines", parts=[_summed_up(name, step) for name, step in record.steps(row).items()]))
    remember_workflow(row)
    return row


def _summed_up(name: str, step: dict[str, Any]) -> Said:
    words = {"step": say("stage", name=name), "status": say("status", status=step.get("status", "–"))}
    said = said_of(step)
    return say("summary_step_said", **words, said=said) if said else say("summary_step", **words)


def left_to_recover(row: IngestionRun) -> list[str]:
    """Sources that a workflow which has ended leaves for a recovery; none after a recovery: the next check tries again."""
    if row.workflow_name == RECOVERY.key or row.status == RunStatus.CANCELLED:
        return []
    return [key for key in row.sources_failed if needs_recovery(key)]
