"""`bench ingest`: the load of generation units, step by step, against plain COPY and the usual ways of upserting."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.files import Days, Files, UnitsFile, warm
from bench.options import Options
from bench.report import Check
from bench.table import Table, Written
from bench.tasks.ways import WAYS

MB = 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """One `manage.py ingest`: what the run said of itself, and what was seen from outside."""

    summary: dict[str, Any]
    wall_s: float
    peak_mb: float
    written: Written

    @property
    def seconds(self) -> float:
        """The run's own duration."""
        return float(self.summary["duration_seconds"])


class IngestBenchmark:
    """One pass over the steps. Afterwards `figures` holds quantities by name, `checks` the counts that had to be right."""

    def __init__(self, options: Options, children: Children, table: Table, columns: list[str]) -> None:
        self._options, self._children, self._table, self._columns = options, children, table, columns
        self._files = Files(options, children)
        self.figures: dict[str, float] = {}
        self.checks: list[Check] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.rows_left = 0

    def measure(self) -> None:
        """All steps that were asked for, in order."""
        days = self._files.days() if "first" in self._options.steps else None
        steps: dict[str, Callable[[Days], None]] = {
            "first": self._first,
            "same": self._same,
            "unchanged": self._unchanged,
            "next": self._next,
            "copy": self._copy,
            "upserts": self._upserts,
        }
        for step in self._options.steps:
            if step in steps and days is not None:
                steps[step](days)
        if "big" in self._options.steps:
            self._big()

    # --- the steps

    def _first(self, days: Days) -> None:
        self._table.empty()
        load = self._ingest("first", days.first, what="first load")
        self._expect("first", load, {"inserted": load.summary["processed"], "updated": 0, "removed": 0})
        self._check("first: rows of the table", load.summary["processed"], self._table.rows())
        if "upserts" in self._options.steps:
            self._table.keep_clean_rows(self._columns, self._options.upsert_rows)
        if "copy" in self._options.steps:
            self.figures["clean_mb"] = self._table.export(self._clean_file, self._columns) / MB
        self.figures["table_mb"] = self._table.bytes() / MB
        self.figures["indexes"] = self._table.index_count()
        self._table.settle()

    def _same(self, days: Days) -> None:
        load = self._ingest("same", days.same, what="same rows, later load date")
        self._expect("same", load, {"inserted": 0, "updated": 0, "removed": 0, "unchanged": load.summary["processed"]})
        self._expect_written("same", load, 0)
        self._table.settle()

    def _unchanged(self, days: Days) -> None:
        last = days.same if "same" in self._options.steps else days.first
        load = self._ingest("unchanged", last, what="same bytes")
        self._check("unchanged: status", "UNCHANGED", load.summary["status"])
        self._expect_written("unchanged", load, 0)

    def _next(self, days: Days) -> None:
        load = self._ingest("next", days.following, what="next day's file")
        self._expect_differences("next", load, days.following)
        self.figures["next_wal_bytes_per_row"] = load.written.wal_bytes / max(days.following.differences, 1)
        self._table.settle()

    def _copy(self, days: Days) -> None:
        self._table.empty()
        self._table.checkpoint()
        say(f"plain COPY of {self._clean_file.stat().st_size / MB:,.0f} MB of clean rows, indexes in place")
        warm(self._clean_file)
        mark = self._table.mark()
        with self._table.without_log():
            self.figures["copy_s"] = self._table.copy_from(self._clean_file, self._columns)
        self.figures["copy_wal_mb"] = self._table.since(mark).wal_bytes / MB
        say(f"  {self.figures['copy_s']:.1f} s")
        self._clean_file.unlink()
        self._check("copy: rows of the table", int(self.figures["first_inserted"]), self._table.rows())

    def _upserts(self, days: Days) -> None:
        for way in WAYS:
            self._table.empty()
            self._table.checkpoint()
            say(f"{way}: {self._options.upsert_rows:,} clean rows, then the same again")
            with self._table.without_log():
                took = self._children.task("upsert", {"columns": self._columns, "way": way})
            self._check(f"{way}: rows of the table", self._options.upsert_rows, self._table.rows())
            self.figures[f"{way}: rows/s"] = took["rows"] / took["first_s"]
            self.figures[f"{way}: rows/s again"] = took["rows"] / took["again_s"]
            say(f"  {took['rows'] / took['first_s']:,.0f} rows/s, again {took['rows'] / took['again_s']:,.0f} rows/s")
        self._table.drop_clean_rows()

    def _big(self) -> None:
        first, following = self._files.large(self._options.big)
        self._table.empty()
        self._table.checkpoint()
        load = self._ingest("big", first, what="large first load")
        self._expect("big", load, {"inserted": load.summary["processed"], "updated": 0, "removed": 0})
        self._table.settle()
        load = self._ingest("big_next", following, what="large table, next day's file")
        self._expect_differences("big_next", load, following)
        self._table.settle()
        self.rows_left = self._table.rows()

    # --- measuring one

    @property
    def _clean_file(self) -> Path:
        return self._options.data / "clean-rows.csv"

    def _ingest(self, step: str, file: UnitsFile, *, what: str) -> Load:
        """`manage.py ingest` in a process of its own, the database watched around it."""
        say(f"{what}: {file.rows:,} rows, {file.path.stat().st_size / MB:,.0f} MB")
        warm(file.path)
        mark = self._table.mark()
        try:
            # 1: the run failed and says so itself; 3: some rows were refused.
            ended = self._children.manage("ingest", "generation_units", "--file", str(file.path), "--json", accept=(0, 1, 3))
        finally:
            shutil.rmtree(self._children.lake, ignore_errors=True)
        try:
            summary = json.loads(ended.output)
        except ValueError:
            raise BenchError(f"{what}: manage.py ingest gave no summary. Its last words:\n{self._children.log_tail()}") from None
        if summary["error"]:
            raise BenchError(f"{what}: the run ended as {summary['status']}: {summary['error']} (log: {self._children.log})")
        load = Load(summary, ended.wall_s, ended.peak_mb, self._table.since(mark))
        self.figures |= {
            f"{step}_s": load.seconds,
            f"{step}_wall_s": load.wall_s,
            f"{step}_peak_mb": load.peak_mb,
            f"{step}_wal_mb": load.written.wal_bytes / MB,
            f"{step}_full_page_images": load.written.full_pages,
            f"{step}_rows": summary["fetched"],
            f"{step}_inserted": summary["inserted"],
            f"{step}_written": load.written.row_versions,
        }
        stages = self._table.stages(summary["run_id"])
        self.runs[step] = {"file": file.path.name, "summary": summary, "stages": stages}
        say(f"  {summary['status']} in {load.seconds:.1f} s ({load.wall_s:.1f} s with start-up), peak {load.peak_mb:.0f} MB")
        self._check(f"{step}: rows fetched", file.rows if step != "unchanged" else 0, summary["fetched"])
        return load

    def _expect(self, step: str, load: Load, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self._check(f"{step}: {name}", count, load.summary[name])

    def _expect_differences(self, step: str, load: Load, file: UnitsFile) -> None:
        self._expect(step, load, {"inserted": file.added, "updated": file.changed, "removed": file.removed})
        self._expect_written(step, load, file.differences)

    def _expect_written(self, step: str, load: Load, rows: int) -> None:
        """Two witnesses: the rows' own versions, and the server's counters."""
        self._check(f"{step}: rows of the table written", rows, load.written.row_versions)
        self._check(f"{step}: rows inserted, updated and deleted, by the server's counters", rows, sum(load.written.tuples))

    def _check(self, what: str, expected: Any, found: Any) -> None:
        check = Check(what, expected, found)
        self.checks.append(check)
        if not check.ok:
            say(f"  WRONG COUNT: {what}: expected {expected}, found {found}")
