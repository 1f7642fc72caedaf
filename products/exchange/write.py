"""A table as a file: CSV, streamed, or an XLSX workbook with the cells that may not be changed in grey."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from products.exchange.cells import Dialect, csv_cell, words_of
from products.exchange.columns import REVISION, Form, TableColumn, revision_header

_BYTE_ORDER_MARK = "\ufeff"
_CHUNK = 500
_HEAD, _LOCKED = PatternFill("solid", fgColor="F2E3D5"), PatternFill("solid", fgColor="EDEDED")


def csv_lines(columns: Mapping[str, TableColumn], rows: Iterable[Mapping[str, str]], dialect: Dialect) -> Iterator[bytes]:
    """The table as UTF-8 with a byte order mark, which Excel needs; a few hundred rows a piece."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=dialect.separator, lineterminator="\r\n")
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow([*(column.header for column in columns.values()), revision_header()])
    for place, row in enumerate(rows, 1):
        writer.writerow([*(csv_cell(column, row[key], dialect) for key, column in columns.items()), row[REVISION]])
        if place % _CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_file(columns: Mapping[str, TableColumn], rows: Iterable[Mapping[str, str]], dialect: Dialect) -> IO[bytes]:
    """The table as a workbook, in a temporary file that is gone once closed. Numbers are numbers, texts are never formulas."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(_("Table"))
    sheet.freeze_panes = "C2"
    for place, column in enumerate(columns.values(), 1):
        sheet.column_dimensions[get_column_letter(place)].width = _width(column)
    sheet.column_dimensions[get_column_letter(len(columns) + 1)].hidden = True
    sheet.append([_head(sheet, column.header) for column in columns.values()] + [_head(sheet, revision_header())])
    for row in rows:
        cells = [_cell(sheet, column, row[key], dialect) for key, column in columns.items()]
        cells.append(_text_cell(sheet, row[REVISION]))
        sheet.append(cells)
    # The caller hands it to a response, which closes it.
    stream = tempfile.TemporaryFile()  # noqa: SIM115
    book.save(stream)
    stream.seek(0)
    return stream


def _head(sheet: Any, text: str) -> Any:
    cell = _text_cell(sheet, text)
    cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, column: TableColumn, text: str, dialect: Dialect) -> Any:
    if not text:
        return None
    if column.form in {Form.NUMBER, Form.INTEGER}:
        cell = WriteOnlyCell(sheet, value=float(text))
        cell.number_format = (
            "0" if column.form is Form.INTEGER else f"#,##0.{'0' * column.places}" if column.places else "General"
        )
    else:
        cell = _text_cell(sheet, words_of(column, text, dialect))
    if not column.editable:
        cell.fill = _LOCKED
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    """A text, whatever it begins with; the quote prefix keeps it one when somebody edits the cell."""
    cell = WriteOnlyCell(sheet)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    return cell


def _width(column: TableColumn) -> int:
    return {Form.TEXT: 28, Form.LINES: 28, Form.LINK: 20, Form.CHOICE: 18}.get(column.form, 14)
