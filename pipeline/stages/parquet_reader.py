"""Parquet files in batches: the same rows as the CSV, typed; turned back into the text the declaration reads."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import SourceFileError
from pipeline.sources.base import Source
from pipeline.stages.header import match_columns
from pipeline.stages.reader import IntArray, KeyBatch, Refusal, RowBatch

BATCH_ROWS = 20_000


class _RawRows:
    def __init__(self, frame: pl.DataFrame, first_line: int) -> None:
        self._frame, self._first = frame, first_line

    def raw(self, line: int) -> str:
        """The row as a JSON object of its published columns."""
        return json.dumps(self._frame.row(line - self._first, named=True), ensure_ascii=False)


class ParquetReader:
    """A `RowReader` over a Parquet file. Lines are row numbers plus one, as if a header stood above."""

    has_fingerprints = False

    def __init__(self, path: Path, source: Source, *, name: str) -> None:
        """Open the file and match its columns.

        Raises:
            SourceFileError: damaged or truncated.
            MissingColumnsError: required columns are absent.
        """
        self._name, self._source = name, source
        try:
            self._file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise SourceFileError(
                f"{name} is a damaged or truncated Parquet file ({error}).", todo="Fetch it again.", code="damaged_file"
            ) from error
        if self._file.metadata.num_rows == 0:
            raise SourceFileError(f"{name} has no rows.", todo="Fetch it again.", code="empty_file")
        self._found = self._file.schema_arrow.names
        self._names, self.unknown_columns, self.absent_columns = match_columns(self._found, source, name=name)
        self.total_bytes, self.bytes_read, self.rows_seen = path.stat().st_size, 0, 0

    def keys(self, limit: int | None = None) -> Iterator[KeyBatch]:
        raise NotImplementedError("A Parquet file has no bytes per row to take a fingerprint of.")

    def rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        self.rows_seen, self.bytes_read = 0, 0
        wanted = {column.name for column in self._source.columns}
        chosen = [found for found, name in zip(self._found, self._names, strict=True) if name in wanted]
        names = dict(zip(self._found, self._names, strict=True))
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS, columns=chosen, use_threads=False):
                first = self.rows_seen + 2
                batch.validate(full=True)  # text that is not UTF-8 included: the reader of Parquet does not look
                frame = self._as_text(pl.DataFrame(pl.from_arrow(batch)).rename({name: names[name] for name in chosen}))
                if limit is not None:
                    frame = frame.head(limit - self.rows_seen)
                self.rows_seen += frame.height
                self.bytes_read = round(self.total_bytes * self.rows_seen / self._file.metadata.num_rows)
                raws = _RawRows(frame, first)
                frame = self._declared(frame, first)
                if lines is not None:
                    low, high = np.searchsorted(lines, [first, first + frame.height])
                    frame = frame[lines[low:high] - first]
                frame, refusals = _without_nul(frame, raws) if _may_hold_nul(batch) else (frame, [])
                if frame.height or refusals:
                    yield RowBatch(frame, refusals, raws)
                if limit is not None and self.rows_seen >= limit:
                    return
        except (pa.ArrowInvalid, OSError, pl.exceptions.PolarsError) as error:
            raise SourceFileError(
                f"{self._name} is damaged: reading stopped after row {self.rows_seen:,} ({error}).",
                todo="Fetch it again.",
                code="damaged_file",
            ) from error

    @staticmethod
    def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
        """Every column as the text the CSV would hold: numbers with a point, dates in ISO form.

        Raises:
            polars.exceptions.PolarsError: a column of lists, structures or bytes that are not text.
        """
        return frame.with_columns(_text(pl.col(name), dtype) for name, dtype in frame.schema.items())

    def _declared(self, frame: pl.DataFrame, first_line: int) -> pl.DataFrame:
        present = set(frame.columns)
        return frame.select(
            *(
                pl.col(column.name) if column.name in present else pl.lit(None, dtype=pl.String).alias(column.name)
                for column in self._source.columns
            ),
            pl.int_range(first_line, first_line + frame.height, dtype=pl.Int64).alias("__line"),
            pl.lit(None, dtype=pl.Int64).alias("__fingerprint"),
        )


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S")
    if dtype.is_float():
        # Codes with gaps come as 3550308.0 and NaN.
        whole = (column == column.round()) & (column.abs() < 1e15)
        number = pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        return pl.when(column.is_not_nan()).then(number).alias(column.meta.output_name())
    if dtype.is_nested():
        raise pl.exceptions.InvalidOperationError(f"column {column.meta.output_name()} holds {dtype}, not one value a row")
    return column.cast(pl.String)


def _may_hold_nul(batch: pa.RecordBatch) -> bool:
    """Whether a byte of the text columns is NUL: one look at their buffers, nearly always all there is to do."""
    texts = (column for column in batch.columns if not pa.types.is_primitive(column.type))
    buffers = (buffer for column in texts for buffer in column.buffers()[2:] if buffer is not None)
    return any(bool((np.frombuffer(buffer, dtype=np.uint8) == 0).any()) for buffer in buffers)


def _without_nul(frame: pl.DataFrame, raws: _RawRows) -> tuple[pl.DataFrame, list[Refusal]]:
    """Rows with NUL in a text taken out: the database cannot store them."""
    found = frame.select(pl.col(pl.String).str.contains("\0", literal=True).fill_null(value=False))
    bad = found.select(pl.any_horizontal(pl.all())).to_series()
    refusals = []
    for position in bad.arg_true().to_list():
        column = next(name for name, hit in found.row(position, named=True).items() if hit)
        line, value = frame["__line"][position], frame[column][position]
        message = f"{column} holds a NUL character at position {value.index(chr(0)) + 1}; text was expected."
        refusals.append(Refusal(line, column, value, "nul_byte", message, raws.raw(line)))
    return frame.filter(~bad), refusals
