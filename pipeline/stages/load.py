"""Rows into PostgreSQL: keys for comparing, typed rows by COPY, and the merge, all in the caller's transaction.

Two ways, one result. An empty table takes the rows straight, its indexes and foreign keys built afterwards (`bulk`). Otherwise
the keys and fingerprints of the file are compared with the stored ones in one join, and only rows that differ are converted,
staged and written (`delta`); rows that did not change are never parsed, let alone written.
"""

import io
from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

import numpy as np
import polars as pl
from psycopg import sql

from pipeline.sources.base import Completion, Source
from pipeline.stages.prefetch import prefetch
from pipeline.stages.reader import IntArray, KeyBatch
from ysh.core.db.beside import beside

_BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_BINARY_TRAILER = b"\xff\xff"
# Empty text is written with quotes, so that only null is nothing at all; every other marker could be a published value.
NULL = ""


def _table(source: Source) -> sql.Identifier:
    return sql.Identifier(*source.table.split("."))


def _active(source: Source, alias: str) -> sql.SQL:
    """Whether a row of the table is in use; every row is, where vanished ones are deleted."""
    return sql.SQL(f"{alias}status = 'ACTIVE'" if source.vanished == "mark" else "true")


def _columns(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


# --- keys


class KeyStage:
    """The keys of one file in a temporary table: `seen(key, hash, line)`."""

    def __init__(self, cursor: Any) -> None:
        cursor.execute("CREATE TEMP TABLE seen (key text NOT NULL, hash bigint NOT NULL, line bigint NOT NULL) ON COMMIT DROP")
        self._cursor = cursor
        self.rows = 0

    def copy(self, batches: Iterable[KeyBatch]) -> None:
        """Stream the batches in by binary COPY."""
        with self._cursor.copy("COPY seen (key, hash, line) FROM STDIN (FORMAT binary)") as copy:
            copy.write(_BINARY_HEADER)
            for batch in batches:
                self.rows += len(batch.lines)
                copy.write(self._binary(batch))
            copy.write(_BINARY_TRAILER)
        self._cursor.execute("ANALYZE seen")

    @staticmethod
    def _binary(batch: KeyBatch) -> bytes:
        """Rows of COPY's binary format, laid out as one array; keys shorter than the batch's width take a slower way."""
        lengths = np.char.str_len(batch.keys)
        parts = []
        for size in np.unique(lengths).tolist():
            chosen = lengths == size
            row = np.dtype(
                [
                    ("fields", ">i2"),
                    ("n1", ">i4"),
                    ("key", f"V{size}"),
                    ("n2", ">i4"),
                    ("hash", ">i8"),
                    ("n3", ">i4"),
                    ("line", ">i8"),
                ]
                if size
                else [("fields", ">i2"), ("n1", ">i4"), ("n2", ">i4"), ("hash", ">i8"), ("n3", ">i4"), ("line", ">i8")]
            )
            table = np.zeros(int(chosen.sum()), dtype=row)
            table["fields"], table["n1"], table["n2"], table["n3"] = 3, size, 8, 8
            if size:
                table["key"] = np.ascontiguousarray(batch.keys[chosen].astype(f"S{size}")).view(f"V{size}")
            table["hash"], table["line"] = batch.hashes[chosen], batch.lines[chosen]
            parts.append(table.tobytes())
        return b"".join(parts)

    def compare(self, source: Source, *, by_row_hash: bool, within: sql.Composable) -> None:
        """Write the differences to a temporary table `delta(line, id)`: new, changed, returned rows by line, vanished ones by id.

        Args:
            source: names the table.
            by_row_hash: the keys carry the first 8 bytes of the canonical row hash instead of the file's fingerprint.
            within: which rows of the table the file speaks for.
        """
        stored = (
            sql.SQL("('x' || encode(substring(row_hash FROM 1 FOR 8), 'hex'))::bit(64)::bigint")
            if by_row_hash
            else sql.SQL("source_fingerprint")
        )
        self._cursor.execute(
            sql.SQL(
                """
                CREATE TEMP TABLE delta ON COMMIT DROP AS
                SELECT s.line, g.id FROM seen s
                FULL JOIN (SELECT id, {key} AS key, {stored} AS hash, {active} AS active FROM {table} WHERE {within}) g
                    ON g.key = s.key
                WHERE g.id IS NULL
                   OR (s.key IS NULL AND g.active)
                   OR (s.key IS NOT NULL AND (g.hash IS DISTINCT FROM s.hash OR NOT g.active))
                """
            ).format(
                key=sql.Identifier(source.table_key),
                stored=stored,
                active=_active(source, ""),
                table=_table(source),
                within=within,
            )
        )

    def repeated_lines(self) -> IntArray:
        """Lines of keys that stand more than once in the file, all their occurrences."""
        repeated = "SELECT key FROM seen WHERE key <> '' GROUP BY key HAVING count(*) > 1"
        return self._lines(f"SELECT line FROM seen WHERE key IN ({repeated}) ORDER BY line")  # noqa: S608  (text of ours)

    def different_lines(self) -> IntArray:
        """Lines of the rows that are new, changed or returned."""
        return self._lines("SELECT line FROM delta WHERE line IS NOT NULL ORDER BY line")

    def _lines(self, query: str) -> IntArray:
        """A query's one column of line numbers, 8 bytes each however many they are."""
        parts = []
        with self._cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
            for part in copy:
                parts.append(bytes(part))
        row = np.dtype([("fields", ">i2"), ("size", ">i4"), ("line", ">i8")])
        data = b"".join(parts)[len(_BINARY_HEADER) : -len(_BINARY_TRAILER)]
        return np.frombuffer(data, dtype=row)["line"].astype(np.int64)

    def vanished(self) -> int:
        """How many active rows of the table the file does not have."""
        self._cursor.execute("SELECT count(*) FROM delta WHERE line IS NULL")
        return int(self._cursor.fetchone()[0])


# --- typed rows


class RowStage:
    """Typed rows by COPY, into a temporary table `stage` or straight into the empty target."""

    def __init__(self, cursor: Any, source: Source, *, run_id: str, direct: bool, completion: Completion | None = None) -> None:
        self._cursor, self._source, self._run_id, self.direct = cursor, source, run_id, direct
        self._completion = completion
        self.names = [*source.row_columns, *(completion.columns if completion else ())]
        if direct:
            self._into = sql.SQL("{} ({}, source_run_id)").format(_table(source), _columns(self.names))
        else:
            self._into = sql.SQL("stage ({}, line)").format(_columns(self.names))
            cursor.execute(
                sql.SQL("CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT {}, 0::bigint AS line FROM {} WITH NO DATA").format(
                    _columns(self.names), _table(source)
                )
            )

    def copy(self, frames: Iterable[pl.DataFrame]) -> None:
        """Stream the frames in by COPY; straight into the target as frozen rows of a file of its own (see `start_afresh`)."""
        options = sql.SQL("FORMAT csv, NULL {}").format(sql.Literal(NULL))
        if self.direct:
            start_afresh(self._cursor, self._source)
            options += sql.SQL(", FREEZE")
        statement = sql.SQL("COPY {} FROM STDIN ({})").format(self._into, options)
        with closing(self._completed(frames)) as completed, self._cursor.copy(statement) as copy:
            for frame in completed:
                copy.write(self._csv(frame))
        if not self.direct:
            self._cursor.execute("ANALYZE stage")

    def _completed(self, frames: Iterable[pl.DataFrame]) -> Generator[pl.DataFrame]:
        """The frames with what they take from another table, looked up by a connection of its own while others are copied."""
        completion = self._completion
        if completion is None:
            yield from frames
            return
        with beside() as cursor:
            yield from prefetch(completion.complete(cursor, frame) for frame in frames if frame.height)

    def _csv(self, frame: pl.DataFrame) -> bytes:
        last = pl.lit(self._run_id).alias("source_run_id") if self.direct else pl.col("line")
        text = io.BytesIO()
        frame.select(*self.names, last).write_csv(text, include_header=False, null_value=NULL, date_format="%Y-%m-%d")
        return text.getvalue()


def start_afresh(cursor: Any, source: Source) -> None:
    """Give the empty table a new file on disk, which becomes its own at commit and is thrown away on rollback.

    Rows copied into it in the same transaction may be written frozen: each page reaches the disk once, instead of a second time
    for the hint bits of its first reader and a third time by vacuum (PostgreSQL manual 15: COPY, FREEZE).
    """
    cursor.execute(sql.SQL("TRUNCATE {}").format(_table(source)))


# --- repeated keys


def resolve_repeated(cursor: Any, source: Source) -> tuple[int, list[tuple[int, str]]]:
    """Leave one row per key in `stage`: the later by `prefer_later`, then by line.

    Returns:
        How many identical copies were dropped, and (line, key) of each different row that lost.
    """
    key, prefer = sql.Identifier(source.table_key), sql.Identifier(source.prefer_later or "line")
    cursor.execute(
        sql.SQL(
            """
            WITH ranked AS (
                SELECT ctid AS place, {key} AS key, line, row_hash,
                       row_number() OVER (PARTITION BY {key}, row_hash ORDER BY line DESC) AS copy_number,
                       first_value(row_hash) OVER (PARTITION BY {key} ORDER BY {prefer} DESC NULLS LAST, line DESC) AS winner
                FROM stage WHERE {key} IN (SELECT {key} FROM stage GROUP BY {key} HAVING count(*) > 1)
            ), gone AS (
                DELETE FROM stage USING ranked WHERE stage.ctid = ranked.place AND (copy_number > 1 OR ranked.row_hash <> winner)
                RETURNING ranked.line, ranked.key, copy_number
            )
            SELECT line, key, copy_number FROM gone ORDER BY line
            """
        ).format(key=key, prefer=prefer)
    )
    rows = cursor.fetchall()
    return sum(1 for row in rows if row[2] > 1), [(row[0], row[1]) for row in rows if row[2] == 1]


# --- merge


def merge_stage(cursor: Any, source: Source, *, run_id: str) -> tuple[int, int]:
    """Write `stage` into the table: new keys inserted, different rows updated, equal ones left alone.

    Returns:
        Rows inserted, rows updated.
    """
    table, key = _table(source), sql.Identifier(source.table_key)
    names = source.row_columns
    assign, fill = sql.SQL("{0} = s.{0}"), sql.SQL("{0} = CASE WHEN s.{0}::text <> '' THEN s.{0} ELSE t.{0} END")
    assignments = sql.SQL(", ").join(
        (fill if name in source.fills else assign).format(sql.Identifier(name)) for name in names if name != source.table_key
    )
    if source.vanished == "mark":
        assignments += sql.SQL(", status = 'ACTIVE', deactivation_date = NULL")
    cursor.execute(
        sql.SQL(
            """
            UPDATE {table} t SET {assignments}, source_run_id = %s
            FROM stage s WHERE t.{key} = s.{key} AND (t.row_hash IS DISTINCT FROM s.row_hash OR NOT {active})
            """
        ).format(table=table, assignments=assignments, key=key, active=_active(source, "t.")),
        [run_id],
    )
    updated = cursor.rowcount
    cursor.execute(
        sql.SQL(
            """
            INSERT INTO {table} ({columns}, source_run_id)
            SELECT {columns}, %s FROM stage s WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.{key} = s.{key}) ORDER BY s.line
            """
        ).format(table=table, columns=_columns(names), key=key),
        [run_id],
    )
    return int(cursor.rowcount), int(updated)


def insert_stage(cursor: Any, source: Source, names: Iterable[str], *, run_id: str) -> None:
    """Insert these columns of all of `stage` (its keys are known to be absent from the table)."""
    columns = _columns(names)
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}, source_run_id) SELECT {}, %s FROM stage ORDER BY line").format(
            _table(source), columns, columns
        ),
        [run_id],
    )


def count_merge(cursor: Any, source: Source) -> tuple[int, int]:
    """What `merge_stage` would insert and update, without doing it."""
    cursor.execute(
        sql.SQL(
            """
            SELECT count(*) FILTER (WHERE t.id IS NULL),
                   count(*) FILTER (WHERE t.id IS NOT NULL AND (t.row_hash IS DISTINCT FROM s.row_hash OR NOT {active}))
            FROM stage s LEFT JOIN {table} t ON t.{key} = s.{key}
            """
        ).format(table=_table(source), key=sql.Identifier(source.table_key), active=_active(source, "t."))
    )
    inserted, updated = cursor.fetchone()
    return int(inserted), int(updated)


def remove_vanished(cursor: Any, source: Source, *, on: Any, run_id: str) -> int:
    """Mark the rows that `delta` found missing as removed on that day, or delete them, as the source says. Returns how many."""
    if source.vanished == "delete":
        cursor.execute(sql.SQL("DELETE FROM {} t USING delta d WHERE d.line IS NULL AND d.id = t.id").format(_table(source)))
        return int(cursor.rowcount)
    cursor.execute(
        sql.SQL(
            "UPDATE {} t SET status = 'REMOVED', deactivation_date = %s, source_run_id = %s "
            "FROM delta d WHERE d.line IS NULL AND d.id = t.id"
        ).format(_table(source)),
        [on, run_id],
    )
    return int(cursor.rowcount)


def active_rows(cursor: Any, source: Source, within: sql.Composable) -> int:
    """How many rows of the table that the file speaks for are active, exactly."""
    cursor.execute(sql.SQL("SELECT count(*) FROM {} WHERE {} AND {}").format(_table(source), _active(source, ""), within))
    return int(cursor.fetchone()[0])


def is_empty(cursor: Any, source: Source) -> bool:
    """Whether the table has no row at all."""
    cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(_table(source)))
    return bool(cursor.fetchone()[0])
