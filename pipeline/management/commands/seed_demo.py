"""manage.py seed_demo: demo data from a seed, through the same code as real data."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.actions import RunAlreadyActive, run_ingestion
from pipeline.choices import GOOD_STATUSES, RunStatus
from pipeline.demo.curated import present_catalogue
from pipeline.demo.tariffs import write_components_csv, write_flags_csv, write_tariffs_csv
from pipeline.demo.technical import write_technical_csv
from pipeline.demo.units import UnitsFile, write_units_csv
from pipeline.errors import RunAlreadyActiveError, SourceFileError
from pipeline.summary import RunSummary
from ysh.core.actor import Actor, acting_as

SOURCE = "generation_units"
# A fixed day, so that the same seed gives the same bytes whenever it is run.
DAY = date(2026, 8, 13)
COMMAND = "seed_demo"
_GOOD_ENOUGH = (0, 3)


class Command(BaseCommand):
    help = (
        "Write demo files in the sources' own formats from a seed and import them: generation units, and suppliers' price lists "
        "over some weeks, whose kits are checked and published. "
        "The same arguments again change nothing. Example: manage.py seed_demo --units 5000 --products 320 --kits 160 --seed 1"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--units", type=int, default=20_000, metavar="N", help="generation units (default 20,000; 0 for none)"
        )
        parser.add_argument(
            "--tariffs",
            type=int,
            default=6_000,
            metavar="N",
            help="tariffs (default 6,000), with a year of their components and the flags; 0 for none",
        )
        parser.add_argument("--products", type=int, default=320, metavar="N", help="articles of the catalogue (default 320)")
        parser.add_argument("--kits", type=int, default=160, metavar="N", help="kits of the catalogue (default 160)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="decides everything (default 1)")
        parser.add_argument(
            "--day", type=date.fromisoformat, default=DAY, metavar="YYYY-MM-DD", help=f"load date (default {DAY})"
        )
        parser.add_argument("--out", type=Path, default=None, metavar="DIR", help="where the files go (default var/demo)")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        units, products, kits, seed = (options[name] for name in ("units", "products", "kits", "seed"))
        for name in ("units", "tariffs", "products", "kits"):
            if options[name] < 0:
                raise CommandError(f"--{name}: expected 0 or more, found {options[name]}.", returncode=2)
        folder: Path = options["out"] or settings.BASE_DIR / "var" / "demo"
        report: dict[str, Any] = {"seed": seed, "files": [], "units": None, "others": {}, "products": None, "kits": None}
        returncode = 0
        with acting_as(Actor(COMMAND, "command", reason="demo data")):
            if units:
                file = self._write(folder / f"generation_units_{options['day']}.csv", rows=units, seed=seed, day=options["day"])
                report["files"].append({"path": str(file.path), "rows": file.rows, "bytes": file.size, "oddities": file.oddities})
                summary = self._ingest(SOURCE, file.path)
                report["units"] = summary.as_json()
                returncode = _returncode(summary)
            if returncode in _GOOD_ENOUGH:
                for source, path in self._other_files(folder, file if units else None, options["tariffs"], seed, options["day"]):
                    report["others"][source] = self._ingest(source, path).as_json()
            if returncode in _GOOD_ENOUGH and (products or kits):
                report |= self._catalogue(products, kits, seed)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, default=str))
        if returncode:
            sys.exit(returncode)

    def _write(self, path: Path, *, rows: int, seed: int, day: date) -> UnitsFile:
        try:
            file = write_units_csv(path, rows=rows, seed=seed, day=day)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        self._say(f"{file.path}: {file.rows:,} demo units, {file.size / 1e6:.1f} MB")
        return file

    def _other_files(
        self, folder: Path, units: UnitsFile | None, tariffs: int, seed: int, day: date
    ) -> Iterator[tuple[str, Path]]:
        """Source and path of each file beside the units', written one after the other."""
        if units is not None:
            path = folder / f"technical_pv_{day}.csv"
            write_technical_csv(path, units=units.path, seed=seed, day=day)
            yield "technical_pv", path
        if tariffs:
            path = folder / f"tariffs_{day}.csv"
            write_tariffs_csv(path, rows=tariffs, seed=seed, day=day)
            yield "tariffs", path
            path = folder / f"tariff_components_{day.year}.csv"
            write_components_csv(path, year=day.year, seed=seed, day=day)
            yield "tariff_components", path
            path = folder / f"tariff_flags_{day}.csv"
            write_flags_csv(path, seed=seed, day=day)
            yield "tariff_flags", path

    def _ingest(self, source: str, path: Path) -> RunSummary:
        """The one place that hands a demo file to ingestion."""
        try:
            summary = run_ingestion(source, file=path, trigger="manual", by=COMMAND)
        except RunAlreadyActive as error:
            raise CommandError(str(error), returncode=4) from error
        counts = ("inserted", "updated", "unchanged", "removed", "rejected")
        told = ", ".join(f"{getattr(summary, name):,} {name}" for name in counts)
        self._say(f"{source}: {summary.status} in {summary.duration_seconds:.1f} s ({told}) {summary.error}".rstrip())
        return summary

    def _catalogue(self, products: int, kits: int, seed: int) -> dict[str, Any]:
        try:
            made = present_catalogue(products=products, kits=kits, seed=seed)
        except RunAlreadyActiveError as error:
            raise CommandError(str(error), returncode=4) from error
        except (ValueError, SourceFileError) as error:
            raise CommandError(str(error), returncode=2 if isinstance(error, ValueError) else 1) from error
        for name, count in made.counts.items():
            self._say(f"{name}: {count.inserted:,} inserted, {count.updated:,} updated, {count.unchanged:,} unchanged")
        if made.published:
            self._say(f"kits: {made.published:,} published, {made.in_review:,} left in review")
        return {name: asdict(count) for name, count in made.counts.items()}

    def _say(self, text: str) -> None:
        self.stderr.write(text, style_func=str)


def _returncode(summary: RunSummary) -> int:
    """The contract's exit code of a run."""
    if summary.status == RunStatus.PARTIAL:
        return 3
    return 0 if summary.status in GOOD_STATUSES else 1
