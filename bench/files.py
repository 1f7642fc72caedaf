"""The files a benchmark ingests: generated from a seed and kept, or made elsewhere."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.options import Options

DAY = date(2026, 8, 13)
# As ANEEL's file changes from one day to the next.
CHANGED, REMOVED, ADDED = 0.005, 0.0005, 0.001
_BLOCK = 8 * 1024**2


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """A file to ingest, and what it changes against the first day's.

    Attributes:
        rows: data rows.
        changed, removed, added: against the first day's rows, the load date left out.
    """

    path: Path
    rows: int
    changed: int = 0
    removed: int = 0
    added: int = 0

    @property
    def differences(self) -> int:
        """Rows of the table that have to be written."""
        return self.changed + self.removed + self.added


@dataclass(frozen=True, slots=True)
class Days:
    """The files of three days: the first one's, the same rows under a later date, and a day on which some rows differ."""

    first: UnitsFile
    same: UnitsFile
    following: UnitsFile


class Files:
    """Finds or makes the files."""

    def __init__(self, options: Options, children: Children) -> None:
        self._options, self._children = options, children

    def days(self) -> Days:
        """The three days of the first load's size.

        Raises:
            BenchError: files made elsewhere are missing or do not fit together.
        """
        if self._options.files is not None:
            return self._given(self._options.files)
        rows = self._options.rows
        first, same, following = self._made((rows, 0, False), (rows, 1, False), (rows, 2, True))
        return Days(first, same, following)

    def large(self, rows: int) -> tuple[UnitsFile, UnitsFile]:
        """A file of that many rows, and one of a day on which some of them differ."""
        first, following = self._made((rows, 0, False), (rows, 2, True))
        return first, following

    def plain(self, rows: int) -> UnitsFile:
        """A file of that many rows."""
        return self._made((rows, 0, False))[0]

    def _made(self, *wanted: tuple[int, int, bool]) -> list[UnitsFile]:
        """Files by number of rows, days after the first, and whether some rows differ."""
        asked: list[dict[str, Any]] = []
        for rows, days, differs in wanted:
            day = DAY + timedelta(days)
            name = f"units-{rows}-{day:%Y%m%d}{'-differs' if differs else ''}-{self._options.seed}.csv"
            shares = {"changed": CHANGED, "removed": REMOVED, "added": ADDED} if differs else {}
            path = self._options.data / name
            asked.append({"path": str(path), "rows": rows, "seed": self._options.seed, "day": day.isoformat(), **shares})
        say("files: " + ", ".join(Path(one["path"]).name for one in asked))
        found = self._children.task("write_units", {"files": asked})["files"]
        return [_from_counts(Path(counts["path"]), counts) for counts in found]

    def _given(self, folder: Path) -> Days:
        """Files made elsewhere; what they change is found by comparing them."""
        first, same, following = (folder / name for name in ("day1.csv", "same.csv", "day2.csv"))
        for path in (first, same, following):
            if not path.is_file():
                raise BenchError(f"--files: no {path.name} in {folder}. Expected are day1.csv, day2.csv and same.csv.")
        say("comparing the given files line by line")
        found = {
            path: self._children.task("compare_files", {"before": str(first), "after": str(path)}) for path in (same, following)
        }
        differing = _from_counts(same, found[same])
        if differing.differences:
            raise BenchError(
                f"--files: {same} should hold day1.csv's rows under a later load date, but {differing.changed:,} rows differ, "
                f"{differing.removed:,} are missing and {differing.added:,} are new."
            )
        return Days(UnitsFile(first, found[same]["rows"]), differing, _from_counts(following, found[following]))


def _from_counts(path: Path, counts: dict[str, Any]) -> UnitsFile:
    return UnitsFile(path, counts["rows"], counts["changed"], counts["removed"], counts["added"])


def warm(path: Path) -> None:
    """Read the file once: a file that was just fetched is in the system's cache, one kept from yesterday is not."""
    with path.open("rb") as file:
        while file.read(_BLOCK):
            pass


def clean(folder: Path) -> None:
    """Delete the kept files."""
    shutil.rmtree(folder, ignore_errors=True)
