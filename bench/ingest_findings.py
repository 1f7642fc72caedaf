"""What the figures of `bench ingest` say about its goals."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Figure
from bench.report import Finding
from bench.tasks.ways import WAYS

FULL_ROWS, LARGE_ROWS = 1_000_000, 4_000_000
BIG_TIMES = 4.6
WITHOUT_START_UP = "only without start-up"
COPY_RATIO, NEXT_RATIO, SAME_RATIO, UNCHANGED_SECONDS = 0.7, 0.25, 0.2, 2.0
PEAK_MB, FLAT_RATIO = 400.0, 1.2
BIG_RATIO = 5.0
FIRST_TIMES_UPSERT, NEXT_TIMES_UPSERT = 2.5, 12.0


def ratios(figures: Mapping[str, float]) -> dict[str, float]:
    """Quotients within one pass, so that a slower minute of the machine falls on both sides.

    `..._wall` compares whole processes, interpreter start and imports included.
    """
    found: dict[str, float] = {}

    def quotient(name: str, above: str, below: str) -> None:
        if above in figures and figures.get(below):
            found[name] = figures[above] / figures[below]

    quotient("first / copy", "first_s", "copy_s")
    quotient("first / copy wall", "first_wall_s", "copy_s")
    for step in ("same", "next", "big", "big_next"):
        base = "big" if step == "big_next" else "first"
        quotient(f"{step} / {base}", f"{step}_s", f"{base}_s")
        quotient(f"{step} / {base} wall", f"{step}_wall_s", f"{base}_wall_s")
    quotient("big / first peak", "big_peak_mb", "first_peak_mb")
    quotient("first rows/s", "first_rows", "first_s")
    quotient("next rows/s", "next_rows", "next_s")
    quotient("big rows/s", "big_rows", "big_s")
    if all(f"{way}: rows/s" in figures for way in WAYS):
        found["best upsert rows/s"] = max(figures[f"{way}: rows/s"] for way in WAYS)
        found["best upsert rows/s again"] = max(figures[f"{way}: rows/s again"] for way in WAYS)
        found["first / best upsert"] = found["first rows/s"] / found["best upsert rows/s"]
        if "next rows/s" in found:
            found["next / best upsert again"] = found["next rows/s"] / found["best upsert rows/s again"]
    return found


@dataclass(frozen=True, slots=True)
class Findings:
    """The table's lines, from figures summed up over all passes.

    Attributes:
        figures: by name, `ratios` included.
    """

    figures: Mapping[str, Figure]

    @property
    def rows(self) -> int:
        """Of the first load. Goals are set for a million and more; below that nothing is judged."""
        return self._rows("first_rows")

    @property
    def big(self) -> int:
        """Of the large load."""
        return self._rows("big_rows")

    def lines(self) -> list[Finding]:
        """All of them, in the order of the steps."""
        return [*self._first(), *self._delta(), *self._large(), *self._memory(), *self._upserts()]

    def _first(self) -> list[Finding]:
        lines = []
        if self._has("first_s"):
            lines.append(
                Finding(f"First load, {self.rows:,} rows, empty table", f"{self._time('first')}, {self._rate('first rows/s')}")
            )
        if self._has("copy_s"):
            lines.append(
                Finding(
                    f"Plain COPY of the same clean rows, {self._show('indexes', '{:.0f}')} indexes in place",
                    f"{self._show('copy_s', '{:.1f} s')}, write-ahead log {self._show('copy_wal_mb', '{:,.0f} MB')}",
                )
            )
            lines.append(Finding("Write-ahead log: first load", self._show("first_wal_mb", "{:,.0f} MB")))
            lines.append(self._at_most("First load / plain COPY", "first / copy", COPY_RATIO))
        return lines

    def _delta(self) -> list[Finding]:
        lines = []
        if self._has("next_s"):
            written = self._show("next_written", "{:,.0f}")
            lines.append(Finding(f"Next day's file, {written} rows differ", self._time("next")))
            lines.append(self._at_most("Next day's file / first load", "next / first", NEXT_RATIO))
            wal = f"{self._show('next_wal_mb', '{:.1f} MB')}, {self._show('next_wal_bytes_per_row', '{:,.0f}')} bytes a row"
            lines.append(Finding("Write-ahead log: next day's file", wal))
        if self._has("same_s"):
            lines.append(Finding("Same rows, later load date", self._time("same")))
            lines.append(self._at_most("Same rows / first load", "same / first", SAME_RATIO))
            lines.append(self._none_written("Rows of the table written by it", "same"))
        if self._has("unchanged_s"):
            run, wall = (self.figures[name].median < UNCHANGED_SECONDS for name in ("unchanged_s", "unchanged_wall_s"))
            verdict = self._judge(run and wall)
            goal = f"< {UNCHANGED_SECONDS:g} s"
            lines.append(Finding("Same bytes", self._time("unchanged"), goal, verdict, WITHOUT_START_UP if run else ""))
        return lines

    def _large(self) -> list[Finding]:
        if not self._has("big_s"):
            return []
        lines = [Finding(f"First load, {self.big:,} rows", f"{self._time('big')}, {self._rate('big rows/s')}")]
        if self._has("big / first"):
            # Set for 4.6 times the rows; the same slope for other sizes.
            limit = BIG_RATIO * (self.big / self.rows) / BIG_TIMES
            lines.append(self._at_most(f"{self.big:,} rows / {self.rows:,} rows", "big / first", round(limit, 2), large=True))
        lines.append(
            Finding(
                f"Next day's file, {self.big:,} rows",
                f"{self._time('big_next')}, {self._show('big_next / big', '{:.2f}')} of the load",
            )
        )
        return lines

    def _memory(self) -> list[Finding]:
        lines = []
        for name, what in (
            ("first", f"Peak memory, first load, {self.rows:,} rows"),
            ("next", f"Peak memory, next day's file, {self.rows:,} rows"),
            ("big", f"Peak memory, first load, {self.big:,} rows"),
            ("big_next", f"Peak memory, next day's file, {self.big:,} rows"),
        ):
            if self._has(f"{name}_peak_mb"):
                most, large = self.figures[f"{name}_peak_mb"].high, name.startswith("big")
                verdict = self._judge(most <= PEAK_MB, large=large)
                lines.append(Finding(what, self._show(f"{name}_peak_mb", "{:.0f} MB"), f"<= {PEAK_MB:.0f} MB", verdict))
        if self._has("big / first peak"):
            lines.append(self._at_most("Peak memory, large / small load (flat)", "big / first peak", FLAT_RATIO, large=True))
        return lines

    def _upserts(self) -> list[Finding]:
        if not self._has("best upsert rows/s"):
            return []
        lines = [
            Finding(
                f"{way}, clean rows",
                f"{self._rate(f'{way}: rows/s')} into the empty table, {self._rate(f'{way}: rows/s again')} over the same rows",
            )
            for way in WAYS
        ]
        lines.append(self._at_least("First load / best of these", "first / best upsert", FIRST_TIMES_UPSERT))
        if self._has("next / best upsert again"):
            lines.append(
                self._at_least(
                    "Next day's file / best of these over existing rows", "next / best upsert again", NEXT_TIMES_UPSERT
                )
            )
        return lines

    # --- showing and judging

    def _has(self, name: str) -> bool:
        return name in self.figures

    def _rows(self, name: str) -> int:
        return round(self.figures[name].median) if self._has(name) else 0

    def _show(self, name: str, form: str) -> str:
        return self.figures[name].text(form.format)

    def _time(self, step: str) -> str:
        return f"{self._show(f'{step}_s', '{:.2f} s')} ({self._show(f'{step}_wall_s', '{:.2f} s')} with start-up)"

    def _rate(self, name: str) -> str:
        return self._show(name, "{:,.0f}") + " rows/s"

    def _judge(self, reached: bool, *, large: bool = False) -> bool | None:
        full = self.big >= LARGE_ROWS if large else self.rows >= FULL_ROWS
        return reached if full else None

    def _at_most(self, what: str, ratio: str, limit: float, *, large: bool = False) -> Finding:
        """A quotient to keep under; that of the whole processes has to keep it as well."""
        wall = f"{ratio} wall"
        has_wall = self._has(wall)
        shown = self._show(ratio, "{:.2f}") + (f" ({self._show(wall, '{:.2f}')} with start-up)" if has_wall else "")
        run = self.figures[ratio].median <= limit
        both = run and (not has_wall or self.figures[wall].median <= limit)
        return Finding(what, shown, f"<= {limit:g}", self._judge(both, large=large), WITHOUT_START_UP if run else "")

    def _at_least(self, what: str, ratio: str, limit: float) -> Finding:
        return Finding(what, self._show(ratio, "{:.1f} x"), f">= {limit:g} x", self._judge(self.figures[ratio].median >= limit))

    def _none_written(self, what: str, step: str) -> Finding:
        most = self.figures[f"{step}_written"].high
        wal = self._show(f"{step}_wal_mb", "{:.2f} MB")
        return Finding(what, f"{most:.0f} (write-ahead log {wal})", "0", most == 0)
