"""A dataset that is only declared: columns, kinds, key. Its rows go to `aneel.published_rows`: docs/adding-a-source.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
import xxhash
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from pipeline.quality.check import Check
from pipeline.sources.base import CkanResource, Column, Derive, DerivedFault, LoadContext, Source

# Of `row_key`; longer ones are kept as a hash.
_KEY_WIDTH = 64
_DERIVED: Mapping[str, Any] = MappingProxyType(
    {"dataset": pl.String, "row_key": pl.String, "label": pl.String, "data": pl.String}
)


def file_source(
    key: str,
    *,
    label: Any,
    description: Any,
    columns: Sequence[Column],
    key_columns: Sequence[str],
    label_column: str,
    cadence: timedelta,
    ckan: CkanResource | None = None,
    encoding: str = "",
    delimiter: str = "",
    only: tuple[str, frozenset[str]] | None = None,
    checks: Sequence[Check] = (),
) -> Source:
    """A source made of a declaration alone.

    Args:
        key: its name in commands, URLs and the column `dataset`; at most 30 characters.
        label, description: for people, translated lazily.
        columns: the published columns; `to` names the value in `data`, without it a column is compared but not kept.
        key_columns: published columns that make a row's key together.
        label_column: published column with what people call the row.
        cadence: how often new data is expected.
        ckan: where the portal keeps it.
        encoding, delimiter: of the file; found out when empty.
        only: published column and the words (folded) of the rows that are taken.
        checks: quality checks; a value is `data ->> 'name'`.

    Raises:
        ImproperlyConfigured: a column is named that is not declared, or the key is too long.
    """
    names = {column.name for column in columns}
    unknown = {*key_columns, label_column} - names
    if unknown or not key_columns or len(key) > 30:
        raise ImproperlyConfigured(
            f"Source {key!r}: expected a key of at most 30 characters and columns that are declared, "
            f"found {', '.join(sorted(unknown)) or key!r}."
        )
    load_date = next((column.name for column in columns if column.volatile and column.name.startswith("Dat")), "")
    return Source(
        key=key,
        label=label,
        description=description,
        table="aneel.published_rows",
        key_column="",
        key_search="",
        table_key="row_key",
        columns=tuple(replace(column, to="", mandatory=column.mandatory or column.name in key_columns) for column in columns),
        derive=_derive(key, columns, tuple(key_columns), label_column),
        derived=_DERIVED,
        prepare=lambda _cursor: None,
        before_merge=lambda _cursor, _lookups: None,
        after_publish=lambda: None,
        cadence=cadence,
        ckan=ckan,
        load_date_column=load_date,
        vanished="delete",
        within=lambda _lookups: sql.SQL("dataset = {}").format(sql.Literal(key)),
        only=only,
        # The table is everybody's.
        bulk=False,
        encoding=encoding,
        delimiter=delimiter,
        checks=tuple(replace(check, failed_when=f"dataset = '{key}' AND ({check.failed_when})") for check in checks),
    )


def _derive(key: str, columns: Sequence[Column], key_columns: tuple[str, ...], label_column: str) -> Derive:
    kept = {f"={column.name}": column.to for column in columns if column.to and not column.volatile}

    def derive(frame: pl.DataFrame, _context: LoadContext) -> tuple[pl.DataFrame, list[DerivedFault]]:
        rows = frame.select(pl.col(published).alias(name) for published, name in kept.items()).iter_rows(named=True)
        parts = frame.select(pl.col(f"={name}").cast(pl.String).fill_null("") for name in key_columns).iter_rows()
        return frame.with_columns(
            pl.lit(key).alias("dataset"),
            pl.Series("row_key", [_row_key(key, part) for part in parts], dtype=pl.String),
            pl.col(f"={label_column}").cast(pl.String).fill_null("").alias("label"),
            pl.Series("data", [_json(row) for row in rows], dtype=pl.String),
        ), []

    return derive


def _row_key(dataset: str, parts: Sequence[str]) -> str:
    text = f"{dataset}:{'|'.join(parts)}"
    return text if len(text) <= _KEY_WIDTH else f"{dataset}:{xxhash.xxh3_128_hexdigest(text.encode())}"


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False, default=str)
