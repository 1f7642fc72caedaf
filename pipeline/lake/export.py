"""Snapshots: `processed/{table}/snapshot_date=YYYY-MM-DD/part-N.parquet`, typed, zstd, in Hive's partitions.

Rows stream from PostgreSQL by COPY through Arrow into the file; memory holds one block. A snapshot of the day replaces the day's
earlier one; `_manifest.json` is written last and says that it is whole.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.db import connection
from psycopg import sql

from pipeline.lake import published, store
from pipeline.lake.columns import SCHEMA, LakeColumn, columns, tables

ROWS_A_FILE = 2_000_000
_BLOCK = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was written of a table.

    Attributes:
        table, day: of what and when.
        rows, bytes: in all of its files.
        files: key -> SHA-256.
    """

    table: str
    day: str
    rows: int
    bytes: int
    files: dict[str, str]


def export(names: list[str] | None = None, *, day: date | None = None) -> list[Snapshot]:
    """Write a snapshot of each table, all as of one moment.

    Args:
        names: tables; all when None.
        day: of the partition; today (UTC) when None.

    Raises:
        KeyError: no such table.
        SourceFileError: the lake cannot be written.
    """
    on = day or datetime.now(UTC).date()
    connection.ensure_connection()
    # Of Django's own connection, outside of its transactions: all tables are of one moment.
    with connection.cursor() as django_cursor:
        cursor = django_cursor.cursor
        cursor.execute("SAVEPOINT lake" if connection.in_atomic_block else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            known = tables(cursor)
            unknown = [name for name in names or () if name not in known]
            if unknown:
                raise KeyError(f"No table {', '.join(unknown)} in the lake. Known: {', '.join(known)}.")
            return [_export(cursor, name, on) for name in (names or known)]
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT lake" if connection.in_atomic_block else "ROLLBACK")


def _export(cursor: Any, table: str, day: date) -> Snapshot:
    chosen = columns(cursor, table)
    prefix = f"processed/{table}/snapshot_date={day:%Y-%m-%d}"
    files: dict[str, str] = {}
    rows = size = 0
    with tempfile.TemporaryDirectory(prefix="ysh-lake-") as folder:
        for number, (path, count) in enumerate(_files(cursor, table, chosen, Path(folder))):
            key = f"{prefix}/part-{number:04d}.parquet"
            store.put(path, key)
            files[key] = store.sha256_of(path)
            rows, size = rows + count, size + path.stat().st_size
            path.unlink()
        snapshot = Snapshot(table, f"{day:%Y-%m-%d}", rows, size, files)
        manifest = Path(folder) / "_manifest.json"
        said = asdict(snapshot) | {
            "written_at": datetime.now(UTC).isoformat(),
            "columns": {one.name: str(one.stored) for one in chosen},
        }
        manifest.write_text(json.dumps(said, indent=1), encoding="utf-8")
        left_over = [entry.key for entry in store.entries(prefix) if entry.key.endswith(".parquet") and entry.key not in files]
        store.delete(left_over)
        store.put(manifest, f"{prefix}/_manifest.json")
    published.forget()
    return snapshot


def _files(cursor: Any, table: str, chosen: list[LakeColumn], folder: Path) -> Iterator[tuple[Path, int]]:
    """Local Parquet files, one after the other; at least one, so that a table without rows has its columns."""
    schema = pa.schema([(one.name, one.stored) for one in chosen])
    batches = _batches(cursor, table, chosen, schema)
    number, batch = 0, next(batches, None)
    while number == 0 or batch is not None:
        path, count = folder / f"{number}.parquet", 0
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            while batch is not None and count < ROWS_A_FILE:
                writer.write_batch(batch)
                count += batch.num_rows
                batch = next(batches, None)
        yield path, count
        number += 1


def _batches(cursor: Any, table: str, chosen: list[LakeColumn], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY 1) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(one.select for one in chosen), sql.Identifier(SCHEMA, table)
    )
    with cursor.copy(query) as copy:
        stream = _Stream(copy)
        if not stream.begin():
            return
        reader = pa_csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pa_csv.ReadOptions(column_names=schema.names, block_size=_BLOCK, use_threads=False),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types={one.name: one.parsed for one in chosen},
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                timestamp_parsers=[pa_csv.ISO8601],
            ),
        )
        for batch in reader:
            yield pa.RecordBatch.from_arrays(
                [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)], schema=schema
            )


class _Stream:
    """The rows of a COPY as a file that is read once."""

    def __init__(self, copy: Any) -> None:
        self._blocks, self._left, self.closed = iter(copy), b"", False

    def begin(self) -> bool:
        """Whether there is anything."""
        self._left = bytes(next(self._blocks, b""))
        return bool(self._left)

    def read(self, size: int = -1) -> bytes:
        parts, have = [self._left], len(self._left)
        while size < 0 or have < size:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append(bytes(block))
            have += len(block)
        whole = b"".join(parts)
        end = len(whole) if size < 0 else size
        self._left = whole[end:]
        return whole[:end]

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
