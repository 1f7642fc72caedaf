"""Put small batches together: converting a batch has a price of its own, whether it holds eighty rows or ten thousand."""

from collections.abc import Iterable, Iterator

import polars as pl

from pipeline.stages.reader import RowBatch

ENOUGH_ROWS = 2048


class _KeptLines:
    """The published text of a few lines, kept so that the blocks they stood in can go."""

    def __init__(self, texts: dict[int, str]) -> None:
        self._texts = texts

    def raw(self, line: int) -> str:
        return self._texts.get(line, "")


def coalesced(batches: Iterable[RowBatch]) -> Iterator[RowBatch]:
    """The same rows in the same order, at least `ENOUGH_ROWS` at a time (but for the last batch)."""
    waiting: list[RowBatch] = []
    rows = 0
    for batch in batches:
        if not waiting and batch.frame.height >= ENOUGH_ROWS:
            yield batch
            continue
        waiting.append(_without_block(batch))
        rows += batch.frame.height
        if rows >= ENOUGH_ROWS:
            yield _joined(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _joined(waiting)


def _without_block(batch: RowBatch) -> RowBatch:
    block = batch.block
    texts = {line: block.raw(line) for line in batch.frame["__line"].to_list()} if block is not None else {}
    return RowBatch(batch.frame, batch.refusals, _KeptLines(texts))


def _joined(batches: list[RowBatch]) -> RowBatch:
    texts: dict[int, str] = {}
    for batch in batches:
        texts.update({line: batch.block.raw(line) for line in batch.frame["__line"].to_list() if batch.block is not None})
    refusals = [refusal for batch in batches for refusal in batch.refusals]
    return RowBatch(pl.concat([batch.frame for batch in batches]), refusals, _KeptLines(texts))
