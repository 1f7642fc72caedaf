"""`bench reads`: pages of the admin and the API over millions of units, asked of the real web server one after the other."""

import json
import random
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

import requests

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.figures import percentile
from bench.files import Files, warm
from bench.options import Options
from bench.report import Check, Finding
from bench.table import Table
from ysh.env import BASE_DIR

ADMIN_MS, API_MS = 150.0, 50.0
FULL_ROWS = 4_000_000
WARM_UP = 20
START_SECONDS, ANSWER_SECONDS = 60, 30
UNITS = "/api/v1/generation-units/"
ADMIN = "/admin/aneel/generationunit/"
USERNAME = "bench"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of page.

    Attributes:
        key: its name in the results file.
        what: its name in the table.
        limit_ms: the goal for the 95th percentile.
        paths: addresses asked for in turn.
        sound: whether an answer's body is one that such a page has.
    """

    key: str
    what: str
    limit_ms: float
    paths: list[str]
    sound: Callable[[str], bool]


class ReadsBenchmark:
    """Loads what is missing, starts the server, measures every case. Afterwards `timings` holds milliseconds by case.

    `slowest` names, by case, the address with the highest median and that median.
    """

    def __init__(self, options: Options, children: Children, table: Table) -> None:
        self._options, self._children, self._table = options, children, table
        self.timings: dict[str, list[float]] = {}
        self.slowest: dict[str, tuple[str, float]] = {}
        self.checks: list[Check] = []
        self.cases: list[Case] = []
        self.rows = 0
        self.table_mb = 0.0

    def measure(self, *, loaded: bool) -> None:
        """Measure.

        Args:
            loaded: whether the table holds what is to be read.
        """
        if not loaded:
            self.load()
        self.rows, self.table_mb = self._table.rows(), self._table.bytes() / 1e6
        password = secrets.token_urlsafe(24)
        samples = self._children.task("read_samples", {"seed": self._options.seed, "username": USERNAME, "password": password})
        self.cases = cases(samples, random.Random(self._options.seed))
        port = _free_port()
        with self._children.background(server_command(port)) as server:
            base = f"http://127.0.0.1:{port}"
            self._wait_for(server, base)
            with requests.Session() as person, requests.Session() as program:
                sign_in(person, base, password)
                for case in self.cases:
                    self._ask(case, person if case.paths[0].startswith("/admin/") else program, base)

    def findings(self) -> list[Finding]:
        """A line for each case."""
        judged = self.rows >= FULL_ROWS
        lines = []
        for case in self.cases:
            taken = self.timings[case.key]
            p95 = percentile(taken, 95)
            shown = f"p50 {percentile(taken, 50):.1f} ms, p95 {p95:.1f} ms, max {max(taken):.1f} ms"
            lines.append(Finding(case.what, shown, f"p95 <= {case.limit_ms:.0f} ms", p95 <= case.limit_ms if judged else None))
        return lines

    def remarks(self) -> list[str]:
        """Where to look, for each goal that was missed."""
        missed = {finding.what for finding in self.findings() if finding.met is False}
        return [
            f"Slowest of “{case.what}”: {self.slowest[case.key][0]}, median {self.slowest[case.key][1]:.1f} ms."
            for case in self.cases
            if case.what in missed
        ]

    def load(self) -> None:
        """Put `reads_rows` units into the table."""
        file = Files(self._options, self._children).plain(self._options.reads_rows)
        self._table.empty()
        say(f"loading {file.rows:,} units to read")
        warm(file.path)
        try:
            self._children.manage("ingest", "generation_units", "--file", str(file.path), "--json", accept=(0, 3))
        finally:
            shutil.rmtree(self._children.lake, ignore_errors=True)
        self._table.settle()

    def _wait_for(self, server: "subprocess.Popen[bytes]", base: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if requests.get(f"{base}/healthz", timeout=ANSWER_SECONDS).ok:
                    return
            except requests.ConnectionError:
                pass
            if server.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"The web server did not start. Its last words:\n{self._children.log_tail()}")
            time.sleep(0.1)

    def _ask(self, case: Case, session: requests.Session, base: str) -> None:
        taken: list[float] = []
        by_path: dict[str, list[float]] = {}
        sound, warm_up = 0, min(WARM_UP, self._options.requests)
        for number, path in enumerate(_in_turn(case.paths, warm_up + self._options.requests)):
            begun = time.perf_counter()
            response = session.get(base + path, timeout=ANSWER_SECONDS)
            milliseconds = (time.perf_counter() - begun) * 1000
            if response.status_code != 200:
                raise BenchError(f"{case.what}: {path} answered {response.status_code}: {response.text[:500]}")
            if number >= warm_up:
                taken.append(milliseconds)
                by_path.setdefault(path, []).append(milliseconds)
                sound += case.sound(response.text)
        self.timings[case.key] = taken
        self.slowest[case.key] = max(((path, median(found)) for path, found in by_path.items()), key=lambda one: one[1])
        self.checks.append(Check(f"{case.what}: answers with content", len(taken), sound))
        say(f"{case.what}: p50 {percentile(taken, 50):.1f} ms, p95 {percentile(taken, 95):.1f} ms")


def cases(samples: dict[str, Any], draw: random.Random) -> list[Case]:
    """What is asked for, from what exists in the table."""

    def pages(path: str, choices: list[dict[str, Any]]) -> list[str]:
        return [f"{path}?{urlencode(choice, safe=',')}" for choice in draw.sample(choices, len(choices))]

    def each(name: str, values: list[Any], **more: Any) -> list[dict[str, Any]]:
        return [{name: value, **more} for value in values]

    codes, states = samples["unit_ids"], samples["states"]
    powers = [{"min_installed_power_kw": kw, "ordering": "-installed_power_kw"} for kw in (75, 100, 250, 500, 1000, 3000)]
    powers += [{"min_installed_power_kw": kw, "ordering": "installed_power_kw"} for kw in (5, 10, 20, 75, 100)]
    statistics = [{}, {"group_by": "total"}, {"group_by": "state,source_type"}, *each("state", states, group_by="consumer_class")]
    return [
        Case("admin_list", "Admin: unit list, first page", ADMIN_MS, [ADMIN], _has_rows),
        Case("admin_state", "Admin: list filtered by state", ADMIN_MS, pages(ADMIN, each("state", states)), _has_rows),
        Case("admin_search", "Admin: search by unit code", ADMIN_MS, pages(ADMIN, each("q", codes)), _has_rows),
        Case(
            "admin_search_start",
            "Admin: search by a code's beginning",
            ADMIN_MS,
            pages(ADMIN, each("q", _starts(codes))),
            _has_rows,
        ),
        Case("api_list", "API: list, first page", API_MS, [UNITS], _has_results),
        Case("api_state", "API: list of a state", API_MS, pages(UNITS, each("state", states)), _has_results),
        Case("api_rare", "API: list, rare combination of three filters", API_MS, pages(UNITS, samples["rare"]), _has_results),
        Case(
            "api_distributor",
            "API: list of a distributor",
            API_MS,
            pages(UNITS, each("distributor", samples["distributors"])),
            _has_results,
        ),
        Case(
            "api_municipality",
            "API: list of a municipality",
            API_MS,
            pages(UNITS, each("municipality", samples["municipalities"])),
            _has_results,
        ),
        Case("api_power", "API: list from a power on, ordered by it", API_MS, pages(UNITS, powers), _has_results),
        Case("api_deep", "API: keyset page deep inside", API_MS, pages(UNITS, each("cursor", samples["cursors"])), _has_results),
        Case(
            "api_nearest",
            "API: nearest units, points over Brazil",
            API_MS,
            pages(f"{UNITS}nearest/", samples["points"]),
            _is_list,
        ),
        Case("api_bbox_city", "API: box the size of a city", API_MS, pages(UNITS, each("bbox", samples["cities"])), _has_results),
        Case(
            "api_bbox_region",
            "API: box the size of a region",
            API_MS,
            pages(UNITS, each("bbox", samples["regions"])),
            _has_results,
        ),
        Case("api_statistics", "API: statistics", API_MS, pages(f"{UNITS}statistics/", statistics), _has_results),
        Case(
            "api_geojson",
            "API: GeoJSON page of a state",
            API_MS,
            pages(UNITS, each("state", states, format="geojson")),
            _has_features,
        ),
        Case("api_detail", "API: one unit", API_MS, [f"{UNITS}{code}/" for code in codes], _is_unit),
    ]


def sign_in(session: requests.Session, base: str, password: str) -> None:
    """Through the admin's login form, as a person does.

    Raises:
        BenchError: the form did not let us in.
    """
    address = f"{base}/admin/login/"
    session.get(address, timeout=ANSWER_SECONDS)
    form = {
        "username": USERNAME,
        "password": password,
        "csrfmiddlewaretoken": session.cookies.get("csrftoken", ""),
        "next": ADMIN,
    }
    response = session.post(address, data=form, headers={"Referer": address}, timeout=ANSWER_SECONDS)
    if response.status_code != 200 or not response.url.endswith(ADMIN):
        raise BenchError(f"Signing in to the admin ended at {response.url} with {response.status_code}: {response.text[:500]}")


def server_command(port: int) -> list[str]:
    """The web server as script/server runs it."""
    return [
        str(BASE_DIR / ".venv" / "bin" / "gunicorn"),
        *("--config", "python:ysh.gunicorn", "ysh.wsgi:application", "--bind", f"127.0.0.1:{port}"),
    ]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _in_turn(paths: list[str], times: int) -> Iterator[str]:
    for number in range(times):
        yield paths[number % len(paths)]


def _starts(codes: list[str]) -> list[str]:
    """The first ten characters: up to a thousand units each."""
    return sorted({code[:13] for code in codes})


def _has_rows(body: str) -> bool:
    return 'id="result_list"' in body and "/change/" in body


def _has_results(body: str) -> bool:
    return bool(json.loads(body)["results"])


def _has_features(body: str) -> bool:
    return bool(json.loads(body)["features"])


def _is_list(body: str) -> bool:
    """Some points are far from any unit: an empty list is an answer too."""
    return isinstance(json.loads(body)["results"], list)


def _is_unit(body: str) -> bool:
    return "unit_id" in json.loads(body)
