"""Snapshots: `processed/{table}/snapshot_date=YYYY-MM-DD/part-N.parquet`, typed, zstd, in Hive's partitions.

Rows stream from PostgreSQL by COPY through Arrow into the file; memory holds one row group. A snapshot of the day replaces the
day's earlier one; `_manifest.json` is written last and says that it is whole.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
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
# What is in memory at once: text of COPY, and a row group with what its compression needs. Four times as many rows a group make a
# file an eighth smaller and cost 20 MB more.
_BLOCK_BYTES = 512 * 1024
_GROUP_ROWS = 16_384


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
    groups = _groups(cursor, table, chosen, schema)
    number, group = 0, next(groups, None)
    while number == 0 or group is not None:
        path, count = folder / f"{number}.parquet", 0
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            while group is not None and count < ROWS_A_FILE:
                writer.write_table(group)
                count += group.num_rows
                group = next(groups, None)
        yield path, count
        number += 1


def _groups(cursor: Any, table: str, chosen: list[LakeColumn], schema: pa.Schema) -> Iterator[pa.Table]:
    """The table's rows, about `_GROUP_ROWS` at a time."""
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY 1) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(one.select for one in chosen), sql.Identifier(SCHEMA, table)
    )
    convert = pa_csv.ConvertOptions(
        column_types={one.name: one.parsed for one in chosen},
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        timestamp_parsers=[pa_csv.ISO8601],
    )
    held: list[pa.Table] = []
    with cursor.copy(query) as copy:
        for block in _blocks(copy):
            # Whole rows, hence one chunk. Arrow's own reader of streams reads ahead in threads, which costs 100 MB.
            found = pa_csv.read_csv(
                pa.BufferReader(block),
                read_options=pa_csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1, use_threads=False),
                parse_options=pa_csv.ParseOptions(newlines_in_values=True),
                convert_options=convert,
            )
            held.append(
                pa.Table.from_arrays(
                    [column.cast(field.type) for column, field in zip(found.columns, schema, strict=True)], schema=schema
                )
            )
            if sum(one.num_rows for one in held) >= _GROUP_ROWS:
                yield pa.concat_tables(held)
                held.clear()
    if held:
        yield pa.concat_tables(held)


def _blocks(copy: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Rows of a COPY, which come one by one, `_BLOCK_BYTES` or a little more at a time."""
    parts: list[bytes] = []
    size = 0
    for row in copy:
        parts.append(bytes(row))
        size += len(row)
        if size >= _BLOCK_BYTES:
            yield b"".join(parts)
            parts.clear()
            size = 0
    if parts:
        yield b"".join(parts)
