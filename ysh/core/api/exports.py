"""Whole filtered lists as CSV or NDJSON, streamed: a cursor on the server, a thousand rows in memory at a time."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import Throttled
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from ysh.core.api.encoding import packed_stream, takes_gzip
from ysh.core.api.renderers import plain
from ysh.core.api.scopes import KeyHolder, allows
from ysh.core.api.throttling import WINDOW_SECONDS, anonymous_limit
from ysh.core.cache.redis_tier import rate_limit

ROWS_A_CHUNK = 1000
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
# What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _ExportRenderer(BaseRenderer):
    """Only names the format: the view streams."""

    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b""


class CsvRenderer(_ExportRenderer):
    media_type = "text/csv"
    format = "csv"


class NdjsonRenderer(_ExportRenderer):
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    format = "ndjson"


EXPORTS: tuple[type[BaseRenderer], ...] = (CsvRenderer, NdjsonRenderer)
FORMATS = frozenset(str(renderer.format) for renderer in EXPORTS)


def is_export(request: Request) -> bool:
    """Whether the request's representation is a streamed one."""
    return getattr(getattr(request, "accepted_renderer", None), "format", None) in FORMATS


def check_limit(request: Request) -> None:
    """Few exports a minute for readers without the scope `export`.

    Raises:
        Throttled: too many.
    """
    limit = settings.API_EXPORTS_PER_MINUTE
    if not limit or allows(request, "export"):
        return
    user = request.user
    address = anonymous_limit(request._request.META)
    who = f"key-{user.prefix}" if isinstance(user, KeyHolder) else address[0] if address else ""
    verdict = rate_limit(f"export-{who}", limit, WINDOW_SECONDS) if who else None
    if verdict is not None and not verdict.allowed:
        raise Throttled(wait=verdict.reset_ms / 1000)


def export(request: Request, queryset: QuerySet[Any], names: Sequence[str], columns: Sequence[Any], name: str) -> Any:
    """The streamed answer, in the order of the primary key. A query that fails midway breaks the connection off: no list ends
    early in silence.

    Args:
        request: its representation decides the form.
        queryset: filtered.
        names, columns: the fields, and what to select for them.
        name: of the file.
    """
    rows = _rows(queryset.order_by("pk").values_list(*columns), len(names))
    chosen = request.accepted_renderer.format  # type: ignore[union-attr]
    body = _csv(rows, names) if chosen == "csv" else _ndjson(rows, names)
    media_type = CsvRenderer.media_type if chosen == "csv" else NdjsonRenderer.media_type
    is_packed = takes_gzip(request._request)
    response = StreamingHttpResponse(packed_stream(body) if is_packed else body, content_type=f"{media_type}; charset=utf-8")
    if is_packed:
        response["Content-Encoding"] = "gzip"
    response["Content-Disposition"] = f'attachment; filename="{name}.{chosen}"'
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept", "Accept-Encoding"])
    return response


def _rows(queryset: Any, width: int) -> Iterator[Sequence[Any]]:
    """Each row through a cursor of the server, in a read-only transaction of its own; each fetch may take the limit's time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('transaction_read_only', 'on', true)",
                [f"{settings.EXPORT_STATEMENT_TIMEOUT_MS}ms"],
            )
        for row in queryset.iterator(chunk_size=ROWS_A_CHUNK):
            yield row[:width]


def _ndjson(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> Iterator[bytes]:
    lines: list[str] = []
    for row in rows:
        lines.append(json.dumps(dict(zip(names, row, strict=True)), default=plain, ensure_ascii=False, separators=(",", ":")))
        if len(lines) == ROWS_A_CHUNK:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _csv(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % ROWS_A_CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def cell(value: Any) -> Any:
    """A value as a CSV cell. What a spreadsheet would take for a formula gets an apostrophe in front; numbers are left alone."""
    if value is None or isinstance(value, int | float):
        return ("true" if value else "false") if isinstance(value, bool) else value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = "; ".join(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, default=plain, ensure_ascii=False)
    text = value if isinstance(value, str) else str(plain(value))
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
