"""What a file is, told by its bytes, and its rows. Limits hold before anything is unpacked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pipeline.errors import SourceFileError
from pipeline.suppliers.records import Cell, SourceRecord
from pipeline.suppliers.text import clean, header_key

MAX_BYTES = 100 * 1024**2
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_CELL = 200_000
HEADER_ROWS = 30


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: column names (unique, blank ones named by place) and its rows, blank rows left out."""

    file: str
    name: str
    headers: tuple[str, ...]
    records: list[SourceRecord]


@dataclass(frozen=True, slots=True)
class Page:
    """A page capture: numbered lines of Markdown."""

    file: str
    lines: list[str]


def open_list(path: Path, *, name: str = "", known_headers: Iterable[str] = ()) -> list[Sheet | Page]:
    """Read a file whole.

    Args:
        path: the file.
        name: its name for people; the path's by default.
        known_headers: column names of the supplier's mapping, which help to find the header row.

    Raises:
        SourceFileError: it is empty, too large, damaged, a bomb, or nothing we read.
    """
    from pipeline.suppliers.read import csv_file, json_file, xlsx_file

    name = name or path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(65_536)
    except OSError as error:
        raise SourceFileError(f"{name}: cannot be read ({error}).", todo="Check the path.", code="unreadable") from error
    if size > MAX_BYTES:
        raise SourceFileError(f"{name}: expected at most {MAX_BYTES:,} bytes, found {size:,}.", todo="Split the list.", code="too_large")
    if not head.strip():
        raise SourceFileError(f"{name}: expected a price list, found an empty file.", code="empty")
    known = {header_key(header) for header in known_headers if header_key(header)}
    if head.startswith(b"PK"):
        return list(xlsx_file.sheets(path, name, known))
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise SourceFileError(
            f"{name}: expected CSV, XLSX, JSON or Markdown, found another kind of file ({head[:4]!r}).",
            todo="Save it as XLSX or CSV (old XLS and PDF are not read).",
            code="unknown_format",
        )
    text = decoded(path.read_bytes(), name)
    begin = text.lstrip()[:1]
    if begin in {"{", "["} and (found := json_file.sheets(text, name)) is not None:
        return list(found)
    if re.search(r"(?m)^#{1,6} +\S", text) and re.search(r"(?m)^(?:\||#{1,6} .*R\$|\**Quantidade|!\[)", text):
        return [Page(name, text.splitlines())]
    return [csv_file.sheet(text, name, known)]


def decoded(data: bytes, name: str) -> str:
    """The text of a file: by its byte order mark, as UTF-8, else as Windows-1252 (what Excel in Brazil writes).

    Raises:
        SourceFileError: it is binary.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:200_000]
    if (sample.count(0) or sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) // 100) and b"\x00" in sample:
        if sample.count(0) > len(sample) // 3:
            return data.decode("utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be", errors="replace")
        raise SourceFileError(f"{name}: expected text or XLSX, found binary data.", todo="Save it as XLSX or CSV.", code="binary")
    if sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) // 100:
        raise SourceFileError(f"{name}: expected text or XLSX, found binary data.", todo="Save it as XLSX or CSV.", code="binary")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace") if not any(byte in data for byte in b"\x81\x8d\x8f\x90\x9d") else data.decode("latin-1")


def as_sheet(file: str, name: str, rows: Iterable[tuple[int, list[Cell]]], known: set[str]) -> Sheet:
    """A table from numbered rows: the header row is found, later rows become records.

    Raises:
        SourceFileError: too many rows or columns, or no header and row at all.
    """
    kept: list[tuple[int, list[Cell]]] = []
    for line, cells in rows:
        if len(cells) > MAX_COLUMNS and any(clean(cell) for cell in cells[MAX_COLUMNS:]):
            raise SourceFileError(
                f"{file}, line {line}: expected at most {MAX_COLUMNS} columns, found {len(cells):,}.", todo="Is it a price list?", code="too_wide"
            )
        cells = cells[:MAX_COLUMNS]
        if any(clean(cell) for cell in cells):
            kept.append((line, [cell if isinstance(cell, Decimal) else cell[:MAX_CELL] for cell in cells]))
        if len(kept) > MAX_ROWS:
            raise SourceFileError(f"{file}: expected at most {MAX_ROWS:,} rows, found more.", todo="Split the list.", code="too_long")
    if not kept:
        return Sheet(file, name, (), [])
    place = _header_row([cells for _line, cells in kept[:HEADER_ROWS]], known)
    width = max(len(cells) for _line, cells in kept)
    headers = _unique([clean(cell) for cell in kept[place][1]] + [""] * (width - len(kept[place][1])))
    records = [SourceRecord(file, line, dict(zip(headers, cells, strict=False))) for line, cells in kept[place + 1 :]]
    return Sheet(file, name, headers, records)


def _header_row(rows: list[list[Cell]], known: set[str]) -> int:
    """Which row names the columns: the first with known names, else the first of the fullest ones without numbers and prices."""
    if known:
        hits = [sum(header_key(str(cell)) in known for cell in row) for row in rows]
        if max(hits) >= 2 or (max(hits) == 1 and len(rows[hits.index(1)]) == 1):
            return hits.index(max(hits))
    best, place = -1.0, 0
    fullest = max(sum(bool(clean(cell)) for cell in row) for row in rows)
    for number, row in enumerate(rows):
        cells = [cell for cell in row if clean(cell)]
        words = [clean(cell) for cell in cells if not isinstance(cell, Decimal) and not re.search(r"\d{3}|R\$ ?\d|^https?:|^\d", str(cell)) and len(str(cell)) <= 60]
        common = sum(bool(re.search(_WORDS, header_key(word))) for word in words)
        score = (len(words) + 2 * common) / max(fullest, 1) - (len(cells) - len(words)) * 0.5 - number * 0.01
        if len(cells) >= min(2, fullest) and score > best + 0.2:
            best, place = score, number
    return place


_WORDS = (
    r"\b(?:preco|price|valor|custo|codigo|cod|sku|ref|referencia|produto|nome|descricao|marca|fabricante|modelo|categoria|potencia|quantidade"
    r"|qtd|estoque|imagem|link|url|kit|item|name|brand|title|unidade|disponibilidade)\b"
)


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for place, name in enumerate(names, start=1):
        label = name or f"column {place}"
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(found)
