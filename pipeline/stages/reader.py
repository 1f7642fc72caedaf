"""What every reader gives: the rows' keys with a fingerprint, quickly; and the rows themselves, all or some."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.sources.base import Source
from pipeline.stages.refusal import Refusal

IntArray = npt.NDArray[np.int64]


@dataclass(slots=True)
class KeyBatch:
    """Keys of a stretch of rows, for comparing with what is stored.

    Attributes:
        keys: the key column's text, as bytes of one width per batch (numpy `S`); empty where a row has none.
        hashes: XXH3-64 of each row's published bytes without the volatile columns, as signed 64-bit.
        lines: line numbers.
    """

    keys: npt.NDArray[np.bytes_]
    hashes: IntArray
    lines: IntArray


@dataclass(slots=True)
class RowBatch:
    """Rows of a stretch of the file.

    Attributes:
        frame: one String column per declared column (canonical name; null for columns this vintage lacks), plus
            `__line` (Int64) and `__fingerprint` (Int64).
        refusals: rows of the stretch that are not in the frame.
        raws: rows as published, for those lines that may need it, by line.
    """

    frame: pl.DataFrame
    refusals: list[Refusal] = field(default_factory=list)
    block: "RawLines | None" = None

    def keep_first(self, rows: int) -> None:
        """Leave only so many rows, good and refused ones together, in the order of the file."""
        if self.frame.height + len(self.refusals) <= rows:
            return
        lines = sorted([*self.frame["__line"].to_list(), *(refusal.line for refusal in self.refusals)])[:rows]
        last = lines[-1] if lines else 0
        self.frame = self.frame.filter(pl.col("__line") <= last)
        self.refusals = [refusal for refusal in self.refusals if refusal.line <= last]


def key_array(keys: Iterable[str], width: int = 64) -> npt.NDArray[np.bytes_]:
    """Keys as bytes of one width, cut at a length no key has: one monstrous value must not widen all of them."""
    return np.array([key.strip()[:width].encode() for key in keys], dtype=np.bytes_)


def key_in(refusal: Refusal, source: Source) -> str:
    """The key in a damaged row, empty when none shows: the row still proves that its unit is in the file and did not vanish."""
    found = re.search(source.key_search, refusal.raw) if source.key_search else None
    return found.group(0) if found else ""


class RawLines(Protocol):
    """Gives back a row as it stands in the file."""

    def raw(self, line: int) -> str: ...


class RowReader(Protocol):
    """A file of rows, readable any number of times from the start."""

    #: whether `keys` works; a reader without it is compared by the canonical row hash
    has_fingerprints: bool
    #: published columns found that the declaration does not know, and declared ones the file lacks
    unknown_columns: list[str]
    absent_columns: list[str]
    #: bytes read so far in this pass, and in all
    bytes_read: int
    total_bytes: int
    #: rows seen in this pass, the refused ones included
    rows_seen: int

    def keys(self, limit: int | None = None) -> Iterator[KeyBatch]:
        """Pass over the file for keys and fingerprints only."""
        ...

    def rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        """Pass over the file for the rows; only those on the given (sorted) lines when `lines` is not None."""
        ...
