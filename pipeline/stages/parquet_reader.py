"""Parquet files in batches: the same rows as the CSV, typed; turned back into the text the declaration reads."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.errors import SourceFileError
from pipeline.sources.base import Source
from pipeline.stages.header import match_columns
from pipeline.stages.reader import IntArray, KeyBatch, RowBatch, key_array
from pipeline.stages.refusal import Refusal
from ysh.core.said import say

BATCH_ROWS = 20_000


# Between the texts a fingerprint is taken of; no text that is stored holds it.
_SEPARATOR = "\0"


class _RawRows:
    def __init__(self, frame: pl.DataFrame, lines: IntArray) -> None:
        self._frame, self._lines = frame, lines

    def raw(self, line: int) -> str:
        """The row as a JSON object of its published columns."""
        return json.dumps(self._frame.row(int(np.searchsorted(self._lines, line)), named=True), ensure_ascii=False)


class ParquetReader:
    """A `RowReader` over a Parquet file. Lines are row numbers plus one, as if a header stood above.

    A row's fingerprint is taken over the text of its declared columns without the volatile ones. It is not that of the same row
    in a CSV: where a table was loaded from the one, all rows of the other are converted before they are known as equal.
    """

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
                say("found_bad_parquet", name=name, why=str(error)), todo=say("todo_fetch"), code="damaged_file"
            ) from error
        if self._file.metadata.num_rows == 0:
            raise SourceFileError(say("found_no_rows", name=name), todo=say("todo_fetch"), code="empty_file")
        self._found = self._file.schema_arrow.names
        self._names, self.unknown_columns, self.absent_columns = match_columns(self._found, source, name=name)
        self._renamed = dict(zip(self._found, self._names, strict=True))
        declared = {column.name: column for column in source.columns}
        self._chosen = [found for found, name in self._renamed.items() if name in declared]
        self._lasting = [found for found in self._chosen if not declared[self._renamed[found]].volatile]
        self._seed = xxhash.xxh3_64_intdigest("\n".join(["parquet", *(self._renamed[found] for found in self._lasting)]).encode())
        self.has_fingerprints = bool(source.key_column)
        self.total_bytes, self.bytes_read, self.rows_seen = path.stat().st_size, 0, 0

    def keys(self, limit: int | None = None) -> Iterator[KeyBatch]:
        for batch, first in self._batches(self._lasting, limit):
            frame = self._as_text(self._frame(batch))
            keys = frame[self._source.key_column].fill_null("").to_list()
            lines = np.arange(first, first + frame.height, dtype=np.int64)
            yield KeyBatch(key_array(keys), self._fingerprints(frame), lines)

    def rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        for batch, first in self._batches(self._chosen, limit):
            wanted = np.arange(first, first + batch.num_rows, dtype=np.int64)
            frame = self._frame(batch)
            if lines is not None:
                low, high = np.searchsorted(lines, [first, first + batch.num_rows])
                if low == high:
                    continue
                wanted = lines[low:high]
                frame = frame[wanted - first]
            frame = self._as_text(frame)
            raws = _RawRows(frame, wanted)
            frame = self._declared(frame, wanted)
            frame, refusals = _without_nul(frame, raws) if _may_hold_nul(batch) else (frame, [])
            if frame.height or refusals:
                yield RowBatch(frame, refusals, raws)

    def _batches(self, columns: list[str], limit: int | None) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Stretches of these columns, with the line of their first row.

        Raises:
            SourceFileError: damaged, or of values that are no text and no number; also where the caller finds that.
        """
        self.rows_seen, self.bytes_read = 0, 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
                first = self.rows_seen + 2
                batch.validate(full=True)  # text that is not UTF-8 included: the reader of Parquet does not look
                if limit is not None:
                    batch = batch.slice(0, limit - self.rows_seen)  # noqa: PLW2901
                self.rows_seen += batch.num_rows
                self.bytes_read = round(self.total_bytes * self.rows_seen / self._file.metadata.num_rows)
                yield batch, first
                if limit is not None and self.rows_seen >= limit:
                    return
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> SourceFileError:
        return SourceFileError(
            say("found_parquet_stopped", name=self._name, row=self.rows_seen, why=str(error)),
            todo=say("todo_fetch"),
            code="damaged_file",
        )

    def _frame(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """The batch under the declaration's names."""
        return pl.DataFrame(pl.from_arrow(batch)).rename({name: self._renamed[name] for name in batch.schema.names})

    def _fingerprints(self, frame: pl.DataFrame) -> IntArray:
        """XXH3-64 of each row's text; what is absent counts as empty, as in a CSV."""
        names = [pl.col(self._renamed[found]).fill_null("") for found in self._lasting]
        texts = frame.select(pl.concat_str(names, separator=_SEPARATOR)).to_series().cast(pl.Binary).to_list()
        digest, seed = xxhash.xxh3_64_intdigest, self._seed
        return np.array([digest(text, seed) for text in texts], dtype=np.uint64).view(np.int64)

    def _as_text(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every column as the text the CSV would hold: numbers with a point, dates in ISO form.

        Raises:
            SourceFileError: a column of lists, structures or bytes that are not text.
        """
        try:
            return frame.with_columns(_text(pl.col(name), dtype) for name, dtype in frame.schema.items())
        except pl.exceptions.PolarsError as error:
            raise self._damaged(error) from error

    def _declared(self, frame: pl.DataFrame, lines: IntArray) -> pl.DataFrame:
        prints = self._fingerprints(frame) if self.has_fingerprints else None
        present = set(frame.columns)
        return frame.select(
            *(
                pl.col(column.name) if column.name in present else pl.lit(None, dtype=pl.String).alias(column.name)
                for column in self._source.columns
            ),
            pl.Series("__line", lines, dtype=pl.Int64),
            pl.lit(None, dtype=pl.Int64).alias("__fingerprint")
            if prints is None
            else pl.Series("__fingerprint", prints, dtype=pl.Int64),
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
        message = say("row_nul_in", column=column, position=value.index(chr(0)) + 1)
        refusals.append(Refusal(line, column, value, "nul_byte", message, raws.raw(line)))
    return frame.filter(~bad), refusals
