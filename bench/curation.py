"""`bench curation`: the curators' lists, counts and live totals over a large catalogue."""

from typing import Any

from bench.checks import PRODUCTS
from bench.children import Children
from bench.console import say
from bench.figures import percentile
from bench.options import Options
from bench.report import Check, Finding

LIST_MS, CHANGE_MS = 200.0, 300.0
# The goals are set for this many kits; each page is asked for this often.
FULL_KITS, PAGES = 50_000, 30


class CurationBenchmark:
    """Measures everything once. Afterwards `figures` holds what the task told."""

    def __init__(self, options: Options, children: Children) -> None:
        self._options, self._children = options, children
        self.figures: dict[str, Any] = {}
        self.checks: list[Check] = []

    def measure(self) -> None:
        """Fill the catalogue, check it, open the pages."""
        kits = self._options.kits
        products = max(self._options.products, PRODUCTS)
        say(f"making {products:,} products and {kits:,} kits, and checking them")
        self._children.task("check_kits", {"what": "fill", "products": products, "kits": kits, "seed": self._options.seed})
        self._children.manage("check_kits")
        say("opening the curators' pages")
        asked = min(self._options.requests, PAGES)
        self.figures = self._children.task("curation", {"requests": asked})
        self.checks.append(Check("kits made", kits, self.figures["kits"]))
        self.checks += [Check(f"{name}: pages that came", asked, page["sound"]) for name, page in self.figures["pages"].items()]

    def findings(self) -> list[Finding]:
        """A line for each page."""
        full = self._options.kits >= FULL_KITS
        lines = []
        for name, page in self.figures["pages"].items():
            p50, p95 = (percentile(page["ms"], share) for share in (50, 95))
            limit = CHANGE_MS if name.startswith("editor") else LIST_MS if name.startswith(("work list", "list")) else None
            goal = "" if limit is None else f"p95 <= {limit:.0f} ms"
            shown = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, {page['queries']} queries"
            judged = limit is not None and (full or name.startswith("editor"))
            lines.append(Finding(name.capitalize(), shown, goal, p95 <= limit if judged and limit is not None else None))
        return lines
