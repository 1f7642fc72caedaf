"""`bench checks`: how long the rules take over the whole catalogue, and the kit's editor page."""

from typing import Any

from bench.children import Children
from bench.console import say
from bench.figures import percentile
from bench.options import Options
from bench.report import Check, Finding

PASS_SECONDS, EDITOR_MS, EDITOR_QUERIES = 20.0, 300.0, 25
# So few that an electrical kit comes about three times: suppliers sell it for three roofs.
FULL_KITS, PRODUCTS, EDITOR_PAGES = 10_000, 120, 50
WORKERS = 2  # the goal is for two cores


class ChecksBenchmark:
    """Measures everything once. Afterwards `figures` holds what the tasks told."""

    def __init__(self, options: Options, children: Children) -> None:
        self._options, self._children = options, children
        self.figures: dict[str, Any] = {}
        self.checks: list[Check] = []

    def measure(self) -> None:
        """Fill the catalogue, check it three times, open the editor."""
        kits = self._options.kits
        say(f"making {kits:,} kits")
        made = self._ask("fill", products=PRODUCTS, kits=kits, seed=self._options.seed)
        say("checking them for the first time, unchanged, and at another temperature")
        found = self._ask("measure", workers=WORKERS)
        say("opening the editor")
        page = self._ask("editor", requests=min(self._options.requests, EDITOR_PAGES, kits - 3))
        self.figures = made | found | {"editor": page}
        passes = found["passes"]
        self.checks += [Check("kits made", kits, made["kits"])]
        self.checks += [Check(f"{name}: kits checked", kits, one["checked"]) for name, one in passes.items()]
        self.checks += [
            Check("findings written by the first pass", found["findings"], passes["first"]["written"]),
            Check("findings written again when nothing changed", 0, passes["same"]["written"]),
            Check("editor pages that came", len(page["ms"]), page["sound"]),
        ]

    def findings(self) -> list[Finding]:
        """A line for each pass and for the page."""
        kits, passes, page = self._options.kits, self.figures["passes"], self.figures["editor"]
        full = kits >= FULL_KITS
        named = {"first": "First check", "same": "Check again, nothing changed", "colder": "Check again at another temperature"}
        lines = []
        for name, what in named.items():
            one = passes[name]
            seconds = one["wall_s"]
            shown = f"{seconds:.1f} s ({one['cpu_s']:.1f} s CPU of {WORKERS} processes; {one['written']:,} findings written)"
            goal = "" if name == "first" else f"<= {PASS_SECONDS:.0f} s for {FULL_KITS:,}"
            lines.append(
                Finding(f"{what}, {kits:,} kits", shown, goal, seconds * FULL_KITS / kits <= PASS_SECONDS if full else None)
            )
        p95, queries = percentile(page["ms"], 95), max(page["queries"])
        lines.append(Finding("Kit editor, p95", f"{p95:.0f} ms", f"<= {EDITOR_MS:.0f} ms", p95 <= EDITOR_MS if full else None))
        lines.append(Finding("Kit editor, most queries", f"{queries}", f"<= {EDITOR_QUERIES}", queries <= EDITOR_QUERIES))
        return lines

    def _ask(self, what: str, **more: Any) -> dict[str, Any]:
        return self._children.task("check_kits", {"what": what, **more})
