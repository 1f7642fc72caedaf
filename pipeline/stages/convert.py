"""Published text to typed columns, a batch at a time: what is refused, what is flagged, and the canonical hash of each row."""

import json
from dataclasses import dataclass

import polars as pl
import xxhash

from pipeline.sources.base import Column, LoadContext, Parsed, Source
from pipeline.stages.reader import Refusal, RowBatch

_UNIT = "\x1f"


@dataclass(slots=True)
class Converted:
    """Rows ready for the table.

    Attributes:
        frame: the source's `table_columns`, then `raw_data`, `row_hash` (`\\x…` text), `source_fingerprint` and `line`.
        refusals: rows of the batch that were not taken.
    """

    frame: pl.DataFrame
    refusals: list[Refusal]


class Converter:
    """Turns batches of published rows into table rows, as one source declares it. Built once per run."""

    def __init__(self, source: Source, context: LoadContext) -> None:
        self._source, self._context = source, context
        self._parsed: list[tuple[Column, Parsed]] = [
            (column, column.kind.parse(pl.col(column.name).fill_null(""))) for column in source.columns if not column.volatile
        ]
        self._values = [parsed.value.alias(column.to or f"={column.name}") for column, parsed in self._parsed]
        self._canonical = [parsed.canonical for _column, parsed in self._parsed]
        self._fault = self._fault_expression()

    def _fault_expression(self) -> pl.Expr:
        """Index of the first column at fault, doubled, plus one when it is empty although mandatory; null for a good row."""
        faults = []
        for index, (column, parsed) in enumerate(self._parsed):
            raw = pl.col(column.name)
            if column.mandatory:
                faults.append(pl.when(raw.is_null() | (raw.str.strip_chars() == "")).then(pl.lit(2 * index + 1, dtype=pl.Int32)))
            if parsed.bad is not None:
                faults.append(pl.when(parsed.bad.fill_null(value=False)).then(pl.lit(2 * index, dtype=pl.Int32)))
        return pl.coalesce(faults).alias("__fault")

    def convert(self, batch: RowBatch) -> Converted:
        """Convert one batch.

        Args:
            batch: rows as read; all columns String.

        Returns:
            The good rows, and the refusals of reader and converter together, by line.
        """
        raw = batch.frame
        frame = raw.select(*self._values, self._fault, "__line", "__fingerprint", pl.concat_str(self._canonical, separator=_UNIT).alias("__text"))
        bad = frame.filter(pl.col("__fault").is_not_null())
        refusals = list(batch.refusals)
        if bad.height:
            refusals += self._explain(bad, raw, batch)
            frame = frame.filter(pl.col("__fault").is_null())
        frame = self._source.derive(frame, self._context)
        unusable = frame.filter(pl.col("__reject").is_not_null())
        if unusable.height:
            refusals += self._explain_derived(unusable, raw, batch)
            frame = frame.filter(pl.col("__reject").is_null())
        return Converted(self._table_frame(frame, raw), sorted(refusals, key=lambda refusal: refusal.line))

    def _table_frame(self, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
        texts = frame["__text"].cast(pl.Binary).to_list()
        hashes = pl.Series("row_hash", ["\\x" + xxhash.xxh3_128_hexdigest(text) for text in texts], dtype=pl.String)
        return frame.select(
            *self._source.table_columns,
            self._raw_data(frame, raw),
            hashes,
            pl.col("__fingerprint").alias("source_fingerprint"),
            pl.col("__line").alias("line"),
        )

    def _raw_data(self, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.Series:
        """The row as published, as JSON, for flagged rows only."""
        flagged = frame.select(pl.col("quality_flags") != "{}").to_series() if "quality_flags" in frame.columns else None
        values: list[str | None] = [None] * frame.height
        if flagged is not None and flagged.any():
            lines = frame.filter(flagged)["__line"]
            published = raw.filter(pl.col("__line").is_in(lines.implode())).drop("__line", "__fingerprint")
            for position, row in zip(flagged.arg_true().to_list(), published.iter_rows(named=True), strict=True):
                values[position] = json.dumps({name: value for name, value in row.items() if value}, ensure_ascii=False)
        return pl.Series("raw_data", values, dtype=pl.String)

    def _explain(self, bad: pl.DataFrame, raw: pl.DataFrame, batch: RowBatch) -> list[Refusal]:
        published = raw.filter(pl.col("__line").is_in(bad["__line"].implode()))
        refusals = []
        for line, fault, row in zip(bad["__line"], bad["__fault"], published.iter_rows(named=True), strict=True):
            column, parsed = self._parsed[fault // 2]
            value = row[column.name] or ""
            if fault % 2:
                reason, message = "missing_value", f"{column.name} is empty; {parsed.expected or 'a value'} was expected."
            else:
                reason, message = parsed.reason, f"{column.name} is {value[:80]!r}; {parsed.expected} was expected."
            refusals.append(Refusal(line, column.name, value, reason, message, self._raw_text(batch, line)))
        return refusals

    def _explain_derived(self, unusable: pl.DataFrame, raw: pl.DataFrame, batch: RowBatch) -> list[Refusal]:
        published = raw.filter(pl.col("__line").is_in(unusable["__line"].implode()))
        refusals = []
        for line, why, row in zip(unusable["__line"], unusable["__reject"], published.iter_rows(named=True), strict=True):
            column, reason, expected = why.split(_UNIT)
            value = row[column] or ""
            refusals.append(Refusal(line, column, value, reason, f"{column} is {value[:80]!r}; {expected} was expected.", self._raw_text(batch, line)))
        return refusals

    @staticmethod
    def _raw_text(batch: RowBatch, line: int) -> str:
        return batch.block.raw(line) if batch.block is not None else ""
