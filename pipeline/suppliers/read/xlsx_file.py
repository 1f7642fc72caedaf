"""XLSX, read row by row without loading the workbook; what it would unpack to is looked at first."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from django.conf import settings
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.errors import SourceFileError
from pipeline.suppliers.read.sheet import HEADER_ROWS, MAX_COLUMNS, Sheet, as_sheet
from pipeline.suppliers.records import Cell

MAX_UNPACKED = 500 * 1024**2


def sheets(path: Path, name: str, known: set[str]) -> Iterator[Sheet]:
    """The visible sheets that hold rows.

    Raises:
        SourceFileError: damaged, no workbook, or it unpacks to more than a price list would.
    """
    _check(path, name)
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
        try:
            found = 0
            for worksheet in workbook.worksheets:
                if worksheet.sheet_state != "visible":
                    continue
                sheet = as_sheet(name, worksheet.title, _rows(worksheet), known)
                if sheet.records:
                    found += 1
                    yield sheet
            if not found:
                raise SourceFileError(f"{name}: expected a sheet with rows, found none.", code="empty")
        finally:
            workbook.close()
    except SourceFileError:
        raise
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        EOFError,
        SyntaxError,
        AttributeError,
        TypeError,
        IndexError,
    ) as error:
        # openpyxl has no error of its own for damaged parts: whatever it trips over means a file we cannot read.
        raise SourceFileError(
            f"{name}: expected an XLSX workbook, found a damaged one ({error}).", todo="Save it again.", code="bad_xlsx"
        ) from error


def _check(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise SourceFileError(
            f"{name}: expected an XLSX workbook, found a damaged one ({error}).", todo="Save it again.", code="bad_xlsx"
        ) from error
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise SourceFileError(
            f"{name}: expected an XLSX workbook, found another ZIP.", todo="Unpack it and give the lists.", code="unknown_format"
        )
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if unpacked > MAX_UNPACKED or (unpacked > 10 * 1024**2 and unpacked / packed > settings.INGEST_MAX_COMPRESSION_RATIO):
        raise SourceFileError(
            f"{name}: expected at most {MAX_UNPACKED:,} bytes unpacked, {settings.INGEST_MAX_COMPRESSION_RATIO} times its size; "
            f"found {unpacked:,} ({unpacked / packed:.0f} times).",
            code="bomb",
        )


def _rows(worksheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    widest = 0
    blank = 0
    for number, row in enumerate(worksheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), start=1):
        cells = [_cell(value) for value in row]
        while cells and cells[-1] == "":
            cells.pop()
        widest = max(widest, len(cells))
        blank = 0 if cells else blank + 1
        if blank > 5_000 and number > HEADER_ROWS:
            return  # formatted to the end of the sheet
        yield number, cells


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case bool():
            return "sim" if value else "não"
        case int():
            return Decimal(value)
        case float():
            return Decimal(repr(value)) if isfinite(value) else ""
        case datetime() | date():
            return value.isoformat()
    return str(value)
