"""A file that comes back: CSV of either dialect in the encodings spreadsheets save, or XLSX. Sizes are looked at first."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from products.exchange.cells import BRAZIL, INTERNATIONAL, Dialect, unguarded
from ysh.core.errors import TerminalError

MOST_BYTES = 30 * 1024**2
MOST_UNPACKED = 300 * 1024**2
MOST_ROWS = 60_000
MOST_COLUMNS = 400


class TableRefusedError(TerminalError):
    """The file is no table of ours, damaged, or too large."""

    default_code = "table_refused"


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and rows.

    Attributes:
        headers: the first row.
        rows: (line, cells) of those that hold something.
        dialect: how its texts write numbers.
    """

    headers: list[str]
    rows: list[tuple[int, list[Any]]]
    dialect: Dialect


def read_table(data: bytes, name: str) -> Table:
    """A table by its content, whatever its name says.

    Raises:
        TableRefusedError: too large, damaged, or without a header and rows.
    """
    if len(data) > MOST_BYTES:
        raise TableRefusedError(_("Expected a file of at most %(most)d MB.") % {"most": MOST_BYTES // 1024**2}, code="too_large")
    lines, dialect = _workbook(data, name) if data.startswith(b"PK\x03\x04") else _csv(data, name)
    headers: list[str] = []
    rows: list[tuple[int, list[Any]]] = []
    for number, cells in lines:
        if not any(cell not in (None, "") for cell in cells):
            continue
        if not headers:
            headers = ["" if cell is None else str(cell) for cell in cells]
            if len(headers) > MOST_COLUMNS:
                raise TableRefusedError(_("Expected at most %(most)d columns.") % {"most": MOST_COLUMNS}, code="too_large")
        elif len(rows) == MOST_ROWS:
            raise TableRefusedError(_("Expected at most %(most)d rows.") % {"most": MOST_ROWS}, code="too_large")
        else:
            rows.append((number, cells))
    if not headers or not rows:
        raise TableRefusedError(_("%(name)s: expected a header and rows, found none.") % {"name": name}, code="empty")
    return Table(headers, rows, dialect)


def _csv(data: bytes, name: str) -> tuple[Iterator[tuple[int, list[Any]]], Dialect]:
    if b"\x00" in data[:4096]:
        raise TableRefusedError(_("%(name)s: expected CSV or XLSX, found another kind of file.") % {"name": name}, code="kind")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    separator = max((";", "\t", ","), key=header.count)
    dialect = INTERNATIONAL if separator == "," else BRAZIL
    csv.field_size_limit(1_000_000)

    def lines() -> Iterator[tuple[int, list[Any]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            for cells in reader:
                yield reader.line_num, [unguarded(cell) for cell in cells]
        except csv.Error as error:
            raise TableRefusedError(
                _("%(name)s, line %(line)d: no valid CSV (%(error)s).") % {"name": name, "line": reader.line_num, "error": error},
                code="damaged",
            ) from error

    return lines(), dialect


def _workbook(data: bytes, name: str) -> tuple[Iterator[tuple[int, list[Any]]], Dialect]:
    damaged = _("%(name)s: expected an XLSX workbook, found a damaged one. Save it again.") % {"name": name}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableRefusedError(damaged, code="damaged") from error
    ratio = unpacked / max(len(data), 1)
    if unpacked > MOST_UNPACKED or (unpacked > 20 * 1024**2 and ratio > settings.INGEST_MAX_COMPRESSION_RATIO):
        raise TableRefusedError(_("%(name)s unpacks to more than a table would.") % {"name": name}, code="bomb")

    def lines() -> Iterator[tuple[int, list[Any]]]:
        try:
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                # The export has one sheet; of several the first that is shown.
                sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
                for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
                    cells = [_cell(value) for value in row]
                    while cells and cells[-1] is None:
                        cells.pop()
                    yield number, cells
            finally:
                book.close()
        except TableRefusedError:
            raise
        except (
            InvalidFileException, zipfile.BadZipFile, StopIteration, KeyError, ValueError, OSError, EOFError, SyntaxError,
            AttributeError, TypeError, IndexError,
        ) as error:  # fmt: skip
            # openpyxl has no error of its own for damaged parts: whatever it trips over means a file we cannot read.
            raise TableRefusedError(damaged, code="damaged") from error

    return lines(), BRAZIL


def _cell(value: Any) -> Any:
    match value:
        case bool() | None:
            return value
        case int():
            return Decimal(value)
        case float():
            return Decimal(repr(value)) if isfinite(value) else None
    return str(value)
