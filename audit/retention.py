"""Old months: archived in the lake as Parquet, whole, then rid of what is past its model's retention.

A row's creation, its last change and its deletion are always kept, whatever their age.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import structlog
from django.conf import settings
from django.db import connection, transaction

from audit import lake
from audit.models import ChainHead
from audit.registry import logged_tables
from ysh.core.db.partitions import list_partitions, month_start

log = structlog.get_logger(__name__)

_TABLE = "audit.change_log"
# Rows of a part: what is in memory at once, whatever the month's size.
_PART_ROWS = 50_000
#: columns of the archive; enough to check every hash of the month again
_COLUMNS = (
    "id", "table_schema", "table_name", "record_id", "record_label", "operation", "changed_fields", "old_values", "new_values",
    "changed_by", "change_source", "reason", "request_id", "run_id", "changed_at", "prev_hash", "entry_hash", "chain_position",
    "salt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was done, or would be done, to one month.

    Attributes:
        month: ISO, first day.
        entries: entries it had.
        removed: entries past their retention.
        archive_uri: where the whole month is in the lake; empty in a dry run.
    """

    month: str
    entries: int
    removed: int
    archive_uri: str


# The order of ids is nearly that of the chain, and has an index; `chain_position` has the order of the chain.
PART = """
SELECT {columns} FROM audit.change_log
WHERE changed_at >= %(from)s AND changed_at < %(to)s AND (id, changed_at) > (%(id)s, %(changed_at)s)
      AND chain_position IS NOT NULL
ORDER BY audit.change_log.id, audit.change_log.changed_at LIMIT %(rows)s
"""
# Changes that a later one of the same record follows; creations, deletions and erasures stay.
_PAST = """
    c.changed_at >= %(from)s AND c.changed_at < %(to)s AND c.operation = 'UPDATE' AND c.table_schema <> 'audit'
    AND c.table_schema || '.' || c.table_name = ANY (%(tables)s)
    AND EXISTS (
        SELECT FROM audit.change_log n WHERE n.table_schema = c.table_schema AND n.table_name = c.table_name
        AND n.record_id = c.record_id AND n.operation IN ('UPDATE', 'DELETE') AND (n.changed_at, n.id) > (c.changed_at, c.id)
    )
"""


def prune(today: date | None = None, *, dry_run: bool = False) -> list[Pruned]:
    """Archive and thin out every closed month in which entries are past their retention. Safe to run again at any time.

    Args:
        today: the day to count from; by default today in UTC.
        dry_run: only say what would be done.

    Raises:
        lake.LakeError: a month could not be archived; nothing of it was removed.
    """
    day = today or datetime.now(UTC).date()
    done = []
    for head in ChainHead.objects.exclude(closed_at=None).order_by("month"):
        tables = [logged.name for logged in logged_tables() if head.month < month_start(day, -logged.policy.keep_months)]
        if not tables:
            continue
        bounds: dict[str, Any] = {
            "from": f"{head.month} 00:00:00+00",
            "to": f"{month_start(head.month, 1)} 00:00:00+00",
            "tables": tables,
        }
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM audit.change_log c WHERE {_PAST}", bounds)  # noqa: S608  (text of ours)
            removed = int(cursor.fetchone()[0])
        if removed:
            done.append(Pruned(head.month.isoformat(), head.position, removed, "" if dry_run else _thin_out(head, bounds)))
    return done


def _thin_out(head: ChainHead, bounds: dict[str, Any]) -> str:
    if not head.archive_uri:
        head.archive_uri, head.archive_sha256 = archive(head.month)
        head.save(update_fields=["archive_uri", "archive_sha256"])
    months = {first: name for name, first in list_partitions(connection, _TABLE).items() if first}
    partition = months.get(head.month, f"{_TABLE}_default")
    with transaction.atomic(), connection.cursor() as cursor:
        # The append-only triggers are the owner's to switch off; in this transaction only, and for nobody else.
        cursor.execute(f"ALTER TABLE {partition} DISABLE TRIGGER USER")
        cursor.execute(f"DELETE FROM {partition} c WHERE {_PAST}", bounds)  # noqa: S608  (names of ours)
        cursor.execute(f"ALTER TABLE {partition} ENABLE TRIGGER USER")
        head.pruned_at = datetime.now(UTC)
        head.save(update_fields=["pruned_at"])
    log.info("audit_month_pruned", month=head.month.isoformat(), archive=head.archive_uri)
    return head.archive_uri


def archive(month: date) -> tuple[str, str]:
    """Write a whole month to the lake as Parquet files and a manifest with their hashes.

    Returns:
        The manifest's address and the SHA-256 of it.

    Raises:
        lake.LakeError: it cannot be written.
    """
    folder = f"archive/{month:%Y-%m}"
    parts = []
    for number, frame in enumerate(_frames(month), start=1):
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        name = f"part-{number:04d}.parquet"
        lake.put(f"{folder}/{name}", buffer.getvalue())
        parts.append({"name": name, "rows": frame.height, "sha256": hashlib.sha256(buffer.getvalue()).hexdigest()})
    manifest = json.dumps({"month": month.isoformat(), "rows": sum(part["rows"] for part in parts), "parts": parts}).encode()
    return lake.put(f"{folder}/manifest.json", manifest), hashlib.sha256(manifest).hexdigest()


def archive_fault(head: ChainHead) -> str:
    """What is wrong with a month's archive, in words; empty when its manifest and every part are those that were written."""
    folder, where = f"archive/{head.month:%Y-%m}", f"{head.month:%Y-%m} in {settings.LAKE_URL}"
    found = lake.get(f"{folder}/manifest.json")
    if found is None:
        return f"the archive of {head.month:%Y-%m} is gone from {settings.LAKE_URL}"
    if hashlib.sha256(found).hexdigest() != head.archive_sha256:
        return f"the manifest of {where} is not the one that was written"
    for part in json.loads(found)["parts"]:
        content = lake.get(f"{folder}/{part['name']}")
        if content is None:
            return f"{part['name']} of {where} is gone"
        if hashlib.sha256(content).hexdigest() != part["sha256"]:
            return f"{part['name']} of {where} is not the one that was written"
    return ""


def _frames(month: date) -> Iterator[pl.DataFrame]:
    """The month's entries in the order of ids, as text where Parquet has no such type. A part is a range of an index."""
    texts = {name: f"{name}::text" for name in ("old_values", "new_values", "request_id", "run_id", "salt")}
    hashes = {name: f"encode({name}, 'hex')" for name in ("prev_hash", "entry_hash")}
    query = PART.format(columns=", ".join(f"{(texts | hashes).get(name, name)} AS {name}" for name in _COLUMNS))
    bounds: dict[str, Any] = {"from": f"{month} 00:00:00+00", "to": f"{month_start(month, 1)} 00:00:00+00", "rows": _PART_ROWS}
    last = (-1, "-infinity")
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, bounds | {"id": last[0], "changed_at": last[1]})
            rows = cursor.fetchall()
        if not rows:
            return
        last = (rows[-1][_COLUMNS.index("id")], rows[-1][_COLUMNS.index("changed_at")])
        yield pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_NUMBERS: dict[str, Any] = {
    "id": pl.Int64,
    "chain_position": pl.Int64,
    "changed_at": pl.Datetime("us", "UTC"),
    "changed_fields": pl.List(pl.String),
}
_SCHEMA: dict[str, Any] = {name: _NUMBERS.get(name, pl.String) for name in _COLUMNS}
