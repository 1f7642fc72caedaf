"""One import run, as one page: fetch -> archive -> parse -> convert -> stage -> check -> merge and publish -> after commit.

Every button, API call, command and task ends here. A run always ends in a final status, whatever happens. Rows, status and
the source file's hash are committed together, so a process killed at any moment leaves the table as before or as after.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, connection, transaction

from aneel.municipality_loader import ensure_municipalities
from pipeline.archive import Fetched
from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError, RunCancelledError, said_of_error, storable
from pipeline.models import IngestionRun, SourceFile
from pipeline.portals.values import moment
from pipeline.quality.run_checks import CheckResult
from pipeline.remembered import note_checks, note_stage
from pipeline.run_record import Rejects, RunRecord, close_dead_runs, store_checks
from pipeline.signals import run_finished, source_published
from pipeline.sources.base import Source
from pipeline.sources.registry import get_source
from pipeline.stages.fetch import fetched
from pipeline.stages.load_file import FileLoad
from pipeline.stages.open_reader import open_reader
from pipeline.summary import RunSummary
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.cache.namespaces import of_source
from ysh.core.cache.watch import bump_on_commit
from ysh.core.db.actor_settings import set_actor
from ysh.core.db.locks import release_session_lock, try_session_lock
from ysh.core.errors import RetryableError, TerminalError
from ysh.core.memory import return_large_blocks
from ysh.core.said import say

log = structlog.get_logger(__name__)

ProgressListener = Callable[[str, dict[str, int]], None]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is to be done.

    Attributes:
        file, url: where to take the file from; the source's own address when both are None.
        dry_run: the same counts, nothing written anywhere.
        limit: only the first so many rows; nothing is removed then.
        force: load even when the same bytes were published last.
        keep_missing: the file is an extract: rows it lacks are left alone.
        allow_removals: accept that more rows vanish than the source's declaration allows.
        trigger: one of `TriggerType`.
        by: who asked.
        fallback: what stands in for the primary source; empty for the source itself.
        workflow: name of the workflow it belongs to; empty when it stands alone.
        parent: the workflow's run, which refreshes statistics once for all its sources.
    """

    file: Path | None = None
    url: str | None = None
    dry_run: bool = False
    limit: int | None = None
    force: bool = False
    keep_missing: bool = False
    allow_removals: bool = False
    trigger: str = "manual"
    by: str = "system"
    fallback: str = ""
    workflow: str = ""
    parent: UUID | None = None

    def of_the_file(self) -> dict[str, bool]:
        """What a person said about the file, which a retry of the same file has to say again."""
        said = {"keep_missing": self.keep_missing, "allow_removals": self.allow_removals}
        return {name: True for name, value in said.items() if value}


@dataclass(slots=True)
class Run:
    """A run in progress: its options, record, rejects and stage clock."""

    source: Source
    options: RunOptions
    summary: RunSummary
    record: RunRecord
    on_progress: ProgressListener | None = None
    rejects: Rejects = field(default_factory=Rejects)
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage, show it, and stop before it when the run is to be stopped."""
        self.record.check_wanted()
        entry: dict[str, Any] = {"name": name, "started_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        self.record.stages.append(entry)
        if not self.options.dry_run:
            note_stage(self.summary.run_id, self.source.key, name, parent=self.options.parent)
        start = time.perf_counter()
        self.progress(0, 0)
        try:
            yield
        finally:
            entry["seconds"] = round(time.perf_counter() - start, 3)
            log.info("stage", stage=name, seconds=entry["seconds"])

    def progress(self, rows: int, bytes_read: int, total_bytes: int | None = None) -> None:
        """Note how far the stage is; cheap, called once per batch."""
        progress = self.record.progress
        progress["rows"], progress["bytes"] = rows, bytes_read
        if total_bytes is not None:
            progress["total_bytes"] = total_bytes
        if self.on_progress is not None and self.record.stages:
            self.on_progress(self.record.stages[-1]["name"], progress)
        self.record.check_wanted()

    def note_file(self, file: Fetched) -> None:
        """Note a file that was archived."""
        _note_file(self, file)

    def publish(self, checks: list[CheckResult], *, status: RunStatus) -> None:
        """Last act of the transaction of a source that carries out its runs itself: what the run did, and how it ended."""
        with self.stage("publish"):
            _publish(self, checks)
        _finish_summary(self, status)
        self.record.finish(status)

    def finish_summary(self, status: RunStatus) -> None:
        """End the summary of a run that writes nothing."""
        _finish_summary(self, status)


def run_source(
    source_key: str, options: RunOptions, *, run_id: UUID | None = None, on_progress: ProgressListener | None = None
) -> RunSummary:
    """Run one source from beginning to end.

    Args:
        source_key: a key of the registry.
        options: how.
        run_id: an existing PENDING run to carry out; a new one is made when None.
        on_progress: called with the stage's name and progress (rows, bytes, total_bytes).

    Returns:
        The summary, also when the run failed: look at `status` and `error`.

    Raises:
        KeyError: unknown source.
        RunAlreadyActiveError: another process runs this source.
    """
    source = get_source(source_key)
    summary = RunSummary(run_id=str(run_id or uuid4()), source=source.key, dry_run=options.dry_run)
    run = Run(source, options, summary, RunRecord(summary, dry=options.dry_run), on_progress)
    if options.fallback:
        summary.used_fallback, run.record.extra["fallback"] = True, options.fallback
    return_large_blocks()
    lock = f"ingest:{source.key}"
    connection.ensure_connection()
    lock_holder = connection.connection
    if not try_session_lock(lock_holder, lock):
        raise RunAlreadyActiveError(
            f"Another process is running {source.key} right now.", todo="Wait for it, or cancel it in the admin."
        )
    try:
        with (
            structlog.contextvars.bound_contextvars(run_id=summary.run_id, source=source.key),
            acting_as(
                Actor(
                    options.by, current_actor().source, current_actor().request_id, UUID(summary.run_id), current_actor().reason
                )
            ),
        ):
            if _begin(run, existing=run_id):
                _carry_out(run)
                _after(run)
    finally:
        if not lock_holder.closed:
            release_session_lock(lock_holder, lock)
    return summary


def _begin(run: Run, *, existing: UUID | None) -> bool:
    """Make or take over the log row; False when the run was ended before it began (cancelled, or delivered twice)."""
    if run.options.dry_run:
        return True
    # We hold the source's lock, so whoever left a run in progress is gone.
    dead = close_dead_runs(run.source.key, why=say("run_taken_over"))
    if dead:
        log.warning("took_over", closed_runs=dead)
    if said := run.options.of_the_file():
        run.record.extra["options"] = said
    if existing is None:
        run.record.create(
            status=RunStatus.IN_PROGRESS,
            trigger=run.options.trigger,
            by=run.options.by,
            workflow=run.options.workflow,
            requested={"workflow_run": str(run.options.parent)} if run.options.parent else None,
        )
    else:
        taken = IngestionRun.objects.filter(run_id=existing, status=RunStatus.PENDING).update(
            status=RunStatus.IN_PROGRESS, heartbeat_at=datetime.now(UTC)
        )
        if not taken:
            row = IngestionRun.objects.filter(run_id=existing).first()
            run.summary.status = row.status if row else RunStatus.CANCELLED
            log.info("nothing_to_do", status=run.summary.status)
            return False
    return True


def _carry_out(run: Run) -> None:
    run.record.start_heartbeat()
    log.info("run_started", trigger=run.options.trigger, by=run.options.by, dry_run=run.options.dry_run)
    try:
        if run.source.carry_out is not None:
            run.source.carry_out(run)
            return
        with fetched_file(run) as file:
            if _is_unchanged(run, file):
                _end(run, RunStatus.UNCHANGED)
                return
            _load(run, file)
    except RunCancelledError as error:
        _fail(run, RunStatus.CANCELLED, error)
    except TerminalError as error:
        _fail(run, RunStatus.FAILED, error)
    except RetryableError as error:
        _fail(run, RunStatus.ERRORED, error)
    except BaseException as error:
        _fail(run, RunStatus.ERRORED, error, stack=traceback.format_exc())
        if not isinstance(error, Exception):
            raise
    finally:
        run.record.stop_heartbeat()


@contextmanager
def fetched_file(run: Run) -> Iterator[Fetched]:
    """Fetch and archive, and note the file in the run."""
    with run.stage("fetch"):
        context = fetched(
            run.source,
            file=run.options.file,
            url=run.options.url,
            keep=not run.options.dry_run,
            force=run.options.force,
            counted=run.record.counted,
            on_bytes=lambda done, total: run.progress(0, done, total),
        )
        file = context.__enter__()
    try:
        run.summary.source_url, run.summary.archive_uri = file.url, file.archive_uri
        if not run.options.dry_run:
            _note_file(run, file)
        yield file
    finally:
        context.__exit__(None, None, None)


def _note_file(run: Run, file: Fetched) -> None:
    SourceFile.objects.create(
        run_id=UUID(run.summary.run_id),
        source=run.source.key,
        url=file.url,
        sha256=file.sha256,
        bytes=file.bytes,
        etag=file.etag if len(file.etag) <= 200 else "",
        last_modified=moment(file.last_modified),
        archive_uri=file.archive_uri,
    )


def _is_unchanged(run: Run, file: Fetched) -> bool:
    """Whether these very bytes are what was published last, and nothing else was loaded since (an extract, the first N rows)."""
    if run.options.force or run.options.limit is not None:
        return False
    taken = IngestionRun.objects.filter(source=run.source.key, status__in=(RunStatus.SUCCESS, RunStatus.PARTIAL))
    files = SourceFile.objects.filter(source=run.source.key, run_id__in=taken.values("run_id"))
    last = files.order_by("-fetched_at", "-id").first()
    if last is None or not last.published or last.sha256 != file.sha256:
        return False
    published = IngestionRun.objects.filter(run_id=last.run_id).values_list("execution_metadata__data_date", flat=True).first()
    run.record.data_date = date.fromisoformat(published) if published else None
    return True


def _load(run: Run, file: Fetched) -> None:
    with run.stage("open"):
        reader = open_reader(file.path, run.source, name=file.name)
    run.record.extra["unknown_columns"], run.record.extra["absent_columns"] = reader.unknown_columns, reader.absent_columns
    run.record.progress["total_bytes"] = reader.total_bytes
    load = FileLoad(run, reader)
    # `durable`: an outer transaction would tear rows, status and hash apart.
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            ensure_municipalities(cursor)
            # What follows goes around Django's cursor, which would have told PostgreSQL who acts.
            set_actor(cursor.cursor.connection, current_actor())
            load.execute(cursor.cursor)
        if run.options.dry_run:
            transaction.set_rollback(True)
        else:
            run.publish(load.check_results, status=_status(run))
    _finish_summary(run, _status(run))


def _status(run: Run) -> RunStatus:
    return RunStatus.PARTIAL if run.summary.rejected else RunStatus.SUCCESS


def _publish(run: Run, checks: list[CheckResult]) -> None:
    """What the run did, and that its files are now the published ones; within the load's transaction."""
    run.record.stop_heartbeat()
    run.record.claim_publication()
    run_id = UUID(run.summary.run_id)
    run.rejects.store(run_id)
    store_checks(run_id, run.source.table, checks)
    note_checks(run.summary.run_id, run.source.key, checks, parent=run.options.parent)
    if run.options.limit is None and not run.options.keep_missing:
        SourceFile.objects.filter(run_id=run_id).update(published=True)
    # COPY passes by Django's cursors: no kept answer made of these rows outlives the commit.
    bump_on_commit(set(of_source(run.source.key)))


def _finish_summary(run: Run, status: RunStatus) -> None:
    summary = run.summary
    summary.status = status.value
    summary.duration_seconds = round(time.perf_counter() - run.began, 3)
    summary.rows_per_second = round(summary.fetched / summary.duration_seconds, 1) if summary.duration_seconds else 0.0


def _end(run: Run, status: RunStatus) -> None:
    run.record.stop_heartbeat()
    _finish_summary(run, status)
    if not run.options.dry_run:
        run.record.finish(status)


def _fail(run: Run, status: RunStatus, error: BaseException, *, stack: str = "") -> None:
    """Close the run. The load's transaction is rolled back by now; the refused rows and checks are kept to learn from."""
    run.record.stop_heartbeat()
    summary = run.summary
    summary.inserted = summary.updated = summary.removed = summary.unchanged = summary.processed = 0
    summary.error, summary.error_code = str(error), getattr(error, "code", type(error).__name__)
    summary.error_said = storable(said_of_error(error))
    run.record.extra["error_code"] = summary.error_code
    if not isinstance(summary.error_said, str):
        run.record.extra["error_said"] = say("fault", code=summary.error_code, detail=summary.error_said)
    summary.rejected, summary.rejects_by_reason = run.rejects.total, dict(run.rejects.by_reason)
    _finish_summary(run, status)
    log.error("run_failed", status=status.value, error=summary.error, stack=stack or None)
    if run.options.dry_run:
        return
    if connection.connection is None or connection.connection.closed:
        connection.close()
    with transaction.atomic():
        run.rejects.store(UUID(summary.run_id))
        store_checks(UUID(summary.run_id), run.source.table, getattr(error, "check_results", []))
        run.record.finish(status, error=summary.error, stack=stack)


def _after(run: Run) -> None:
    """What follows a commit: statistics and announcements. A fault here is logged; the data are published all the same."""
    summary = run.summary
    if run.options.dry_run:
        return
    run_id = UUID(summary.run_id)
    if summary.changed and summary.status in (RunStatus.SUCCESS, RunStatus.PARTIAL):
        if run.options.parent is None:
            try:
                run.source.after_publish()
            except DatabaseError as error:
                log.exception("statistics_failed", error=str(error))
        for _receiver, response in source_published.send_robust(
            sender=Source, source=summary.source, run_id=run_id, summary=summary
        ):
            if isinstance(response, Exception):
                log.error("receiver_failed", error=repr(response))
    for _receiver, response in run_finished.send_robust(sender=Source, source=summary.source, run_id=run_id, summary=summary):
        if isinstance(response, Exception):
            log.error("receiver_failed", error=repr(response))
    summary.duration_seconds = round(time.perf_counter() - run.began, 3)
    log.info("run_finished", **{key: value for key, value in summary.as_json().items() if key not in {"run_id", "source"}})
