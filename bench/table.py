"""What happened to the table and the write-ahead log, as the database itself tells it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql

from bench.errors import BenchError

TABLE = "aneel.generation_units"
KEY = "unit_id"
_NAME = sql.Identifier(*TABLE.split("."))
_BLOCK = 1024**2
_SETTLE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the database's life.

    Attributes:
        lsn: place in the write-ahead log.
        full_pages: full-page images written to it since the server's statistics began.
        xid: transactions from this one on are later (32 bits, as in a row's xmin).
        tuples: rows inserted, updated and deleted since the table's statistics began.
    """

    lsn: str
    full_pages: int
    xid: int
    tuples: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written since a mark.

    Attributes:
        wal_bytes: of the whole server, indexes and full-page images included.
        full_pages: full-page images among them.
        row_versions: rows of the table whose present version is later than the mark, counted one by one.
        tuples: rows inserted, updated and deleted, by the server's counters.
    """

    wal_bytes: int
    full_pages: int
    row_versions: int
    tuples: tuple[int, int, int]


class Table:
    """The table of generation units in the scratch database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.checkpoints = True

    def one(self, query: Any, parameters: Any = None) -> Any:
        """The first row of a query."""
        row = self._connection.execute(query, parameters).fetchone()
        assert row is not None
        return row

    def rows(self) -> int:
        """How many rows the table has."""
        return int(self.one(sql.SQL("SELECT count(*) FROM {}").format(_NAME))[0])

    def bytes(self) -> int:
        """The table's size with its indexes."""
        return int(self.one("SELECT pg_total_relation_size(%s::regclass)", [TABLE])[0])

    def index_count(self) -> int:
        """How many indexes the table has."""
        return int(self.one("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", [TABLE])[0])

    def empty(self) -> None:
        """As before the first load: no units, no technical data to be joined to them, no file known as published."""
        self._wait_for_others()
        self._connection.execute(
            sql.SQL("TRUNCATE {}, aneel.technical_data, pipeline.source_files RESTART IDENTITY").format(_NAME)
        )

    def settle(self) -> None:
        """What autovacuum does in the night between two loads, so that it does not do it within a measurement."""
        self._wait_for_others()
        self._connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(_NAME))
        self.checkpoint()

    def checkpoint(self) -> None:
        """Start with an idle disk: from a checkpoint where the role may ask for one, and nothing of before left to be written."""
        if self.checkpoints:
            try:
                self._connection.execute("CHECKPOINT")
            except errors.InsufficientPrivilege:
                self.checkpoints = False
        os.sync()

    @contextmanager
    def without_log(self) -> Iterator[None]:
        """The change log is off for the block: other ways of writing would get an entry a row, a load gets one a run."""
        rows = self._connection.execute(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = %s::regclass AND NOT t.tgisinternal AND p.pronamespace = 'audit'::regnamespace",
            [TABLE],
        ).fetchall()
        if not rows:
            raise BenchError(f"Expected triggers of the change log on {TABLE}, found none: the comparison would be another.")
        names = [sql.Identifier(row[0]) for row in rows]
        self._alter("DISABLE", names)
        try:
            yield
        finally:
            self._alter("ENABLE", names)

    def _alter(self, how: LiteralString, triggers: list[sql.Identifier]) -> None:
        for trigger in triggers:
            self._connection.execute(sql.SQL("ALTER TABLE {} " + how + " TRIGGER {}").format(_NAME, trigger))

    def mark(self) -> Mark:
        """Now."""
        self._wait_for_others()
        lsn, full_pages, xid = self.one(
            "SELECT pg_current_wal_insert_lsn()::text, (SELECT wal_fpi FROM pg_stat_wal), "
            "(pg_snapshot_xmax(pg_current_snapshot())::text::numeric %% (2::numeric ^ 32))::bigint",
            [],
        )
        return Mark(lsn, int(full_pages), int(xid), self._tuples())

    def since(self, mark: Mark) -> Written:
        """What was written since the mark."""
        self._wait_for_others()
        wal, full_pages = self.one(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s), (SELECT wal_fpi FROM pg_stat_wal)", [mark.lsn]
        )
        # Every write gives a row a new version, with the writer's transaction as xmin.
        later = self.one(sql.SQL("SELECT count(*) FROM {} WHERE xmin::text::bigint >= %s").format(_NAME), [mark.xid])[0]
        before, after = mark.tuples, self._tuples()
        tuples = (after[0] - before[0], after[1] - before[1], after[2] - before[2])
        return Written(int(wal), int(full_pages) - mark.full_pages, int(later), tuples)

    def export(self, path: Path, columns: list[str]) -> int:
        """Write the rows as COPY's CSV; returns its size in bytes."""
        query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT (FORMAT csv)").format(_list(columns), _NAME)
        with path.open("wb") as file, self._connection.cursor() as cursor, cursor.copy(query) as copy:
            for block in copy:
                file.write(block)
        return path.stat().st_size

    def copy_from(self, path: Path, columns: list[str]) -> float:
        """COPY the file into the table as it stands; returns the seconds, commit included."""
        query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_NAME, _list(columns))
        begun = time.perf_counter()
        with path.open("rb") as file, self._connection.cursor() as cursor, cursor.copy(query) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        return time.perf_counter() - begun

    def keep_clean_rows(self, columns: list[str], rows: int) -> None:
        """Put typed rows, spread evenly over the table, aside in `public.bench_clean`."""
        self._connection.execute("DROP TABLE IF EXISTS public.bench_clean")
        self._connection.execute(
            sql.SQL(
                "CREATE TABLE public.bench_clean AS SELECT {} "
                "FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM {}) numbered "
                "WHERE place %% {} = 0 ORDER BY place LIMIT {}"
            ).format(_list(columns), _NAME, sql.Literal(max(self.rows() // rows, 1)), sql.Literal(rows)),
            [],
        )

    def drop_clean_rows(self) -> None:
        """Remove what `keep_clean_rows` put aside."""
        self._connection.execute("DROP TABLE IF EXISTS public.bench_clean")

    def stages(self, run_id: str) -> dict[str, float]:
        """Seconds of each stage of a run, as its log row has them."""
        row = self.one("SELECT execution_metadata -> 'stages' FROM pipeline.ingestion_log WHERE run_id = %s", [run_id])
        return {stage["name"]: stage.get("seconds", 0.0) for stage in row[0] or []}

    def _tuples(self) -> tuple[int, int, int]:
        self._connection.execute("SELECT pg_stat_force_next_flush()")
        row = self.one("SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_all_tables WHERE relid = %s::regclass", [TABLE])
        return (int(row[0]), int(row[1]), int(row[2]))

    def _wait_for_others(self) -> None:
        """Until the processes we started have left: they hand in their counters when they leave."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()"
        )
        while self.one(query)[0]:
            if time.monotonic() > deadline:
                raise BenchError(
                    "Another program holds a connection to the scratch database. Close it: figures would not be ours alone."
                )
            time.sleep(0.02)


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in columns)
