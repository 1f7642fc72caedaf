"""`bench import`: a supplier's lists through `manage.py import_catalog`: the first time, again, and with new prices."""

import json
import shutil
from typing import Any

from bench.children import Children, Ended
from bench.console import say
from bench.errors import BenchError
from bench.options import Options
from bench.report import Check, Finding

FULL_PRODUCTS, FULL_KITS, FIRST_SECONDS, PEAK_MB = 20_000, 10_000, 60.0, 300.0
STEPS = {"first": "first import", "same": "the same lists again", "moved": "prices of 1 % of the articles moved"}


class ImportBenchmark:
    """Measures the three imports once. Afterwards `figures` holds seconds and MB by name."""

    def __init__(self, options: Options, children: Children) -> None:
        self._options, self._children = options, children
        self.figures: dict[str, float] = {}
        self.checks: list[Check] = []
        self.runs: dict[str, dict[str, Any]] = {}

    def measure(self) -> None:
        """In order: each import builds on the one before."""
        products, kits = self._options.products, self._options.kits
        folder = self._options.data / "price-lists"
        say(f"lists of {products:,} products and {kits:,} kits")
        made = self._children.task(
            "price_lists", {"folder": str(folder), "products": products, "kits": kits, "seed": self._options.seed}
        )
        try:
            for step, expected in (
                ("first", {"inserted": (products, kits), "updated": (0, 0)}),
                ("same", {"inserted": (0, 0), "updated": (0, 0)}),
                ("moved", {"inserted": (0, 0), "updated": (made["prices"], 0)}),
            ):
                report = self._import(step, made["moved" if step == "moved" else "first"], made["mapping"])
                for word, (articles, sets) in expected.items():
                    self._check(f"{step}: products {word}", articles, report["products"][word])
                    self._check(f"{step}: kits {word}", sets, report["kits"][word])
                self._check(f"{step}: refused", {}, report["rejects_by_reason"])
            self._check("moved: prices", made["prices"], self.runs["moved"]["price_changes"])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _import(self, step: str, files: list[str], mapping: str) -> dict[str, Any]:
        say(STEPS[step])
        try:
            ended: Ended = self._children.manage(
                "import_catalog", *files, "--supplier", "demo", "--mapping", mapping, "--json", accept=(0, 1, 3)
            )
        finally:
            shutil.rmtree(self._children.lake, ignore_errors=True)
        report: dict[str, Any] = json.loads(ended.output)
        if report.get("error"):
            raise BenchError(f"{STEPS[step]}: {report['status']}: {report['error']} (log: {self._children.log})")
        self.figures |= {
            f"{step}_s": report["duration_seconds"],
            f"{step}_wall_s": ended.wall_s,
            f"{step}_peak_mb": ended.peak_mb,
        }
        self.runs[step] = report | {"warnings": len(report["warnings"])}
        say(f"  {report['status']} in {report['duration_seconds']:.1f} s, peak {ended.peak_mb:.0f} MB")
        return report

    def _check(self, what: str, expected: Any, found: Any) -> None:
        check = Check(what, expected, found)
        self.checks.append(check)
        if not check.ok:
            say(f"  WRONG COUNT: {what}: expected {expected}, found {found}")

    def findings(self) -> list[Finding]:
        """A line for each import; goals are set for the full lists."""
        f = self.figures
        full = self._options.products >= FULL_PRODUCTS and self._options.kits >= FULL_KITS
        first = f["first_wall_s"] <= FIRST_SECONDS
        peak = max(f[f"{step}_peak_mb"] for step in STEPS)
        lines = [
            Finding(
                "First import, the whole process",
                f"{f['first_wall_s']:.1f} s",
                f"<= {FIRST_SECONDS:.0f} s",
                first if full else None,
            ),
            Finding("Most memory of the imports", f"{peak:.0f} MB", f"<= {PEAK_MB:.0f} MB", peak <= PEAK_MB if full else None),
        ]
        return lines + [
            Finding(STEPS[step].capitalize(), f"{f[f'{step}_wall_s']:.1f} s, {f[f'{step}_peak_mb']:.0f} MB")
            for step in ("same", "moved")
        ]
