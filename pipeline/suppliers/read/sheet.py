"""Tables of a price list: where the header row is, and the limits of what is read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipeline.errors import SourceFileError
from pipeline.suppliers.records import Cell, SourceRecord
from pipeline.suppliers.text import clean, header_key

MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_CELL = 200_000
HEADER_ROWS = 30
_SHORT = 24


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: column names (unique, blank ones named by place) and its rows, blank rows left out. `heading`: what stands alone
    on the line above it ("INVERSORES")."""

    file: str
    name: str
    headers: tuple[str, ...]
    records: list[SourceRecord]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page capture: numbered lines of Markdown."""

    file: str
    lines: list[str]


def as_sheet(file: str, name: str, rows: Iterable[tuple[int, list[Cell]]], known: set[str]) -> Sheet:
    """A table from numbered rows: the header row is found, later rows become records.

    Raises:
        SourceFileError: too many rows or columns, or no header and row at all.
    """
    kept: list[tuple[int, list[Cell]]] = []
    same: dict[Cell, Cell] = {}  # short cells recur: "12", "sim", a maker's name
    for line, cells in rows:
        if len(cells) > MAX_COLUMNS and any(clean(cell) for cell in cells[MAX_COLUMNS:]):
            raise SourceFileError(
                f"{file}, line {line}: expected at most {MAX_COLUMNS} columns, found {len(cells):,}.",
                todo="Is it a price list?",
                code="too_wide",
            )
        if any(clean(cell) for cell in cells[:MAX_COLUMNS]):
            kept.append((line, [_kept(cell, same) for cell in cells[:MAX_COLUMNS]]))
        if len(kept) > MAX_ROWS:
            raise SourceFileError(
                f"{file}: expected at most {MAX_ROWS:,} rows, found more.", todo="Split the list.", code="too_long"
            )
    if not kept:
        return Sheet(file, name, (), [])
    place = _header_row([cells for _line, cells in kept[:HEADER_ROWS]], known)
    width = max(len(cells) for _line, cells in kept)
    names, below = _two_lines([cells for _line, cells in kept[: HEADER_ROWS + 1]], place, width)
    headers = unique_names(names)
    above = [text for cell in (kept[place - 1][1] if place else []) if (text := clean(cell))]
    heading = above[0] if len(above) == 1 else ""
    del kept[: place + 1 + below]
    kept.reverse()  # taken from the end, so that a long list is never held twice
    records = []
    while kept:
        line, cells = kept.pop()
        records.append(
            SourceRecord(file, line, {name: cell for name, cell in zip(headers, cells, strict=False) if cell != ""}, headers)
        )
    return Sheet(file, name, headers, records, heading)


def _kept(cell: Cell, same: dict[Cell, Cell]) -> Cell:
    if isinstance(cell, Decimal):
        return cell
    return same.setdefault(cell, cell) if len(cell) <= _SHORT else cell[:MAX_CELL]


def _header_row(rows: list[list[Cell]], known: set[str]) -> int:
    """Which row names the columns: the first with known names, else the first of the fullest ones without numbers and prices."""
    if known:
        hits = [sum(header_key(str(cell)) in known for cell in row) for row in rows]
        if max(hits) >= 2 or (max(hits) == 1 and len(rows[hits.index(1)]) == 1):
            # Of tables one below the other the first; what is below is found by `blocks`.
            return next(number for number, hit in enumerate(hits) if hit * 3 >= max(hits) * 2)
    best, place = -1.0, 0
    fullest = max(sum(bool(clean(cell)) for cell in row) for row in rows)
    for number, row in enumerate(rows):
        cells = [cell for cell in row if clean(cell)]
        words = [
            clean(cell)
            for cell in cells
            if not isinstance(cell, Decimal) and not re.search(r"\d{3}|R\$ ?\d|^https?:|^\d", str(cell)) and len(str(cell)) <= 60
        ]
        common = sum(bool(re.search(HEADER_WORDS, header_key(word))) for word in words)
        score = (len(words) + 2 * common) / max(fullest, 1) - (len(cells) - len(words)) * 0.5 - number * 0.01
        if len(cells) >= min(2, fullest) and score > best + 0.2:
            best, place = score, number
    return place


def _two_lines(rows: list[list[Cell]], place: int, width: int) -> tuple[list[str], int]:
    """The column names of a header row, and 1 when the row below belongs to it: merged cells above their own columns
    ("Preço" above "À vista" and "Parcelado")."""

    def padded(row: list[Cell]) -> list[str]:
        return [clean(cell) for cell in row] + [""] * (width - len(row))

    names = padded(rows[place])
    for top, bottom, below in ((place, place + 1, 1), (place - 1, place, 0)):
        if top < 0 or bottom >= len(rows):
            continue
        upper, lower = padded(rows[top]), padded(rows[bottom])
        fills = sum(bool(second) and not first for first, second in zip(upper, lower, strict=True))
        under = sum(bool(second) and bool(first) for first, second in zip(upper, lower, strict=True))
        empty = sum(bool(first) and not second for first, second in zip(upper, lower, strict=True))
        words = [cell for cell in (*upper, *lower) if cell]
        if not fills or not under or (below and not empty) or sum(map(bool, upper)) < 2:
            continue
        if any(isinstance(cell, Decimal) for cell in (*rows[top], *rows[bottom])):
            continue
        if any(re.search(r"\d{3}|R\$ ?\d|^https?:|^[\d.,]+$", word) or len(word) > 40 for word in words):
            continue
        merged, group = [], ""
        for first, second in zip(upper, lower, strict=True):
            group = first or (group if second else "")
            merged.append(f"{group} {second}".strip() if second else first)
        return merged, below
    return names, 0


HEADER_WORDS = (
    r"\b(?:preco|price|valor|custo|codigo|cod|sku|ref|referencia|produto|nome|descricao|marca|fabricante|modelo|categoria|potencia|quantidade"
    r"|qtd|estoque|imagem|link|url|kit|item|name|brand|title|unidade|disponibilidade)\b"
)


def unique_names(names: list[str]) -> tuple[str, ...]:
    """Column names: blank ones by their place, those that recur numbered."""
    seen: dict[str, int] = {}
    found = []
    for place, name in enumerate(names, start=1):
        label = name or f"column {place}"
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(found)
