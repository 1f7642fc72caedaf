"""Results: a table for the screen, the same as Markdown, everything as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import QUIET, in_words


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table.

    Attributes:
        what: what was measured.
        found: the figure, with its unit.
        goal: what was to be reached; empty when it is told for information.
        met: whether it was; None when not judged.
        remark: stands in place of a plain no.
    """

    what: str
    found: str
    goal: str = ""
    met: bool | None = None
    remark: str = ""

    @property
    def verdict(self) -> str:
        """The last column."""
        if not self.goal:
            return ""
        return {True: "yes", False: self.remark or "NO", None: "not judged"}[self.met]


@dataclass(frozen=True, slots=True)
class Check:
    """A count that has to be right, or the figures mean nothing."""

    what: str
    expected: Any
    found: Any

    @property
    def ok(self) -> bool:
        """Whether it is."""
        return bool(self.expected == self.found)


@dataclass(slots=True)
class Report:
    """What one benchmark found."""

    name: str
    title: str
    machine: dict[str, Any]
    load_at_start: float
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    options: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    measurements: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> list[Check]:
        """Counts that are wrong."""
        return [check for check in self.checks if not check.ok]

    @property
    def remarks(self) -> list[str]:
        """Warnings and notes, the weightiest first."""
        remarks = [f"WRONG COUNT: {check.what}: expected {check.expected}, found {check.found}." for check in self.faults]
        if self.load_at_start > QUIET:
            remarks.append(f"WARNING: the load average was {self.load_at_start} at the start: other work disturbed the figures.")
        return [*remarks, *self.notes]

    def screen(self) -> str:
        """The table as plain text."""
        rows = [("", "measured", "goal", "met"), *((f.what, f.found, f.goal, f.verdict) for f in self.findings)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        checked = f"{len(self.checks) - len(self.faults)} of {len(self.checks)} counts right."
        return "\n".join([f"\n{self.title}", in_words(self.machine), "", *lines, "", checked, *self.remarks])

    def markdown(self) -> str:
        """The table for docs/benchmarks.md."""
        lines = [
            f"Measured on {self.started_at[:10]}: {in_words(self.machine)}",
            "",
            "| What | Measured | Goal | Met |",
            "|---|---|---|---|",
        ]
        lines += [f"| {f.what} | {f.found} | {f.goal} | {f.verdict} |" for f in self.findings]
        return "\n".join([*lines, "", *(f"* {remark}" for remark in self.remarks), ""])

    def write(self, folder: Path) -> Sequence[Path]:
        """Write <name>-<timestamp>.json and .md; returns where."""
        stamp = datetime.fromisoformat(self.started_at).strftime("%Y%m%dT%H%M%SZ")
        document = asdict(self) | {
            "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "goals_missed": [finding.what for finding in self.findings if finding.met is False],
            "faults": [asdict(check) for check in self.faults],
        }
        data, text = folder / f"{self.name}-{stamp}.json", folder / f"{self.name}-{stamp}.md"
        data.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        text.write_text(self.markdown(), "utf-8")
        return [data, text]
