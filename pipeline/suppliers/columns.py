"""Finding a field's value in a record: by column name, by what the cell holds, or both. Pure."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from pipeline.suppliers.mapping import Column, Mapping, Table, same_header
from pipeline.suppliers.records import Cell, SourceRecord
from pipeline.suppliers.text import clean, clean_lines

# The column of a cut-up price that holds its cents, with or without the comma before them.
_CENTS = re.compile(r"decimal|fraction|cent(?:s|avos?)\b|fra[cç][aã]o", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _places(wanted: tuple[str, ...], headers: tuple[str, ...]) -> tuple[str, ...]:
    """The headers a declaration means, in the declaration's order, each once."""
    found: dict[str, None] = {}
    for name in wanted:
        exact = [header for header in headers if clean(name) == clean(header) and clean(name)]
        for header in exact or [header for header in headers if same_header(name, header)]:
            found.setdefault(header)
    return tuple(found)


_resolved: dict[tuple[tuple[str, ...], int], tuple[tuple[str, ...], tuple[str, ...]]] = {}


def _places_in(wanted: tuple[str, ...], record: SourceRecord) -> tuple[str, ...]:
    """`_places`, without comparing a table's hundred column names anew for each of its rows."""
    if not record.headers:
        return _places(wanted, tuple(record.values))
    key = (wanted, id(record.headers))
    known = _resolved.get(key)
    if known is None or known[0] is not record.headers:
        if len(_resolved) > 2048:
            _resolved.clear()
        known = _resolved[key] = (record.headers, _places(wanted, record.headers))
    return known[1]


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def value_of(column: Column | None, record: SourceRecord, *, lines: bool = False) -> Cell:
    """The field's value, cleaned; "" when no cell has one. A number of a spreadsheet or JSON stays a number.

    Args:
        lines: keep line breaks, which separate items in a description.
    """
    if column is None:
        return ""
    found: list[Cell] = []
    joined = column.pick == "joined"
    for header in _places_in(column.headers, record):
        cell = record.values.get(header, "")
        if cell == "":
            continue
        if isinstance(cell, Decimal) and not column.pattern:
            found.append(cell)
            continue
        text = clean_lines(cell) if lines else clean(cell)
        if not text:
            continue
        if column.pattern:
            match = _compiled(column.pattern).search(text)
            if match is None:
                continue
            text = next((group for group in match.groups() if group), match[0]) if match.groups() else text
        if joined and text.isdigit() and _CENTS.search(header) and str(found[-1] if found else "") not in {",", "."}:
            text = f",{text}"
        found.append(text)
        if column.pick == "first":
            break
    if not found:
        return ""
    if joined:
        return "".join(map(str, found))
    if column.pick == "longest":
        return max(found, key=lambda cell: len(str(cell)))
    return found[-1] if column.pick == "last" else found[0]


def text_of(column: Column | None, record: SourceRecord, *, lines: bool = False) -> str:
    return str(value_of(column, record, lines=lines))


def header_of(column: Column | None, record: SourceRecord) -> str:
    """The list's own name of a field's column; empty when it is any column."""
    if column is None or "*" in column.headers:
        return ""
    return next(iter(_places(column.headers, record.headers or tuple(record.values))), "")


def table_for(mapping: Mapping, headers: Sequence[str]) -> Table | None:
    """The first declaration whose `when` columns are all there and which finds a column for its name, key or price."""
    for table in mapping.tables:
        if table.card is not None:
            continue
        if all(any(same_header(wanted, header) for header in headers) for wanted in table.when) and _applies(table, headers):
            return table
    return None


def _applies(table: Table, headers: Sequence[str]) -> bool:
    wanted = [table.columns[name] for name in ("name", "key", "price", "kit_key") if name in table.columns]
    named = [name for column in wanted for name in column.headers if not name.endswith("*")]
    return not named or any(same_header(name, header) for name in named for header in headers)
