"""The log as a file, written while it is read: a page at a time, whatever its length."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from audit.api.serializers import NAMES, entry_row
from audit.presenters import Narrator
from audit.timeline import Filters, Place, read
from ysh.core.api.renderers import plain

PAGE = 1000
TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """Takes what the CSV writer writes, and gives it back."""

    def write(self, text: str) -> str:
        return text


def export(filters: Filters, kind: str) -> StreamingHttpResponse:
    """Every entry that passes the filters, newest first.

    Args:
        filters: what is looked for.
        kind: `csv` or `ndjson`.
    """
    lines = _csv(filters) if kind == "csv" else _ndjson(filters)
    response = StreamingHttpResponse((line.encode() for line in lines), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="change-log.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


def _rows(filters: Filters) -> Iterator[dict[str, Any]]:
    after: Place | None = None
    while True:
        page = read(filters, after=after, size=PAGE)
        narrator = Narrator.of(page.entries)
        yield from (entry_row(entry, narrator) for entry in page.entries)
        after = page.next
        if after is None:
            return


def _ndjson(filters: Filters) -> Iterator[str]:
    for row in _rows(filters):
        yield json.dumps(row, default=plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv(filters: Filters) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    yield str(write(NAMES))
    for row in _rows(filters):
        yield str(write([_cell(row[name]) for name in NAMES]))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = value if isinstance(value, str | int) else plain(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else str(text)
