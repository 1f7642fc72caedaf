"""JSON: a list of objects, or an object that holds one ("products": [...]); nested objects become columns "a.b"."""

import json
from decimal import Decimal
from typing import Any

from pipeline.errors import SourceFileError
from pipeline.suppliers.read.json_lines import line_of
from pipeline.suppliers.read.json_offers import offers_of
from pipeline.suppliers.read.sheet import MAX_CELL, MAX_ROWS, Sheet
from pipeline.suppliers.records import Cell, SourceRecord

_DEPTH = 6


def sheets(text: str, name: str) -> list[Sheet] | None:
    """The tables of a JSON text; None when it is no JSON but may be something else (a CSV that begins with a bracket).

    Raises:
        SourceFileError: JSON that is cut off, or holds no list of objects.
    """
    try:
        data = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except RecursionError as error:
        raise SourceFileError(f"{name}: expected a list of objects, found JSON nested without end.", code="bad_json") from error
    except ValueError as error:
        if (data := _by_line(text)) is not None:
            return [_sheet(data, "", name)]
        if text.lstrip().startswith(("{", "[{", "[\n")):
            raise SourceFileError(
                f"{name}: expected JSON, found damaged JSON ({error}).", todo="Export it again.", code="bad_json"
            ) from error
        return None
    lists = _lists(data, "")
    if not lists:
        raise SourceFileError(
            f"{name}: expected a list of objects, found none.", todo="Give a list of products or kits.", code="bad_json"
        )
    return [_sheet(rows, key, name) for key, rows in lists]


def _by_line(text: str) -> list[dict[str, Any]] | None:
    """The objects of a text with one on each line; None when it is none."""
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError):
            return None
        if not isinstance(row, dict):
            return None
        rows.append(row)
    return rows if len(rows) > 1 else None


def _keyed(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects of {"CODE": {...}, ...} with their keys as `sku`; none where the values are not alike records."""
    rows = [(key, value) for key, value in data.items() if isinstance(value, dict)]
    if len(rows) < 2 or len(rows) < len(data):
        return []
    shared = set.intersection(*(set(value) for _key, value in rows))
    return (
        [{"sku": key, **value} for key, value in rows]
        if len(shared) >= 2 and not any(_lists(value, "") for _k, value in rows)
        else []
    )


def _lists(data: Any, key: str) -> list[tuple[str, list[dict[str, Any]]]]:
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, dict)]
        return [(key, rows)] if rows else []
    if isinstance(data, dict):
        if keyed := _keyed(data):
            return [(key, keyed)]
        return [
            found
            for name, value in data.items()
            for found in _lists(value, f"{key}.{name}".strip("."))
            if isinstance(value, list | dict)
        ]
    return []


def _sheet(rows: list[dict[str, Any]], key: str, name: str) -> Sheet:
    headers: dict[str, None] = {}
    records = []
    for number, row in enumerate(rows, start=1):
        for each in offers_of(row):
            values: dict[str, Cell] = {}
            _flatten(each, "", values, _DEPTH)
            headers |= dict.fromkeys(values)
            records.append(SourceRecord(name, number, values))
        if len(records) > MAX_ROWS:
            raise SourceFileError(
                f"{name}: expected at most {MAX_ROWS:,} rows, found more.", todo="Split the list.", code="too_long"
            )
    return Sheet(name, key, tuple(headers), records)


def _flatten(value: Any, key: str, into: dict[str, Cell], depth: int) -> None:
    match value:
        case dict() if depth:
            for name, inner in value.items():
                _flatten(inner, f"{key}.{name}".strip("."), into, depth - 1)
        case list() if all(isinstance(item, str | Decimal) for item in value):
            into[key] = "\n".join(map(str, value))[:MAX_CELL]
        case list():
            # Lines of a bill of materials: "2x name", which the text grammar reads.
            word = key.rpartition(".")[2]
            into[key] = "\n".join(line_of(item, word) for item in value if isinstance(item, dict))[:MAX_CELL]
        case Decimal():
            into[key] = value
        case bool() | None:
            into[key] = "" if value is None else str(value)
        case _:
            into[key] = str(value)[:MAX_CELL]
