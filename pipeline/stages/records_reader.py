"""Documents that are no tables, read whole: a JSON file of records, a page of a registry."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import SourceFileError
from pipeline.sources.base import ReadDocument, Source
from pipeline.stages.header import match_columns
from pipeline.stages.reader import IntArray, KeyBatch, RowBatch
from ysh.core.said import say

# Read at once, so not of any size: a hundred thousand records of a registry.
MAX_DOCUMENT_BYTES = 64 * 1024**2
# The first record stands where a table's first row does, below a header.
_FIRST_LINE = 2


class _Records:
    """Records as published, by their line."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records

    def raw(self, line: int) -> str:
        return json.dumps(self._records[line - _FIRST_LINE], ensure_ascii=False)


class RecordsReader:
    """A `RowReader` over the records a source's own function finds in a document."""

    has_fingerprints = False

    def __init__(self, path: Path, source: Source, *, read: ReadDocument, name: str) -> None:
        """Read the document.

        Args:
            path: where it is.
            source: the declaration the records' names are matched against.
            read: bytes and file name -> records.
            name: the file's name, for errors.

        Raises:
            SourceFileError: too large, not the document `read` expects, or without records.
            MissingColumnsError: required names are absent.
        """
        size = path.stat().st_size
        if size > MAX_DOCUMENT_BYTES:
            raise SourceFileError(
                f"{name} has {size:,} bytes; at most {MAX_DOCUMENT_BYTES:,} are read of a document at once.",
                todo="Split it, or export it as CSV.",
                code="file_too_large",
            )
        self._records = read(path.read_bytes(), name)
        if not self._records:
            raise SourceFileError(say("found_no_records", name=name), todo=say("todo_fetch"), code="empty_file")
        found = list(dict.fromkeys(key for record in self._records for key in record))
        names, self.unknown_columns, self.absent_columns = match_columns(found, source, name=name)
        columns = {name: [_text(record.get(key)) for record in self._records] for key, name in zip(found, names, strict=True)}
        height = len(self._records)
        self._frame = pl.DataFrame(
            {column.name: columns.get(column.name, [None] * height) for column in source.columns},
            schema=dict.fromkeys([column.name for column in source.columns], pl.String),
        ).with_columns(
            pl.int_range(_FIRST_LINE, _FIRST_LINE + height, dtype=pl.Int64).alias("__line"),
            pl.lit(None, dtype=pl.Int64).alias("__fingerprint"),
        )
        self.total_bytes = self.bytes_read = size
        self.rows_seen = height

    def keys(self, limit: int | None = None) -> Iterator[KeyBatch]:
        """Documents have no bytes per record to compare: see `has_fingerprints`."""
        raise NotImplementedError

    def rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        frame = self._frame if lines is None else self._frame[np.asarray(lines) - _FIRST_LINE]
        yield RowBatch(frame.head(limit) if limit is not None else frame, [], _Records(self._records))


def _text(value: Any) -> str | None:
    """A value as a table's cell would have it."""
    if value is None or isinstance(value, str):
        return None if value is None else value.replace("\0", "␀")
    if isinstance(value, bool):
        return "S" if value else "N"
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)
