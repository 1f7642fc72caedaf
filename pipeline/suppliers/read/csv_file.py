"""CSV and its relatives: the delimiter is told from the text."""

import csv
import io
from collections.abc import Iterator

from pipeline.errors import SourceFileError
from pipeline.suppliers.read.sheet import MAX_CELL, Sheet, as_sheet
from pipeline.suppliers.records import Cell

_DELIMITERS = (";", ",", "\t", "|")


def sheet(text: str, name: str, known: set[str]) -> Sheet:
    """The table of a text.

    Raises:
        SourceFileError: no delimiter makes a table of it, or a cell or row is beyond the limits.
    """
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], "\n" + rest
    else:
        delimiter = delimiter_of(text)
    csv.field_size_limit(MAX_CELL * 10)
    return as_sheet(name, "", _rows(text, name, delimiter), known)


def _rows(text: str, name: str, delimiter: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(_lines(text), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, list(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceFileError(
            f"{name}, line {reader.line_num}: expected CSV ({error}).", todo="Save the list again as CSV or XLSX.", code="bad_csv"
        ) from error


def _lines(text: str) -> Iterator[str]:
    """The text's lines, one at a time: a StringIO would hold a long list once more, four bytes a letter."""
    end = "\n" if "\n" in text else "\r"
    start = 0
    while (found := text.find(end, start)) >= 0:
        yield text[start : found + 1]
        start = found + 1
    if start < len(text):
        yield text[start:]


def delimiter_of(text: str) -> str:
    """Which of ; , tab | gives the most even table over the first rows."""
    best, chosen = 0.0, ","
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
        widths = []
        try:
            for number, cells in enumerate(reader):
                if any(cells):
                    widths.append(len(cells))
                if number >= 40:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        if common > 1:
            score = widths.count(common) / len(widths) + min(common, 20) * 0.01
            if score > best:
                best, chosen = score, delimiter
    return chosen
