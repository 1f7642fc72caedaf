"""CSV files of any size in constant memory, several hundred thousand rows a second, without trusting a single row.

A file is read in blocks of whole lines. A block whose quotes stand exactly as in a fully quoted table (the dialect of ANEEL's
files) is *regular*: fields are found by the positions of the quotes, and the block is parsed as it is. In any other block the
plain lines are told from the rest by their counts of quotes and delimiters, and only the rest is parsed one by one: records
that span lines are put together, damaged ones are refused with their line, and nothing after them is lost.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from pipeline.errors import SourceFileError
from pipeline.sources.base import Source
from pipeline.stages.header import MAX_HEADER_BYTES, Layout, decode_or_none, fingerprint, read_header
from pipeline.stages.reader import IntArray, KeyBatch, RowBatch, key_array, key_in
from pipeline.stages.refusal import Refusal
from ysh.core.said import Said, say

BLOCK_BYTES = 2 * 1024**2
# A record may span lines (line breaks inside quotes); one that spans more than this is a lost quote, not a value.
MAX_RECORD_LINES = 20
QUOTE, NEWLINE, RETURN, SPACE = 34, 10, 13, 32

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlainLines:
    """Which lines of a block are a row by themselves.

    Attributes:
        plain: beyond doubt.
        odd_quotes: lines with an odd number of quotes.
        begins: of plain lines the offset of the part that is fingerprinted; -1 where it was not found on the way.
    """

    plain: BoolArray
    odd_quotes: BoolArray
    begins: IntArray


@dataclass(slots=True)
class Block:
    """A stretch of whole lines.

    Attributes:
        data: the bytes, ending with a line break (one is added at the end of the file).
        first_line: number of the first line.
        starts, ends: offsets of each line's first byte, and past its last one without `\\r\\n`.
        quotes: offsets of quotes, a row per line, when the block is regular; else None.
        records: bytes of the records that span lines, by their first line.
        plain_lines: which lines are rows by themselves, once somebody has asked.
    """

    data: bytes
    first_line: int
    starts: IntArray
    ends: IntArray
    quotes: IntArray | None
    layout: Layout
    records: dict[int, bytes] = field(default_factory=dict)
    plain_lines: PlainLines | None = None

    def line_bytes(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]]

    def lines_bytes(self, index: int, count: int) -> bytes:
        """Lines that make one record, joined by plain line breaks."""
        return b"\n".join(self.line_bytes(index + i) for i in range(count))

    def stretches(self, indexes: IntArray) -> bytes:
        """These lines with their line breaks, in order; neighbours are taken together."""
        first = np.append(0, np.flatnonzero(np.diff(indexes) > 1) + 1)
        last = indexes[np.append(first[1:], len(indexes)) - 1] + 1
        after = np.append(self.starts, len(self.data))
        parts = zip(self.starts[indexes[first]].tolist(), after[last].tolist(), strict=True)
        return b"".join(self.data[begin:end] for begin, end in parts)

    def raw(self, line: int) -> str:
        """The row that begins there as published, undecodable bytes shown as escapes, NUL as ␀."""
        index = line - self.first_line
        if not 0 <= index < len(self.starts):
            return ""
        return self.records.get(line, self.line_bytes(index)).decode(self.layout.encoding, "backslashreplace").replace("\0", "␀")


@dataclass(slots=True)
class Record:
    """A row that was parsed on its own: where it began, its fields or why it has none, its bytes."""

    line: int
    fields: list[str] | None
    refusal: Refusal | None
    raw: bytes


class CsvReader:
    """A `RowReader` over delimited text."""

    def __init__(self, opener: Callable[[], BinaryIO], source: Source, *, name: str, total_bytes: int) -> None:
        """Read the header.

        Args:
            opener: gives the unpacked bytes from the start, each time.
            source: the declaration the columns are matched against.
            name: the file's name, for errors.
            total_bytes: size of the unpacked text, for progress; an estimate will do.

        Raises:
            SourceFileError: no header, or not a table.
            MissingColumnsError: required columns are absent.
        """
        self._open, self._source, self._name = opener, source, name
        self.has_fingerprints = bool(source.key_column)
        self.total_bytes, self.bytes_read, self.rows_seen = total_bytes, 0, 0
        with self._open() as stream:
            sample = stream.read(max(BLOCK_BYTES, MAX_HEADER_BYTES))
        self.layout = read_header(sample, source, name=name)
        self.unknown_columns, self.absent_columns = self.layout.unknown, self.layout.absent

    # --- blocks

    def _blocks(self) -> Iterator[Block]:
        self.bytes_read, self.rows_seen = 0, 0
        line, carry = 2, b""
        with self._open() as stream:
            skip = self.layout.header_bytes
            while skip:
                skipped = stream.read(skip)
                if not skipped:
                    break
                skip -= len(skipped)
            self.bytes_read = self.layout.header_bytes
            while data := stream.read(BLOCK_BYTES):
                self.bytes_read += len(data)
                end = data.rfind(b"\n") + 1
                if not end:
                    carry += data
                    if len(carry) > 4 * BLOCK_BYTES:
                        raise SourceFileError(
                            say("found_long_line", line=line, name=self._name, most=4 * BLOCK_BYTES),
                            todo=say("todo_damaged"),
                            code="damaged_file",
                        )
                    continue
                block = self._block(carry + data[:end], line)
                held = self._open_tail(block)
                if held:
                    cut = int(block.starts[-held])
                    carry = block.data[cut:] + data[end:]
                    if not cut:
                        continue
                    block = self._block(block.data[:cut], line)
                else:
                    carry = data[end:]
                line += len(block.starts)
                yield block
        if carry.strip():
            self._refuse_truncated(carry, line)
            yield self._block(carry + b"\n", line)

    def _open_tail(self, block: Block) -> int:
        """How many of the block's last lines begin a record that goes on in the next block; 0 for nearly every block.

        The lines after the last plain one are put together just as `_odd_records` does it, so that it makes no difference
        where a block ends.
        """
        if block.quotes is not None or block.data.count(b'"', int(block.starts[-MAX_RECORD_LINES:][0])) == 0:
            return 0
        told = self._plain_lines(block)
        plain, odd_quotes = told.plain, told.odd_quotes
        size, line = len(plain), int(np.flatnonzero(plain)[-1]) + 1 if plain.any() else 0
        while line < size:
            used = self._lines_of_record(odd_quotes, line, lambda at: at < size)
            if odd_quotes[line : line + used].sum() % 2 and line + used == size and used < MAX_RECORD_LINES:
                return size - line
            if used > 1 and self._one_record(block, line, block.lines_bytes(line, used)).refusal:
                used = 1
            line += used
        return 0

    @staticmethod
    def _lines_of_record(odd_quotes: BoolArray, first: int, more: Callable[[int], bool]) -> int:
        """How many lines the record that begins there has: as long as a quote is open, at most `MAX_RECORD_LINES`."""
        used, is_open = 1, bool(odd_quotes[first])
        while is_open and used < MAX_RECORD_LINES and more(first + used):
            is_open ^= bool(odd_quotes[first + used])
            used += 1
        return used

    def _refuse_truncated(self, rest: bytes, line: int) -> None:
        """A file cut off in the middle of a row has a last line without line break and without all its columns."""
        last = rest[rest.rfind(b"\n") + 1 :].strip()
        if not last:
            return
        delimiter = self.layout.delimiter
        before_last_field = self.layout.quoted and last.endswith(delimiter.encode())
        if not before_last_field and all(len(row) == self.layout.width for row in self._parsed(rest)):
            return
        fields = self._parsed(last)[0] or last.decode(self.layout.encoding, "replace").split(delimiter)
        if before_last_field or len(fields) < self.layout.width or last.count(b'"') % 2:
            line += rest.count(b"\n")
            raise SourceFileError(
                say("found_cut", name=self._name, line=line, count=len(fields), width=self.layout.width),
                todo=say("todo_truncated"),
                code="truncated",
            )

    def _parsed(self, data: bytes) -> list[list[str]]:
        """Rows in a stretch of text; one row without fields when its quotes do not match."""
        text = io.StringIO(data.decode(self.layout.encoding, "replace"), newline="")
        try:
            return list(csv.reader(text, delimiter=self.layout.delimiter, strict=True))
        except csv.Error:
            return [[]]

    def _block(self, data: bytes, first_line: int) -> Block:
        bytes_ = np.frombuffer(data, dtype=np.uint8)
        breaks = np.flatnonzero(bytes_ == NEWLINE)
        starts = np.concatenate(([0], breaks[:-1] + 1))
        ends = breaks - ((breaks > starts) & (bytes_[np.maximum(breaks - 1, 0)] == RETURN))
        quotes = self._regular_quotes(bytes_, starts, ends) if self.layout.quoted and b"\0" not in data else None
        return Block(data, first_line, starts, ends, quotes, self.layout)

    def _regular_quotes(
        self, bytes_: "np.ndarray[tuple[int], np.dtype[np.uint8]]", starts: IntArray, ends: IntArray
    ) -> IntArray | None:
        width = self.layout.width
        quotes = np.flatnonzero(bytes_ == QUOTE)
        if len(quotes) != len(starts) * width * 2:
            return None
        table = quotes.reshape(-1, width * 2)
        regular = (
            np.array_equal(table[:, 0], starts)
            and np.array_equal(table[:, -1], ends - 1)
            and bool((table[:, 2::2] - table[:, 1:-1:2] == 2).all())
        )
        return table if regular else None

    # --- keys and fingerprints

    def keys(self, limit: int | None = None) -> Iterator[KeyBatch]:
        for block in self._blocks():
            room = None if limit is None else limit - self.rows_seen
            if room is not None and room <= 0:
                return
            if block.quotes is not None and self.layout.prefix is not None:
                batches = self._regular_keys(block, block.quotes, self.layout.prefix, room)
            else:
                batches = self._irregular_keys(block, room)
            for batch in batches:
                self.rows_seen += len(batch.lines)
                yield batch

    def _fingerprints(self, block: Block, quotes: IntArray, prefix: int, room: int | None = None) -> IntArray:
        return self._digests(block, quotes[:room, 2 * prefix], block.ends[:room])

    def _digests(self, block: Block, first: IntArray, last: IntArray) -> IntArray:
        """Fingerprints of stretches of the block."""
        view, digest, seed = memoryview(block.data), xxhash.xxh3_64_intdigest, self.layout.seed
        parts = zip(first.tolist(), last.tolist(), strict=True)
        return np.array([digest(view[a:b], seed) for a, b in parts], dtype=np.uint64).view(np.int64)

    def _regular_keys(self, block: Block, quotes: IntArray, prefix: int, room: int | None) -> Iterator[KeyBatch]:
        hashes = self._fingerprints(block, quotes, prefix, room)
        start = quotes[:room, 2 * self.layout.key_index] + 1
        width = quotes[:room, 2 * self.layout.key_index + 1] - start
        lines = np.arange(block.first_line, block.first_line + len(start), dtype=np.int64)
        bytes_ = np.frombuffer(block.data, dtype=np.uint8)
        for size in np.unique(width).tolist():
            chosen = width == size
            at = start[chosen]
            letters = bytes_[at[:, None] + np.arange(size)] if size else np.zeros((len(at), 1), dtype=np.uint8)
            keys = np.ascontiguousarray(letters).view(f"S{max(size, 1)}").ravel()
            if (letters >= 128).any():
                # Bytes the database may not know as text: no such key is ever stored.
                keys = key_array([key.decode(self.layout.encoding, "replace") for key in keys.tolist()])
            elif (letters[:, 0] <= SPACE).any() or (letters[:, -1] <= SPACE).any():
                keys = np.char.strip(keys)
            yield KeyBatch(keys, hashes[chosen], lines[chosen])

    def _irregular_keys(self, block: Block, room: int | None) -> Iterator[KeyBatch]:
        batch = self._irregular_rows(block, None)
        if room is not None:
            batch.keep_first(room)
        keys = [value or "" for value in batch.frame[self._source.key_column].to_list()]
        hashes, lines = batch.frame["__fingerprint"].to_list(), batch.frame["__line"].to_list()
        for refusal in batch.refusals:
            keys.append(key_in(refusal, self._source))
            hashes.append(fingerprint(refusal.raw.encode(), self.layout.seed))
            lines.append(refusal.line)
        if keys:
            yield KeyBatch(key_array(keys), np.array(hashes, dtype=np.int64), np.array(lines, dtype=np.int64))

    # --- rows

    def rows(self, lines: IntArray | None = None, limit: int | None = None) -> Iterator[RowBatch]:
        for block in self._blocks():
            if limit is not None and lines is None and self.rows_seen >= limit:
                return
            chosen: IntArray | None = None
            if lines is not None:
                low, high = np.searchsorted(lines, [block.first_line, block.first_line + len(block.starts)])
                if low == len(lines):
                    return
                chosen = lines[low:high] - block.first_line
                if not len(chosen):
                    self.rows_seen += len(block.starts)
                    continue
            batch = self._regular_rows(block, chosen) if block.quotes is not None else self._irregular_rows(block, chosen)
            if limit is not None and lines is None:
                batch.keep_first(limit - self.rows_seen)
            self.rows_seen += batch.frame.height + len(batch.refusals) if lines is None else len(block.starts)
            batch.block = block
            yield batch
            # Let go of this batch before the next one is built: two at a time would be the peak of the process.
            del batch, block

    def _regular_rows(self, block: Block, chosen: IntArray | None) -> RowBatch:
        if chosen is None:
            data, index = block.data, np.arange(len(block.starts))
            known = block.quotes is not None and self.layout.prefix is not None
            prints = self._fingerprints(block, block.quotes, self.layout.prefix) if known else None  # type: ignore[arg-type]
        else:
            index = chosen
            data = b"\n".join(block.line_bytes(i) for i in chosen.tolist()) + b"\n"
            prints = None
        text = self._to_utf8(data)
        if text is None:
            return self._irregular_rows(block, chosen)
        frame = self._parse(text)
        # A row with a delimiter missing between its quotes lacks its last columns.
        if frame is None or frame.height != len(index) or frame[self.layout.names[-1]].null_count():
            return self._irregular_rows(block, chosen)
        if prints is None:
            prints = np.array([self._line_fingerprint(block.line_bytes(i)) for i in index.tolist()], dtype=np.int64)
        return RowBatch(self._declared(frame, index + block.first_line, prints))

    def _line_fingerprint(self, line: bytes) -> int:
        prefix = self.layout.prefix or 0
        if prefix:
            by_quotes = line.split(b'"', 2 * prefix) if self.layout.quoted else []
            regular = len(by_quotes) > 2 * prefix
            line = by_quotes[-1][1:] if regular else line.split(self.layout.delimiter.encode(), prefix)[-1]
        return fingerprint(line, self.layout.seed)

    def _to_utf8(self, data: bytes) -> bytes | None:
        if self.layout.encoding == "utf-8":
            return data  # the parser refuses what is not
        text = decode_or_none(data, self.layout.encoding)
        return None if text is None else text.encode()

    def _parse(self, text: bytes) -> pl.DataFrame | None:
        try:
            return pl.read_csv(
                io.BytesIO(text),
                has_header=False,
                new_columns=self.layout.names,
                separator=self.layout.delimiter,
                infer_schema=False,
            )
        except pl.exceptions.PolarsError:
            return None

    def _declared(self, frame: pl.DataFrame, lines: IntArray, prints: IntArray) -> pl.DataFrame:
        return frame.select(
            *(
                pl.col(column.name) if column.name in self.layout.names else pl.lit(None, dtype=pl.String).alias(column.name)
                for column in self._source.columns
            ),
            pl.Series("__line", lines, dtype=pl.Int64),
            pl.Series("__fingerprint", prints, dtype=pl.Int64),
        )

    def _irregular_rows(self, block: Block, chosen: IntArray | None) -> RowBatch:
        """Rows of a block with anything unusual in it: the plain lines at once, the others one by one."""
        told = self._plain_lines(block)
        plain = told.plain
        records = list(self._odd_records(block, plain, told.odd_quotes))
        refusals = [record.refusal for record in records if record.refusal]
        parsed = [record for record in records if record.fields is not None]
        block.records = {record.line: record.raw for record in parsed if b"\n" in record.raw}
        index = np.flatnonzero(plain)
        if chosen is not None:
            wanted = set((chosen + block.first_line).tolist())
            index = np.intersect1d(index, chosen)
            refusals = [refusal for refusal in refusals if refusal.line in wanted]
            parsed = [record for record in parsed if record.line in wanted]
        frames = []
        if len(index):
            frames.append(self._plain_frame(block, index, told.begins, refusals))
        if parsed:
            frame = pl.DataFrame(
                [record.fields for record in parsed], schema=dict.fromkeys(self.layout.names, pl.String), orient="row"
            )
            lines = np.array([record.line for record in parsed], dtype=np.int64)
            prints = np.array([self._line_fingerprint(record.raw) for record in parsed], dtype=np.int64)
            frames.append(self._declared(frame, lines, prints))
        if not frames:
            empty = pl.DataFrame(schema=dict.fromkeys(self.layout.names, pl.String))
            frames.append(self._declared(empty, np.array([], dtype=np.int64), np.array([], dtype=np.int64)))
        return RowBatch(pl.concat(frames).sort("__line") if len(frames) > 1 else frames[0], refusals)

    def _plain_lines(self, block: Block) -> PlainLines:
        """Look at each line's quotes and delimiters, once per block."""
        if block.plain_lines is not None:
            return block.plain_lines
        bytes_ = np.frombuffer(block.data, dtype=np.uint8)
        width, mark = self.layout.width, ord(self.layout.delimiter)
        is_quote = bytes_ == QUOTE
        quotes = np.add.reduceat(is_quote.view(np.uint8), block.starts, dtype=np.int32)
        candidate = np.add.reduceat((bytes_ == mark).view(np.uint8), block.starts, dtype=np.int32) == width - 1
        if b"\0" in block.data:
            candidate &= np.add.reduceat((bytes_ == 0).view(np.uint8), block.starts, dtype=np.int32) == 0
        plain = candidate & (quotes == 0) & (not self.layout.quoted)
        begins = np.full(len(plain), -1, dtype=np.int64)
        framed = np.flatnonzero(candidate & (quotes == 2 * width))
        if len(framed):
            chosen = np.zeros(len(quotes), dtype=bool)
            chosen[framed] = True
            table = np.flatnonzero(is_quote)[np.repeat(chosen, quotes)].reshape(-1, 2 * width)
            good = (table[:, 0] == block.starts[framed]) & (table[:, -1] == block.ends[framed] - 1)
            good &= (table[:, 2::2] - table[:, 1:-1:2] == 2).all(axis=1) & (bytes_[table[:, 1:-1:2] + 1] == mark).all(axis=1)
            plain[framed[good]] = True
            if self.layout.quoted:
                begins[framed[good]] = table[good, 2 * (self.layout.prefix or 0)]
        block.plain_lines = PlainLines(plain, quotes % 2 == 1, begins)
        return block.plain_lines

    def _plain_frame(self, block: Block, index: IntArray, begins: IntArray, refusals: list[Refusal]) -> pl.DataFrame:
        text = self._to_utf8(block.stretches(index))
        frame = self._parse(text) if text is not None else None
        if frame is None or frame.height != len(index):
            # Some line does not decode, or is stranger than its counts: take them one by one.
            records = [self._one_record(block, i, block.line_bytes(i)) for i in index.tolist()]
            refusals.extend(record.refusal for record in records if record.refusal)
            good = [record for record in records if record.fields is not None]
            frame = pl.DataFrame(
                [record.fields for record in good], schema=dict.fromkeys(self.layout.names, pl.String), orient="row"
            )
            index = np.array([record.line - block.first_line for record in good], dtype=np.int64)
            prints = [self._line_fingerprint(record.raw) for record in good]
        elif (begins[index] >= 0).all():
            return self._declared(frame, index + block.first_line, self._digests(block, begins[index], block.ends[index]))
        else:
            prints = [self._line_fingerprint(block.line_bytes(i)) for i in index.tolist()]
        return self._declared(frame, index + block.first_line, np.array(prints, dtype=np.int64))

    def _odd_records(self, block: Block, plain: BoolArray, odd_quotes: BoolArray) -> Iterator[Record]:
        """Records among the lines that are not plain: put together while a quote is open, at most `MAX_RECORD_LINES` lines."""
        odd = np.flatnonzero(~plain).tolist()
        odd_set, position = set(odd), 0
        while position < len(odd):
            first = odd[position]
            if block.starts[first] == block.ends[first] or not block.line_bytes(first).strip():
                position += 1
                continue
            used = self._lines_of_record(odd_quotes, first, odd_set.__contains__)
            record = self._one_record(block, first, block.lines_bytes(first, used))
            if record.refusal and used > 1:
                # The lines do not belong together: refuse the first alone, and look at the others by themselves.
                record, used = self._one_record(block, first, block.line_bytes(first)), 1
            yield record
            position += used

    def _one_record(self, block: Block, index: int, data: bytes) -> Record:
        line = block.first_line + index
        shown = data.decode(self.layout.encoding, "backslashreplace").replace("\0", "␀")

        def refuse(reason: str, message: Said) -> Record:
            return Record(line, None, Refusal(line, "", "", reason, message, shown), data)

        if b"\0" in data:
            return refuse("nul_byte", say("row_nul", position=data.index(0) + 1))
        text = decode_or_none(data, self.layout.encoding)
        if text is None:
            return refuse("encoding", say("row_encoding", encoding=self.layout.encoding))
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.layout.delimiter, strict=True))
        except csv.Error as error:
            return refuse("quoting", say("row_quotes", why=str(error)))
        fields = rows[0] if len(rows) == 1 else []
        if len(fields) != self.layout.width:
            reason = "too_many_fields" if len(fields) > self.layout.width else "too_few_fields"
            return refuse(reason, say("row_fields", width=self.layout.width, count=len(fields)))
        for value in fields:
            if '"' in value and '"' + value.replace('"', '""') + '"' not in text:
                return refuse("quoting", say("row_inner_quotes"))
        return Record(line, fields, None, data)
