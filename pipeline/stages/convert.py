"""Published text to typed columns, a batch at a time: what is refused, what is flagged, and the canonical hash of each row."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import xxhash

from pipeline.sources.base import LoadContext, Source
from pipeline.stages.column_parser import ColumnParsers
from pipeline.stages.reader import RowBatch
from pipeline.stages.refusal import Refusal
from ysh.core.said import Said, say

_SEPARATOR = "\x1f"


@dataclass(slots=True)
class Converted:
    """Rows ready for the table.

    Attributes:
        frame: the source's `table_columns`, then `raw_data`, `row_hash` (`\\x…` text), `source_fingerprint` and `line`.
        refusals: rows of the batch that were not taken, by line.
    """

    frame: pl.DataFrame
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why one row is refused: position in the batch, column, code, what was expected."""

    row: int
    column: str
    reason: str
    expected: Said | str


class Converter:
    """Turns batches of published rows into table rows, as one source declares it. Built once per run."""

    def __init__(self, source: Source, context: LoadContext) -> None:
        self._source, self._context = source, context
        self._parsers = ColumnParsers([column for column in source.columns if not column.volatile])

    def convert(self, batch: RowBatch) -> Converted:
        """Convert one batch.

        Args:
            batch: rows as read; all columns String.

        Returns:
            The good rows, and the refusals of reader and converter together.
        """
        raw = batch.frame
        values: dict[str, pl.Series] = {}
        canonical: list[pl.Series] = []
        faults: dict[int, _Fault] = {}
        for column, parsed in zip(self._parsers.columns, self._parsers.parse(raw), strict=True):
            values[column.to or f"={column.name}"] = parsed.value
            canonical.append(parsed.canonical)
            if column.mandatory and parsed.value.null_count():
                empty = (
                    parsed.value.is_null() & (parsed.canonical == "")
                    if parsed.bad is None
                    else parsed.value.is_null() & ~parsed.bad
                )
                for row in empty.arg_true().to_list():
                    faults.setdefault(row, _Fault(row, column.name, "missing_value", column.kind.expected))
            if parsed.bad is not None:
                for row in parsed.bad.arg_true().to_list():
                    faults.setdefault(row, _Fault(row, column.name, column.kind.reason, column.kind.expected))
        texts = pl.select(
            pl.concat_str(*(series.alias(str(i)) for i, series in enumerate(canonical)), separator=_SEPARATOR)
        ).to_series()
        frame = pl.DataFrame(values).with_columns(
            raw["__line"], raw["__fingerprint"], texts.alias("__text"), pl.int_range(raw.height, dtype=pl.Int64).alias("__row")
        )
        if faults:
            frame = _without(frame, faults)
        frame, more = self._source.derive(frame, self._context)
        if more:
            rows = frame["__row"].to_list()
            for row, column_name, reason, expected in more:
                faults[rows[row]] = _Fault(rows[row], column_name, reason, expected)
            frame = _without(frame, faults)
        refusals = sorted([*batch.refusals, *self._explain(faults, batch)], key=lambda refusal: refusal.line)
        return Converted(self._table_frame(frame, raw), refusals)

    def _table_frame(self, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
        digest = xxhash.xxh3_128_hexdigest
        hashes = pl.Series(
            "row_hash", ["\\x" + digest(text) for text in frame["__text"].cast(pl.Binary).to_list()], dtype=pl.String
        )
        return frame.select(
            *self._source.table_columns,
            self._raw_data(frame, raw),
            hashes,
            pl.col("__fingerprint").alias("source_fingerprint"),
            pl.col("__line").alias("line"),
        )

    @staticmethod
    def _raw_data(frame: pl.DataFrame, raw: pl.DataFrame) -> pl.Series:
        """The row as published, as JSON, for flagged rows only."""
        values: list[str | None] = [None] * frame.height
        if "quality_flags" in frame.columns:
            for position in (frame["quality_flags"] != "{}").arg_true().to_list():
                row = raw.row(frame["__row"][position], named=True)
                published = {name: value for name, value in row.items() if value and not name.startswith("__")}
                values[position] = json.dumps(published, ensure_ascii=False)
        return pl.Series("raw_data", values, dtype=pl.String)

    @staticmethod
    def _explain(faults: dict[int, _Fault], batch: RowBatch) -> Iterator[Refusal]:
        for fault in faults.values():
            line = batch.frame["__line"][fault.row]
            value = batch.frame[fault.column][fault.row] or ""
            raw = batch.block.raw(line) if batch.block is not None else ""
            code = "row_empty" if fault.reason == "missing_value" else "row_value"
            yield Refusal(line, fault.column, value, fault.reason, say(code, column=fault.column, expected=fault.expected), raw)


def _without(frame: pl.DataFrame, faults: dict[int, _Fault]) -> pl.DataFrame:
    return frame.filter(~pl.Series(np.isin(frame["__row"].to_numpy(), np.fromiter(faults, dtype=np.int64))))
