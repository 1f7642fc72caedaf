"""What `bench api` asks of PostgreSQL itself: answers that are not kept, and DRF's default way over the same table."""

import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.figures import percentile
from bench.load import Taken, load, request
from bench.options import Options
from bench.report import Check, Finding

FULL_ROWS, FULL_KITS, PRODUCTS = 4_000_000, 20_000, 2_000
UNITS = "/api/v1/generation-units/"
# Whoever shows credentials of any kind gets an answer of their own; these are nobody's.
UNKEPT = {"Authorization": "None"}
WARM_UP = 10
PAGE, PAGE_SIZE, TIMES_FASTER = 1000, 50, 20
WORDS = (
    "painel 550w",
    "inversor 5kw",
    "kit 5 kWp",
    "microinversor",
    "estrutura telhado ceramico",
    "modulo bifacial",
    "invesor",
    "cabo solar",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of read: its name, the goal for the 95th percentile (ms), the addresses asked in turn."""

    key: str
    what: str
    limit_ms: float
    paths: list[str]


def cases(samples: dict[str, Any], draw: random.Random) -> list[Case]:
    """What is asked, from what is there."""

    def pages(path: str, choices: list[dict[str, Any]]) -> list[str]:
        return [f"{path}?{urlencode(choice, safe=',')}" for choice in draw.sample(choices, len(choices))]

    filters = [{"state": value} for value in samples["states"]] + [{"distributor": value} for value in samples["distributors"]]
    filters += [{"municipality": value} for value in samples["municipalities"]] + samples["rare"]
    words = [{"q": text} for text in WORDS]
    facets = [{}, {"category": "paineis"}, {"category": "inversores"}, {"min_price": 500}, {"q": "inversor"}]
    lists = [f"{UNITS}?page_size={PAGE_SIZE}", *pages(UNITS, [{"cursor": cursor} for cursor in samples["cursors"]])]
    search = [*pages("/api/v1/search/", words), *pages("/api/v1/products/", words), *pages("/api/v1/kits/", words)]
    return [
        Case("list", "list, first and deep pages", 40, lists),
        Case("filter", "filter by state, distributor, municipality, three at once", 60, pages(UNITS, filters)),
        Case("search", "search, and lists of products and kits by words", 80, search),
        Case("nearest", "nearest, points over Brazil", 40, pages(f"{UNITS}nearest/", samples["points"])),
        Case("facets", "facets of products", 150, pages("/api/v1/products/facets/", facets)),
        Case("kit_facets", "facets of kits", 150, ["/api/v1/kits/facets/", "/api/v1/kits/facets/?q=kit"]),
    ]


class UncachedReads:
    """Measures each case, then page 1,000. Afterwards `findings`, `checks` and `measurements` are filled."""

    def __init__(self, options: Options, children: Children, rows: int) -> None:
        self._options, self._children, self._rows = options, children, rows
        self.findings: list[Finding] = []
        self.checks: list[Check] = []
        self.measurements: dict[str, Any] = {}

    def fill(self) -> None:
        """Products and kits beside the units."""
        kits = FULL_KITS if self._rows >= FULL_ROWS else min(self._options.kits, FULL_KITS)
        say(f"making {kits:,} kits")
        products = min(PRODUCTS, max(60, kits))
        asked = {"what": "fill", "products": products, "kits": kits, "seed": self._options.seed, "published": True}
        self.measurements["kits"] = self._children.task("check_kits", asked)["kits"]

    def measure(self, port: int) -> None:
        """Ask the server at this port, one request after the other."""
        samples = self._children.task("read_samples", {"seed": self._options.seed, "username": "bench-api", "password": "-"})
        judged = self._rows >= FULL_ROWS
        for case in cases(samples, random.Random(self._options.seed)):
            taken = self._ask(port, case.paths)
            p50, p95 = percentile(taken.milliseconds, 50), percentile(taken.milliseconds, 95)
            self.measurements[case.key] = {"p50_ms": p50, "p95_ms": p95, "max_ms": max(taken.milliseconds)}
            goal, met = f"p95 <= {case.limit_ms:.0f} ms", p95 <= case.limit_ms if judged else None
            shown = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms: {p95 / case.limit_ms:.2f} of the goal"
            self.findings.append(Finding(f"Uncached: {case.what}", shown, goal, met))
        self._page_1000(port, samples["cursors"], judged=judged)

    def _ask(self, port: int, paths: list[str], times: int | None = None) -> Taken:
        asked = [request(path, UNKEPT) for path in paths]
        load(port, asked, seconds=0, connections=1, each=min(WARM_UP, len(asked)))
        taken = load(port, asked, seconds=0, connections=1, each=times or self._options.requests)
        if taken.failed:
            raise BenchError(f"{taken.failed} of {len(taken.milliseconds)} answers were no 200, beginning with {paths[0]}.")
        self.checks.append(Check(f"kept answers among those of {paths[0].partition('?')[0]}", 0, _kept(taken)))
        return taken

    def _page_1000(self, port: int, cursors: list[str], *, judged: bool) -> None:
        page = min(PAGE, max(1, self._rows // PAGE_SIZE))
        theirs = self._ask(port, [f"/drf-units/?page={page}"], times=10)
        ours = self._ask(port, [f"{UNITS}?page_size={PAGE_SIZE}&cursor={cursor}" for cursor in cursors])
        slow, quick = percentile(theirs.milliseconds, 50), percentile(ours.milliseconds, 50)
        self.measurements["page_1000"] = {"drf_ms": slow, "ours_ms": quick}
        ratio = slow / quick
        self.findings.append(
            Finding(
                f"Against DRF's ModelViewSet with page numbers, page {page:,}",
                f"{quick:.1f} ms against {slow:.1f} ms: {ratio:.1f} x",
                f">= {TIMES_FASTER} x",
                ratio >= TIMES_FASTER if judged else None,
            )
        )


def _kept(taken: Taken) -> int:
    return sum(count for source, count in taken.sources.items() if source not in ("", "BYPASS"))
