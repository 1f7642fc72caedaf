"""`bench sources`: the technical file against the load of the units it is joined to, and tariffs against plain COPY."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.files import DAY, Files, warm
from bench.options import Options
from bench.report import Check, Finding

TARIFF_ROWS, FULL_ROWS = 328_000, 1_000_000
MOST_TECHNICAL, MOST_TARIFFS, MOST_MB = 0.6, 1.5, 400.0
_BLOCK = 1024**2
_TABLES = "aneel.generation_units, aneel.technical_data, aneel.tariffs, pipeline.source_files"
_TARIFFS = sql.Identifier("aneel", "tariffs")


class SourcesBenchmark:
    """Measures once. Afterwards `figures` holds seconds and MB by name."""

    def __init__(self, options: Options, children: Children, connection: psycopg.Connection[Any]) -> None:
        self._options, self._children, self._connection = options, children, connection
        self.figures: dict[str, float] = {}
        self.checks: list[Check] = []
        self.runs: dict[str, Any] = {}

    def measure(self) -> None:
        """Units, then their technical file; the technical file, then the units; tariffs, then their clean rows by COPY."""
        units = Files(self._options, self._children).plain(self._options.rows)
        data, tariff_rows = self._options.data, min(TARIFF_ROWS, self._options.rows)
        technical, tariffs, clean = (data / f"{name}-{self._options.rows}.csv" for name in ("technical", "tariffs", "clean"))
        made = self._children.task(
            "write_sources",
            {
                "units": str(units.path),
                "technical": str(technical),
                "tariffs": str(tariffs),
                "rows": tariff_rows,
                "seed": self._options.seed,
                "day": DAY.isoformat(),
            },
        )
        try:
            self._empty()
            self._ingest("units", "generation_units", units.path, units.rows)
            self._ingest("technical", "technical_pv", technical, made["technical"])
            joined = self._joined()
            self._check("units with modules after their technical file", True, joined > 0.9 * made["technical"])
            self._empty()
            self._ingest("technical_before", "technical_pv", technical, made["technical"])
            self._ingest("units_after", "generation_units", units.path, units.rows)
            self._check("units with modules in either order", joined, self._joined())
            self._empty()
            self._ingest("tariffs", "tariffs", tariffs, made["tariffs"])
            self._copy(clean, made["columns"], made["tariffs"])
        finally:
            for path in (technical, tariffs, clean):
                path.unlink(missing_ok=True)

    def _empty(self) -> None:
        self._connection.execute(sql.SQL(f"TRUNCATE {_TABLES} RESTART IDENTITY"))  # type: ignore[arg-type]

    def _joined(self) -> int:
        row = self._connection.execute("SELECT count(panel_count) FROM aneel.generation_units").fetchone()
        return int(row[0]) if row else 0

    def _ingest(self, step: str, source: str, path: Path, rows: int) -> None:
        say(f"{step}: {rows:,} rows of {source}")
        warm(path)
        try:
            ended = self._children.manage("ingest", source, "--file", str(path), "--json", accept=(0, 1, 3))
        finally:
            shutil.rmtree(self._children.lake, ignore_errors=True)
        summary = json.loads(ended.output)
        if summary["error"]:
            raise BenchError(f"{step}: {summary['status']}: {summary['error']} (log: {self._children.log})")
        self.figures |= {f"{step}_s": summary["duration_seconds"], f"{step}_peak_mb": ended.peak_mb}
        stages = self._connection.execute(
            "SELECT execution_metadata -> 'stages' FROM pipeline.ingestion_log WHERE run_id = %s", [summary["run_id"]]
        ).fetchone()
        self.runs[step] = {"summary": summary, "stages": stages[0] if stages else []}
        say(f"  {summary['status']} in {summary['duration_seconds']:.1f} s, peak {ended.peak_mb:.0f} MB")
        self._check(f"{step}: rows fetched", rows, summary["fetched"])
        self._check(f"{step}: inserted", summary["processed"], summary["inserted"])

    def _copy(self, clean: Path, columns: list[str], rows: int) -> None:
        """The rows that were stored, by plain COPY into the emptied table with its indexes and constraints in place."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        export = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT (FORMAT csv)").format(names, _TARIFFS)
        with clean.open("wb") as file, self._connection.cursor() as cursor, cursor.copy(export) as copy:
            for block in copy:
                file.write(block)
        self._connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(_TARIFFS))
        warm(clean)
        say(f"plain COPY of {rows:,} clean tariffs, indexes in place")
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_TARIFFS, names)
        begun = time.perf_counter()
        with clean.open("rb") as file, self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        self.figures["copy_s"] = time.perf_counter() - begun
        say(f"  {self.figures['copy_s']:.1f} s")
        row = self._connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_TARIFFS)).fetchone()
        self._check("copy: rows of the table", rows, row[0] if row else 0)

    def _check(self, what: str, expected: Any, found: Any) -> None:
        check = Check(what, expected, found)
        self.checks.append(check)
        if not check.ok:
            say(f"  WRONG COUNT: {what}: expected {expected}, found {found}")

    def findings(self) -> list[Finding]:
        """Goals are set for 1,000,000 units and 328,000 tariffs."""
        f, full = self.figures, self._options.rows >= FULL_ROWS
        technical = f["technical_s"] / f["units_s"]
        other = (f["technical_before_s"] + f["units_after_s"] - f["units_s"]) / f["units_s"]
        tariffs = f["tariffs_s"] / f["copy_s"]
        peak = max(value for name, value in f.items() if name.endswith("_peak_mb"))
        return [
            Finding(f"First load of {self._options.rows:,} units", f"{f['units_s']:.1f} s"),
            Finding("Their technical file, joined to them afterwards", f"{f['technical_s']:.1f} s"),
            Finding("Technical file / unit load", f"{technical:.2f}", "<= 0.6", technical <= MOST_TECHNICAL if full else None),
            Finding(
                "As the workflow does it, technical file first: what it and its join add / unit load",
                f"{other:.2f}",
                "<= 0.6",
                other <= MOST_TECHNICAL if full else None,
            ),
            Finding("First load of tariffs", f"{f['tariffs_s']:.1f} s"),
            Finding("Plain COPY of the same clean rows, indexes in place", f"{f['copy_s']:.1f} s"),
            Finding("Tariffs / plain COPY", f"{tariffs:.2f}", "<= 1.5", tariffs <= MOST_TARIFFS if full else None),
            Finding("Most memory", f"{peak:.0f} MB", "<= 400 MB", peak <= MOST_MB if full else None),
        ]
