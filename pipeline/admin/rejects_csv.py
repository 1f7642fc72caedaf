"""All stored refused rows of a run as one CSV that opens in Excel pt-BR with a double click."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from pipeline.models import IngestionRun, RejectedRow

# Excel pt-BR takes `;` for the separator and needs the byte order mark to read UTF-8.
_SEPARATOR = ";"
_BYTE_ORDER_MARK = "\ufeff"
# A cell that begins with one of these is run as a formula by spreadsheets (CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands back what is written to it, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text


def safe_cell(value: Any) -> str:
    """The value as text that no spreadsheet runs as a formula: an apostrophe goes before a suspicious first character."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def rejects_csv(run: IngestionRun, *, with_personal_data: bool) -> StreamingHttpResponse:
    """A streamed download: line, column, reason, message and, for those who may see personal data, the value and the raw row."""
    rows = RejectedRow.objects.filter(run_id=run.run_id).order_by("line", "id")
    fields = ["line", "column", "reason", "message", *(["value", "raw"] if with_personal_data else [])]
    headings = {
        "line": _("line"),
        "column": _("column"),
        "reason": _("reason"),
        "message": _("message"),
        "value": _("value"),
        "raw": _("row as published"),
    }

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo(), delimiter=_SEPARATOR, quoting=csv.QUOTE_ALL)  # type: ignore[arg-type]
        yield _BYTE_ORDER_MARK + writer.writerow([headings[field] for field in fields])  # type: ignore[operator]
        for row in rows.iterator(chunk_size=2000):
            yield writer.writerow([safe_cell(row.why if field == "message" else getattr(row, field)) for field in fields])  # type: ignore[misc]

    name = f"rejeitadas-{run.source}-{run.started_at:%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        lines(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
