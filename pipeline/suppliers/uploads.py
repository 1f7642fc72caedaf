"""What a curator does with an uploaded list: have it read, untick what is not wanted, apply it or throw it away."""

import tempfile
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.db import transaction

from pipeline.archive import archive, local_archive_path, s3_client
from pipeline.choices import ImportAction, ImportStatus, RunStatus
from pipeline.errors import SourceFileError
from pipeline.models import CatalogImport, CatalogImportRow, IngestionRun
from pipeline.run_record import RunRecord
from pipeline.summary import RunSummary
from pipeline.suppliers.mapping import from_json
from pipeline.suppliers.notes import message_of_note, message_of_refusal
from pipeline.suppliers.plan import Change, Plan, refused_rows
from pipeline.suppliers.run import ImportOptions, preview, run_import, source_of
from ysh.core.errors import YshError

log = structlog.get_logger(__name__)

PREVIEW_TASK = "pipeline.tasks.preview_catalog_import"
APPLY_TASK = "pipeline.tasks.apply_catalog_import"


class ImportStateError(YshError):
    """What was asked does not fit the upload's state."""

    default_code = "import_state"


def upload_lists(
    *,
    supplier: str,
    files: Sequence[tuple[Path, str]],
    by: str,
    mapping: MappingOf[str, Any] | None = None,
    all_or_nothing: bool = False,
) -> CatalogImport:
    """Keep the files in the archive and have them read in the background; nothing of the catalogue is touched.

    Args:
        supplier: code. files: (path, name). by: who uploads.
        mapping: a declaration's JSON, instead of the supplier's own.

    Raises:
        SourceFileError: a file cannot be kept.
    """
    kept = []
    for path, name in files:
        file = archive(path, source=f"supplier-{supplier}", day=datetime.now(UTC).date(), name=name, url=f"upload:{name}")
        kept.append({"name": name, "bytes": file.bytes, "sha256": file.sha256, "uri": file.archive_uri})
    with transaction.atomic():
        row = CatalogImport.objects.create(
            supplier_code=supplier, files=kept, mapping=mapping, all_or_nothing=all_or_nothing, requested_by=by
        )
        transaction.on_commit(lambda: current_app.send_task(PREVIEW_TASK, args=[str(row.pk)]))
    return row


def read_upload(upload: CatalogImport) -> None:
    """Parse and compare an upload, and store what it would change. Ends READY or FAILED, whatever happens."""

    def note(count: int) -> None:
        CatalogImport.objects.filter(pk=upload.pk).update(records_read=count)

    try:
        with _options(upload) as options:
            plan = preview(options, note)
        rows = [*_changed_rows(upload, plan), *_refused_rows(upload, plan)]
        summary = {name: plan.counts(name) for name in ("products", "kits")} | {"price_changes": plan.price_changes}
        with transaction.atomic():
            upload.rows.all().delete()
            CatalogImportRow.objects.bulk_create(rows, batch_size=2000)
            _set(upload, status=ImportStatus.READY, summary=summary, records_read=plan.parsed.records, error="")
    except (YshError, ValueError) as error:
        _set(upload, status=ImportStatus.FAILED, error=str(error))
    except Exception:
        log.exception("preview_failed", upload=str(upload.pk))
        _set(upload, status=ImportStatus.FAILED, error="The list could not be read; the log has the details.")
        raise


def _set(upload: CatalogImport, **values: Any) -> None:
    CatalogImport.objects.filter(pk=upload.pk).update(**values)
    upload.refresh_from_db()


@contextmanager
def _options(upload: CatalogImport, **more: Any) -> Iterator[ImportOptions]:
    """The import's options, its files fetched from the archive."""
    with tempfile.TemporaryDirectory(prefix="ysh-list-") as folder:
        paths = []
        for place, file in enumerate(upload.files):
            path = local_archive_path(file["uri"])
            if path is None:
                path = Path(folder) / str(place)
                parts = urlsplit(file["uri"])
                s3_client().download_file(parts.netloc, parts.path.lstrip("/"), str(path))
            elif not path.is_file():
                raise SourceFileError(f"{file['name']} is no longer in the archive.", todo="Upload it again.", code="gone")
            paths.append((path, file["name"]))
        mapping = from_json(upload.mapping, supplier=upload.supplier_code) if upload.mapping else None
        yield ImportOptions(
            supplier=upload.supplier_code, files=tuple(paths), mapping=mapping, all_or_nothing=upload.all_or_nothing,
            by=upload.requested_by, **more,
        )  # fmt: skip


def _changed_rows(upload: CatalogImport, plan: Plan) -> Iterator[CatalogImportRow]:
    notes: dict[str, list[str]] = {}
    for note in plan.notes:
        notes.setdefault(note.record, []).append(message_of_note(note))
    for change in (*plan.products, *plan.kits):
        if change.action == "LEFT_OUT":
            continue
        move = change.price_move
        percent = ((move[1] / move[0] - 1) * 100).quantize(Decimal("0.1")) if move and move[0] else None
        yield CatalogImportRow(
            catalog_import=upload,
            kind=change.kind,
            key=change.key,
            name=change.name[:300],
            action=change.action,
            changes=_shown(change),
            notes=notes.get(change.key, []),
            price_percent=percent if percent is None or abs(percent) < 10_000_000 else None,
            place=f"{change.parsed.file}:{change.parsed.line}"[:200],
        )


def _shown(change: Change) -> list[list[Any]]:
    """[field, before, after] of a change; a new row's fields have no before."""
    hidden = {"source_key", "url", "hybrid_ready"}
    return [[name, before, after] for name, (before, after) in change.fields.items() if name not in hidden]


def _refused_rows(upload: CatalogImport, plan: Plan) -> Iterator[CatalogImportRow]:
    for kind, refused in refused_rows(plan.parsed):
        yield CatalogImportRow(
            catalog_import=upload, kind=kind, key=str(refused.params.get("key", ""))[:100], name=refused.raw[:300],
            action=ImportAction.REJECT, changes=[[refused.column, None, refused.value]], notes=[message_of_refusal(refused)],
            place=f"{refused.file}:{refused.line}"[:200], selected=False,
        )  # fmt: skip


def choose_rows(upload: CatalogImport, *, shown: Sequence[int], ticked: Sequence[int]) -> int:
    """Take over the ticks of the rows shown on a page. Returns how many rows are left out now.

    Raises:
        ImportStateError: the upload no longer waits for a decision.
    """
    _require(upload, ImportStatus.READY)
    rows = upload.rows.filter(pk__in=shown).exclude(action=ImportAction.REJECT)
    rows.filter(pk__in=ticked).update(selected=True)
    rows.exclude(pk__in=ticked).update(selected=False)
    return upload.rows.filter(selected=False).exclude(action=ImportAction.REJECT).count()


def apply_upload(upload: CatalogImport, *, all_or_nothing: bool, by: str) -> IngestionRun:
    """Ask for the ticked rows to be written: a PENDING run now, the task after commit.

    Raises:
        ImportStateError: the upload does not wait for a decision.
        RunAlreadyActiveError: another import of the supplier is at work.
    """
    _require(upload, ImportStatus.READY)
    record = RunRecord(RunSummary(run_id=str(uuid4()), source=source_of(upload.supplier_code)), dry=False)
    with transaction.atomic():
        run = record.create(status=RunStatus.PENDING, trigger="manual", by=by)
        _set(upload, status=ImportStatus.APPLYING, run_id=run.run_id, all_or_nothing=all_or_nothing)
        transaction.on_commit(lambda: current_app.send_task(APPLY_TASK, args=[str(upload.pk)]))
    return run


def write_upload(upload: CatalogImport) -> None:
    """Carry out a requested application, without what was unticked. The list is compared anew: the catalogue may have moved."""
    left_out = frozenset(upload.rows.filter(selected=False).exclude(action=ImportAction.REJECT).values_list("kind", "key"))
    run_id = upload.run_id or UUID(int=0)
    by = IngestionRun.objects.filter(run_id=run_id).values_list("triggered_by", flat=True).first() or upload.requested_by
    with _options(upload, left_out=left_out) as options:
        report = run_import(replace(options, by=by), run_id=run_id)
    good = report.status in {RunStatus.SUCCESS, RunStatus.PARTIAL, RunStatus.UNCHANGED}
    _set(upload, status=ImportStatus.APPLIED if good else ImportStatus.FAILED, error=report.error)


def discard_upload(upload: CatalogImport, *, by: str) -> None:
    """Throw an upload away; its files stay in the archive.

    Raises:
        ImportStateError: it is being applied or was applied.
    """
    _require(upload, ImportStatus.READY, ImportStatus.PARSING, ImportStatus.FAILED)
    with transaction.atomic():
        upload.rows.all().delete()
        _set(upload, status=ImportStatus.DISCARDED)
    log.info("upload_discarded", upload=str(upload.pk), by=by)


def _require(upload: CatalogImport, *states: ImportStatus) -> None:
    if upload.status not in states:
        raise ImportStateError(
            f"The upload is {upload.get_status_display()}; this needs {', '.join(str(s.label) for s in states)}."
        )
