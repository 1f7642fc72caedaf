"""`bench workflows`: whole workflows against a portal on loopback that serves generated files and a catalogue of real size."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.files import DAY, Files, UnitsFile
from bench.options import Options
from bench.private import free_port, wait_for
from bench.report import Check, Finding

ENTRIES = 750 + 71
TARIFF_ROWS, FULL_ROWS = 328_000, 4_600_000
CATALOGUE_CPU_S, HOURLY_S, DAILY_S, MOST_MB = 5.0, 2.0, 600.0, 400.0
CATALOGUE, LOADED = ["datasets"], ["generation_units", "technical_pv", "tariffs"]
_UNITS = "relacao-de-empreendimentos-de-geracao-distribuida"
_PLACES = {
    "units": (_UNITS, "empreendimento-geracao-distribuida"),
    "technical": (_UNITS, "empreendimento-gd-informacoes-tecnicas-fotovoltaica"),
    "tariffs": ("tarifas-distribuidoras-energia-eletrica", "tarifas-homologadas"),
}


class WorkflowsBenchmark:
    """Measures once. Afterwards `figures` holds seconds and MB by name."""

    def __init__(self, options: Options, children: Children) -> None:
        self._options, self._children = options, children
        self.rows = options.big or options.rows
        self.figures: dict[str, float] = {}
        self.checks: list[Check] = []
        self.runs: dict[str, Any] = {}

    def measure(self) -> None:
        """The catalogue; a first day into empty tables; an hour later; the next day."""
        files = Files(self._options, self._children)
        first, following = files.large(self.rows)
        folder = self._options.data / "portal"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            made = self._publish(folder, first)
            with self._portal(folder) as children:
                run = self._run(children, "catalogue", "daily", CATALOGUE, "SUCCESS")
                self._check("catalogue: entries", ENTRIES, run["counts"]["inserted"])
                self._run(children, "catalogue_again", "daily", CATALOGUE, "UNCHANGED")
                run = self._run(children, "daily", "daily", LOADED, "SUCCESS", "PARTIAL")
                self._check("daily: rows", first.rows + made["technical"] + made["tariffs"], run["counts"]["fetched"])
                run = self._run(children, "hourly", "hourly", [*CATALOGUE, *LOADED], "SKIPPED")
                self._check("hourly: steps", ["check"], list(run["steps"]))
                self._link(folder / "units.csv", following.path)
                run = self._run(children, "next", "daily", LOADED, "SUCCESS", "PARTIAL")
                self._check("next: units removed", following.removed, run["counts"]["removed"])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(self._children.lake, ignore_errors=True)

    def _publish(self, folder: Path, units: UnitsFile) -> dict[str, Any]:
        """The files of the first day."""
        self._link(folder / "units.csv", units.path)
        say("technical file and tariffs")
        return self._children.task(
            "write_sources",
            {
                "units": str(units.path),
                "technical": str(folder / "technical.csv"),
                "tariffs": str(folder / "tariffs.csv"),
                "rows": min(TARIFF_ROWS, self.rows),
                "seed": self._options.seed,
                "day": DAY.isoformat(),
            },
        )

    def _link(self, place: Path, target: Path) -> None:
        beside = place.with_suffix(".new")
        beside.symlink_to(target.resolve())
        beside.replace(place)

    @contextmanager
    def _portal(self, folder: Path) -> Iterator[Children]:
        """The portal for the block; gives processes that fetch from it."""
        listed = [
            {"package": package, "title": package.replace("-", " "), "name": name, "path": str(folder / f"{key}.csv")}
            for key, (package, name) in _PLACES.items()
        ]
        (folder / "files.json").write_text(json.dumps(listed), "utf-8")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        there = {
            "ANEEL_CKAN_URL": url,
            "ANEEL_HUB_URL": f"{url}/hub",
            "INMETRO_URL": f"{url}/inmetro",
            "INGEST_REQUESTS_PER_HOUR": "0",
        }
        command = [sys.executable, "-m", "bench.tasks.portal", str(port), str(folder / "files.json")]
        with self._children.background(command):
            wait_for(port, "the portal", self._children.log)
            yield replace(self._children, more=there)

    def _run(self, children: Children, step: str, workflow: str, sources: Sequence[str], *expected: str) -> dict[str, Any]:
        say(f"{step}: {workflow} of {', '.join(sources)}")
        command = [sys.executable, "-m", "bench.tasks.workflow"]
        ended = children.run(command, json.dumps({"workflow": workflow, "sources": sources}))
        if ended.code:
            raise BenchError(f"{step} ended with exit code {ended.code}; see {children.log}:\n{children.log_tail()}")
        run: dict[str, Any] = json.loads(ended.output.splitlines()[-1])
        if run["status"] not in expected:
            raise BenchError(f"{step}: expected {' or '.join(expected)}, found {run['status']}: {run['error']} {run['why']}")
        self.runs[step] = run
        self.figures |= {
            f"{step}_s": run["wall_s"],
            f"{step}_cpu_s": run["cpu_s"],
            f"{step}_whole_s": ended.wall_s,
            f"{step}_peak_mb": ended.peak_mb,
        }
        say(f"  {run['status']} in {run['wall_s']:.2f} s, {run['cpu_s']:.2f} s of CPU, peak {ended.peak_mb:.0f} MB")
        return run

    def _check(self, what: str, expected: Any, found: Any) -> None:
        check = Check(what, expected, found)
        self.checks.append(check)
        if not check.ok:
            say(f"  WRONG COUNT: {what}: expected {expected}, found {found}")

    def findings(self) -> list[Finding]:
        """Goals are set for 4,600,000 units; those of the catalogue and the check are judged with them."""
        f, full = self.figures, self.rows >= FULL_ROWS
        peak = max(value for name, value in f.items() if name.endswith("_peak_mb"))

        def of(step: str) -> str:
            return f"{f[f'{step}_s']:.2f} s, of which {f[f'{step}_cpu_s']:.2f} s our own CPU"

        return [
            Finding(
                f"Catalogue of {ENTRIES} entries from six feeds, the first time: our own CPU",
                of("catalogue"),
                f"<= {CATALOGUE_CPU_S:.0f} s",
                f["catalogue_cpu_s"] <= CATALOGUE_CPU_S if full else None,
            ),
            Finding("Catalogue, nothing changed", of("catalogue_again")),
            Finding(
                "Hourly check of four sources, nothing new",
                f"{of('hourly')}; {f['hourly_whole_s']:.1f} s with start-up",
                f"<= {HOURLY_S:.0f} s",
                f["hourly_s"] <= HOURLY_S if full else None,
            ),
            Finding(
                f"Daily workflow into empty tables: {self.rows:,} units, their technical file, tariffs; one process",
                of("daily"),
                f"<= {DAILY_S:.0f} s on {len(os.sched_getaffinity(0))} cores",
                f["daily_s"] <= DAILY_S if full else None,
            ),
            *(
                Finding(f"  {name.removeprefix('source:')}", f"{step['seconds']:.1f} s")
                for name, step in self.runs["daily"]["steps"].items()
            ),
            Finding(
                "Daily workflow, next day's file of units",
                of("next"),
                f"<= {DAILY_S:.0f} s",
                f["next_s"] <= DAILY_S if full else None,
            ),
            Finding("Most memory", f"{peak:.0f} MB", f"<= {MOST_MB:.0f} MB", peak <= MOST_MB if full else None),
        ]
