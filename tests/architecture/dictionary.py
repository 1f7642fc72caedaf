"""Reads docs/data-dictionary.md back into facts."""

import re
from dataclasses import dataclass, field
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


@dataclass
class Section:
    """One `###` section: its sentences, and its tables by their first column's title, each row a tuple of cells."""

    name: str
    text: str = ""
    tables: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    @property
    def is_view(self) -> bool:
        return "\nView:" in self.text

    @property
    def is_materialized_view(self) -> bool:
        return "\nMaterialized view" in self.text

    @property
    def partition_key(self) -> str | None:
        match = re.search(r"^Partitioned by month on `(\w+)`", self.text, re.MULTILINE)
        return match[1] if match else None

    @property
    def withheld(self) -> tuple[str, ...] | None:
        """Columns ysh_readonly may not read; None for the whole table."""
        if "Withheld from ysh_readonly as a whole." in self.text:
            return None
        return tuple(row[0] for row in self.tables["Column"] if row[-1].endswith("withheld"))


def _cells(line: str) -> tuple[str, ...]:
    cells = re.split(r"(?<!\\)\|", line)[1:-1]
    return tuple(cell.strip().replace("\\|", "|") for cell in cells)


def code(cell: str) -> str:
    """A cell's text without the code marks around it."""
    return cell.removeprefix("`").removesuffix("`")


def read(text: str | None = None) -> dict[str, Section]:
    """Sections by name (`aneel.tariffs`); functions and roles under their `##` headings' names."""
    sections: dict[str, Section] = {}
    section, head = Section(""), ""
    for line in (text if text is not None else PATH.read_text(encoding="utf-8")).splitlines():
        if heading := re.fullmatch(r"#{2,3} (.+)", line):
            section = sections.setdefault(heading[1], Section(heading[1]))
            head = ""
        elif not line.startswith("|"):
            head = ""
            section.text += f"{line}\n"
        elif not head:
            head = _cells(line)[0]
            section.tables[head] = []
        elif not line.startswith("| ---"):
            cells = _cells(line)
            section.tables[head].append((code(cells[0]), *cells[1:]))
    return sections


def tables(sections: dict[str, Section]) -> dict[str, Section]:
    """The sections of real tables."""
    return {
        name: section
        for name, section in sections.items()
        if "Column" in section.tables and not section.is_view and not section.is_materialized_view
    }
