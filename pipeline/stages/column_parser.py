"""Parse each distinct value of a column once per run: ANEEL's columns repeat a few values millions of times."""

from collections.abc import Sequence

import polars as pl

from pipeline.sources.base import Column, Parsed

# Below this many rows a dictionary costs more than it saves.
_MIN_ROWS = 512
# A column with more distinct values than this share of a batch, or this many in all, is parsed row by row.
_MAX_SHARE = 0.3
_MAX_VALUES = 100_000


class _Dictionary:
    """Distinct values of one column, parsed; a value stands at the position of its category's code."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.dtype = pl.Categorical(pl.Categories.random())
        self.known: Parsed | None = None

    def __len__(self) -> int:
        return len(self.known.value) if self.known is not None else 0

    def learn(self, raw: pl.Series, codes: pl.Series) -> None:
        """Parse the values met for the first time."""
        have, highest = len(self), int(codes.max())  # type: ignore[arg-type]
        fresh = codes >= have
        met = pl.DataFrame({"code": codes.filter(fresh), "value": raw.filter(fresh)}).unique(subset="code")
        places = pl.DataFrame({"code": pl.int_range(have, highest + 1, dtype=codes.dtype, eager=True)})  # type: ignore[call-overload]
        texts = places.join(met, on="code", how="left", maintain_order="left")["value"]
        new = self.column.kind.parse(texts.fill_null("").str.strip_chars())
        if self.known is not None:
            old = self.known
            bad = None
            if old.bad is not None or new.bad is not None:
                bad = pl.concat([_bad_or_false(old.bad, have), _bad_or_false(new.bad, len(new.value))])
            new = Parsed(pl.concat([old.value, new.value]), bad, pl.concat([old.canonical, new.canonical]))
        self.known = new


class ColumnParsers:
    """Parses all columns of a source, batch after batch."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._dictionaries: dict[str, _Dictionary] | None = None
        self._anchor: pl.DataFrame | None = None

    def parse(self, raw: pl.DataFrame) -> list[Parsed]:
        """Parse a batch of published text (null where the file has no value), in the order of the columns."""
        if raw.height < _MIN_ROWS:
            return [self._directly(column, raw) for column in self.columns]
        if self._dictionaries is None:
            names = [column.name for column in self.columns]
            counts = raw.select(pl.col(names).approx_n_unique()).row(0)
            self._dictionaries = {
                column.name: _Dictionary(column)
                for column, count in zip(self.columns, counts, strict=True)
                if count <= _MAX_SHARE * raw.height
            }
        by_value = self._by_value(raw, self._dictionaries)
        return [by_value[column.name] if column.name in by_value else self._directly(column, raw) for column in self.columns]

    @staticmethod
    def _directly(column: Column, raw: pl.DataFrame) -> Parsed:
        return column.kind.parse(raw[column.name].fill_null("").str.strip_chars())

    def _by_value(self, raw: pl.DataFrame, dictionaries: dict[str, _Dictionary]) -> dict[str, Parsed]:
        """All dictionary columns at once: per batch a handful of calls, not a handful per column."""
        if not dictionaries:
            return {}
        coded = raw.select(pl.col(name).fill_null("").cast(entry.dtype) for name, entry in dictionaries.items())
        # polars forgets categories with the last series that uses them.
        self._anchor = coded.head(1)
        codes = coded.select(pl.all().to_physical())
        for name, highest in zip(codes.columns, codes.select(pl.all().max()).row(0), strict=True):
            if highest >= len(dictionaries[name]):
                dictionaries[name].learn(raw[name].fill_null(""), codes[name])
        parts = []
        for name, entry in dictionaries.items():
            known, code = entry.known, pl.col(name)
            if known is None:  # pragma: no cover  (learnt above: a batch has rows)
                continue
            parts += [
                pl.lit(known.value).gather(code).alias(f"v:{name}"),
                pl.lit(known.canonical).gather(code).alias(f"c:{name}"),
            ]
            if known.bad is not None:
                parts.append(pl.lit(known.bad).gather(code).alias(f"b:{name}"))
        found = codes.select(parts)
        result = {}
        for name in list(dictionaries):
            bad = found[f"b:{name}"] if f"b:{name}" in found.columns else None
            result[name] = Parsed(found[f"v:{name}"], bad if bad is not None and bad.any() else None, found[f"c:{name}"])
            if len(dictionaries[name]) > _MAX_VALUES:
                del dictionaries[name]
        return result


def _bad_or_false(bad: pl.Series | None, size: int) -> pl.Series:
    return bad if bad is not None else pl.repeat(False, size, dtype=pl.Boolean, eager=True)
