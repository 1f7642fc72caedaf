"""Sheets that hold several tables one below the other, each with its heading and its own column names. Pure."""

import re
from decimal import Decimal

from pipeline.suppliers.read.sheet import HEADER_WORDS, Sheet, unique_names
from pipeline.suppliers.records import SourceRecord
from pipeline.suppliers.text import clean, header_key

_MORE_WORDS = re.compile(r"^(?:fases?|tensao|mppts?|entrega|prazo|garantia|r wp|linha|unid|qtde|voltagem|pallet)\b")
_VALUE = re.compile(r"\d|https?:")
_MONEY = re.compile(r"\b(?:preco|price|valor|vlr|custo)\b")


def blocks(sheet: Sheet) -> list[Sheet]:
    """The sheet's tables; the sheet itself where it is one. A row with one cell above a table's column names is its heading."""
    starts = [place for place, record in enumerate(sheet.records) if _names_columns(sheet, record)]
    if not starts:
        return [sheet]
    found, begin, headers, heading = [], 0, sheet.headers, sheet.heading
    for start in [*starts, len(sheet.records)]:
        last = start < len(sheet.records) and start > begin and len(sheet.records[start - 1].values) == 1
        rows = sheet.records[begin : start - 1 if last else start]
        if rows:
            found.append(Sheet(sheet.file, sheet.name, headers, [_renamed(row, headers) for row in rows], heading))
        if start < len(sheet.records):
            names = sheet.records[start].values
            headers = unique_names([clean(names.get(header, "")) for header in sheet.headers])
            heading = clean(next(iter(sheet.records[start - 1].values.values()))) if last else ""
            begin = start + 1
    return found


def _names_columns(sheet: Sheet, record: SourceRecord) -> bool:
    """Whether a row names columns, and others than the sheet's: words of column names only, a price's among them."""
    if len(record.values) < 3 or any(isinstance(cell, Decimal) for cell in record.values.values()):
        return False
    cells = {}
    for header, cell in record.values.items():  # most rows show by their first cells that they are none
        cells[header] = text = clean(cell)
        if len(text) > 40 or _VALUE.search(text):
            return False
    keys = [header_key(cell) for cell in cells.values()]
    if all(header_key(header) == key for header, key in zip(cells, keys, strict=True)) or not any(map(_MONEY.search, keys)):
        return False
    return sum(bool(re.search(HEADER_WORDS, key) or _MORE_WORDS.search(key)) for key in keys) * 3 >= len(keys) * 2


def _renamed(record: SourceRecord, headers: tuple[str, ...]) -> SourceRecord:
    """The record under its own table's column names."""
    if headers is record.headers:
        return record
    named = dict(zip(record.headers, headers, strict=True))
    return SourceRecord(record.file, record.line, {named[name]: cell for name, cell in record.values.items()}, headers)
