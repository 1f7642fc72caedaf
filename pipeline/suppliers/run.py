"""One import of a supplier's lists, as one page: archive -> parse -> compare -> write and publish -> after commit.

The command, the admin's pages, the demo and the benchmark end here. A run always ends in a final status; rows, prices and status
are committed together.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, connection, transaction

from pipeline.archive import archive
from pipeline.choices import RunStatus
from pipeline.errors import RunAlreadyActiveError, RunCancelledError, SourceFileError
from pipeline.models import IngestionRun, SourceFile, SupplierMapping
from pipeline.run_record import SUPPLIER_PREFIX, Rejects, RunRecord, close_dead_runs
from pipeline.signals import run_finished, source_published
from pipeline.stages.refusal import Refusal
from pipeline.summary import RunSummary
from pipeline.suppliers.brands import Brands
from pipeline.suppliers.maker_book import MakerBook
from pipeline.suppliers.mapping import Mapping, from_json, shipped
from pipeline.suppliers.notes import message_of_refusal
from pipeline.suppliers.parse import ListParser
from pipeline.suppliers.plan import INSERT, UNCHANGED, Plan, make_plan
from pipeline.suppliers.records import Refused
from pipeline.suppliers.report import ImportReport
from pipeline.suppliers.stored_parts import CatalogueArticles
from pipeline.suppliers.write import write_plan
from products.actions.checks import request_recheck
from products.actions.work_lists import refresh_work_lists
from products.models import Supplier
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.collecting import without_collecting
from ysh.core.db.actor_settings import set_actor
from ysh.core.db.locks import release_session_lock, try_session_lock
from ysh.core.errors import RetryableError, TerminalError
from ysh.core.said import say

log = structlog.get_logger(__name__)

ProgressListener = Callable[[str, dict[str, int]], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import is to be done.

    Attributes:
        supplier: code; the supplier is made when it is new.
        files: (path, name for people).
        mapping: instead of the supplier's own.
        all_or_nothing: refuse the whole import when a record is refused.
        dry_run: the same figures, nothing written anywhere.
        left_out: (kind, key) -> True for what a curator unticked.
        by, trigger: who asked, and how.
        priced_at: when the lists' prices were given out; None for now.
    """

    supplier: str
    files: tuple[tuple[Path, str], ...]
    mapping: Mapping | None = None
    all_or_nothing: bool = False
    dry_run: bool = False
    left_out: frozenset[tuple[str, str]] = frozenset()
    by: str = "system"
    trigger: str = "manual"
    priced_at: datetime | None = None


@dataclass(slots=True)
class _Run:
    options: ImportOptions
    report: ImportReport
    summary: RunSummary
    record: RunRecord
    on_progress: ProgressListener | None
    rejects: Rejects = field(default_factory=Rejects)
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.record.check_wanted()
        entry: dict[str, Any] = {"name": name, "started_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        self.record.stages.append(entry)
        start = time.perf_counter()
        self.progress(self.record.progress.get("rows", 0))
        try:
            yield
        finally:
            entry["seconds"] = round(time.perf_counter() - start, 3)

    def progress(self, rows: int) -> None:
        self.record.progress["rows"] = rows
        if self.on_progress is not None and self.record.stages:
            self.on_progress(self.record.stages[-1]["name"], self.record.progress)
        self.record.check_wanted()


def source_of(supplier: str) -> str:
    """The name of a supplier's runs in the log."""
    return SUPPLIER_PREFIX + supplier


def mapping_of(supplier: str) -> Mapping:
    """The supplier's own declaration: saved in the admin, else shipped, else an empty one, whose tables are guessed.

    Raises:
        MappingError: the saved one cannot be used.
    """
    saved = SupplierMapping.objects.filter(supplier_code=supplier).first()
    if saved is not None:
        return from_json(saved.mapping, supplier=supplier, origin=f"the saved mapping of {supplier}")
    return shipped(supplier) or Mapping(supplier)


def preview(options: ImportOptions, on_progress: Callable[[int], None] = lambda count: None) -> Plan:
    """Parse and compare; nothing is written.

    Raises:
        SourceFileError, MappingError: a file or the mapping cannot be used.
    """
    mapping = options.mapping or mapping_of(options.supplier)
    makers = MakerBook(options.supplier)
    plan = _plan(options, mapping, makers, on_progress, shown=True)
    plan.notes += makers.notes
    return plan


def _plan(
    options: ImportOptions, mapping: Mapping, makers: MakerBook, on_records: Callable[[int], None], *, shown: bool = False
) -> Plan:
    brands = Brands({**makers.spellings, **mapping.brands})
    parser = ListParser(
        mapping if mapping.supplier == options.supplier else _for(mapping, options.supplier),
        brands,
        CatalogueArticles(options.supplier, brands),
    )
    parsed = parser.parse(options.files, on_records)
    plan = make_plan(parsed, parser, shown=shown)
    _leave_out(plan, options.left_out)
    return plan


def _for(mapping: Mapping, supplier: str) -> Mapping:
    return replace(mapping, supplier=supplier)


def _leave_out(plan: Plan, left_out: frozenset[tuple[str, str]]) -> None:
    """What a curator unticked is not written; an article that a kept kit needs is written all the same."""
    if not left_out:
        return
    for change in plan.kits:
        if ("kit", change.key) in left_out and change.action != UNCHANGED:
            change.action = "LEFT_OUT"
    needed = {
        sku
        for change in plan.kits
        if change.components and change.action not in {"LEFT_OUT", UNCHANGED}
        for sku, *_rest in change.components
    }
    for change in plan.products:
        if (
            ("product", change.key) in left_out
            and change.action != UNCHANGED
            and not (change.action == INSERT and change.key in needed)
        ):
            change.action = "LEFT_OUT"


def run_import(
    options: ImportOptions, *, run_id: UUID | None = None, on_progress: ProgressListener | None = None
) -> ImportReport:
    """Import a supplier's lists from beginning to end.

    Args:
        options: what and how.
        run_id: an existing PENDING run to carry out; a new one is made when None.
        on_progress: called with the stage's name and progress (rows).

    Returns:
        The report, also when the import failed: look at `status` and `error`.

    Raises:
        RunAlreadyActiveError: another import of this supplier is at work.
    """
    source = source_of(options.supplier)
    summary = RunSummary(run_id=str(run_id or uuid4()), source=source, dry_run=options.dry_run)
    report = ImportReport(summary.run_id, options.supplier, dry_run=options.dry_run)
    run = _Run(options, report, summary, RunRecord(summary, dry=options.dry_run), on_progress)
    connection.ensure_connection()
    lock_holder = connection.connection
    lock = f"ingest:{source}"
    if not try_session_lock(lock_holder, lock):
        raise RunAlreadyActiveError(f"Another process is importing lists of {options.supplier} right now.", todo="Wait for it.")
    actor = current_actor()
    try:
        with (
            structlog.contextvars.bound_contextvars(run_id=summary.run_id, source=source),
            acting_as(Actor(options.by, actor.source, actor.request_id, UUID(summary.run_id), actor.reason)),
        ):
            if _begin(run, run_id):
                _carry_out(run)
                _after(run)
    finally:
        if not lock_holder.closed:
            release_session_lock(lock_holder, lock)
    return report


def _begin(run: _Run, existing: UUID | None) -> bool:
    if run.options.dry_run:
        return True
    close_dead_runs(run.summary.source, why=say("run_taken_over"))
    if existing is None:
        run.record.create(status=RunStatus.IN_PROGRESS, trigger=run.options.trigger, by=run.options.by)
        return True
    taken = IngestionRun.objects.filter(run_id=existing, status=RunStatus.PENDING).update(
        status=RunStatus.IN_PROGRESS, heartbeat_at=datetime.now(UTC)
    )
    if not taken:
        row = IngestionRun.objects.filter(run_id=existing).first()
        run.report.status = row.status if row else RunStatus.CANCELLED
    return bool(taken)


def _carry_out(run: _Run) -> None:
    run.record.start_heartbeat()
    try:
        _import(run)
    except RunCancelledError as error:
        _fail(run, RunStatus.CANCELLED, error)
    except (TerminalError, ValueError) as error:  # ValueError: a mapping that cannot be used
        _fail(run, RunStatus.FAILED, error, stack="" if isinstance(error, TerminalError) else traceback.format_exc())
    except RetryableError as error:
        _fail(run, RunStatus.ERRORED, error)
    except BaseException as error:
        _fail(run, RunStatus.ERRORED, error, stack=traceback.format_exc())
        if not isinstance(error, Exception):
            raise
    finally:
        run.record.stop_heartbeat()


def _import(run: _Run) -> None:
    options = run.options
    mapping = options.mapping or mapping_of(options.supplier)
    with run.stage("archive"):
        if not options.dry_run:
            _archive(run)
    with run.stage("parse"), without_collecting():
        makers = MakerBook(options.supplier)
        plan = _plan(options, mapping, makers, run.progress)
    run.report.take(plan)
    run.rejects.add([refusal_of(refused) for refused in plan.parsed.refused])
    plan.notes += makers.notes
    if not plan.parsed.records:
        raise SourceFileError("Expected records of products or kits, found none.", todo="Look at the mapping.", code="empty")
    if options.all_or_nothing and plan.parsed.refused:
        raise SourceFileError(
            f"{len(plan.parsed.refused)} records were refused, so nothing was written, as asked (all or nothing).",
            todo="Correct them, or import the good rows only.",
            code="all_or_nothing",
        )
    if options.dry_run:
        _finish(run)
        return
    # `durable`: an outer transaction would tear rows and status apart.
    with transaction.atomic(durable=True):
        with run.stage("merge"), without_collecting(), connection.cursor() as cursor:
            Supplier.objects.get_or_create(
                code=options.supplier, defaults={"name": mapping.name or options.supplier.capitalize()}
            )
            makers.keep_learnt()
            run.report.notes += makers.add_new(
                change.parsed.brand for change in plan.products if hasattr(change.parsed, "brand") and change.action != UNCHANGED
            )
            # What follows goes around Django's cursor, which would have told PostgreSQL who acts.
            set_actor(cursor.cursor.connection, current_actor())
            write_plan(
                cursor.cursor, plan, supplier=options.supplier, run_id=UUID(run.summary.run_id), makers=makers,
                now=options.priced_at or datetime.now(UTC),
            )  # fmt: skip
        with run.stage("publish"):
            run.record.stop_heartbeat()
            run.record.claim_publication()
            run.rejects.store(UUID(run.summary.run_id))
            SourceFile.objects.filter(run_id=UUID(run.summary.run_id)).update(published=True)
        _finish(run)


def _archive(run: _Run) -> None:
    day = datetime.now(UTC).date()
    folder = f"supplier-{run.options.supplier}"
    names = []
    for path, name in run.options.files:
        kept = archive(path, source=folder, day=day, name=name, url=f"file:{name}")
        SourceFile.objects.create(
            run_id=UUID(run.summary.run_id),
            source=run.summary.source,
            url=kept.url,
            sha256=kept.sha256,
            bytes=kept.bytes,
            archive_uri=kept.archive_uri,
        )
        names.append(name)
        run.summary.archive_uri = kept.archive_uri
    run.summary.source_url = f"file:{', '.join(names)}"[:2000]


def refusal_of(refused: Refused) -> Refusal:
    """A refused record as a row of the run's refused rows."""
    return Refusal(
        line=refused.line,
        column=refused.column,
        value=refused.value,
        reason=refused.reason,
        message=message_of_refusal(refused),
        raw=f"{refused.file}: {refused.raw}",
    )


def _finish(run: _Run) -> None:
    report = run.report
    changed = report.inserted or report.updated
    report.status = (RunStatus.PARTIAL if report.rejected else RunStatus.SUCCESS if changed else RunStatus.UNCHANGED).value
    _fill_summary(run)
    if not run.options.dry_run:
        run.record.finish(RunStatus(report.status))


def _fill_summary(run: _Run) -> None:
    report, summary = run.report, run.summary
    report.duration_seconds = summary.duration_seconds = round(time.perf_counter() - run.began, 3)
    summary.status, summary.fetched = report.status, report.records
    summary.inserted, summary.updated, summary.unchanged = report.inserted, report.updated, report.unchanged
    summary.processed, summary.rejected = report.inserted + report.updated + report.unchanged, report.rejected
    summary.rejects_by_reason = report.rejects_by_reason
    counts: dict[str, int] = {}
    for note in report.notes:
        counts[note.code] = counts.get(note.code, 0) + 1
    run.record.extra |= {
        "products": report.products,
        "kits": report.kits,
        "price_changes": report.price_changes,
        "warnings": counts,
    }


def _fail(run: _Run, status: RunStatus, error: BaseException, *, stack: str = "") -> None:
    run.record.stop_heartbeat()
    run.report.wrote_nothing()
    run.report.status, run.report.error = status.value, str(error)
    run.report.error_code = getattr(error, "code", type(error).__name__)
    _fill_summary(run)
    log.error("import_failed", status=status.value, error=run.report.error, stack=stack or None)
    if run.options.dry_run:
        return
    if connection.connection is None or connection.connection.closed:
        connection.close()
    with transaction.atomic():
        run.rejects.store(UUID(run.summary.run_id))
        run.record.finish(status, error=run.report.error, stack=stack)


def _after(run: _Run) -> None:
    """Announcements; a fault here is logged, the rows are published all the same."""
    if run.options.dry_run:
        return
    if run.summary.changed and not run.report.error:
        request_recheck()
        try:
            refresh_work_lists()
        except DatabaseError as error:
            log.exception("work_lists_failed", error=str(error))
    told: MappingOf[str, Any] = {"source": run.summary.source, "run_id": UUID(run.summary.run_id), "summary": run.summary}
    signals = [source_published] if run.summary.changed and not run.report.error else []
    for signal in (*signals, run_finished):
        for _receiver, response in signal.send_robust(sender=RunSummary, **told):
            if isinstance(response, Exception):
                log.error("receiver_failed", error=repr(response))
    log.info("import_finished", status=run.report.status, products=run.report.products, kits=run.report.kits)
