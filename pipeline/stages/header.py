"""The header of a delimited file: how to split it, how to decode it, and which declared column each field is."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from pipeline.errors import MissingColumnsError, SourceFileError
from pipeline.sources.base import Source
from ysh.core.said import say

MAX_HEADER_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Layout:
    """What the header told.

    Attributes:
        delimiter: between fields.
        encoding: "utf-8", or "cp1252" for ANEEL's files up to 2025.
        names: canonical column names in the file's order; unknown ones as published.
        unknown, absent: published columns nobody declared, declared ones the file lacks.
        quoted: every header field is quoted, so every field of every row is expected to be.
        key_index: position of the key column.
        prefix: how many leading columns are volatile, when all volatile columns lead; else None.
        header_bytes: length of the header line, byte order mark and line break included.
        seed: of the rows' fingerprints: the same bytes under another header are another row.
    """

    delimiter: str
    encoding: str
    names: list[str]
    unknown: list[str]
    absent: list[str]
    quoted: bool
    key_index: int
    prefix: int | None
    header_bytes: int
    seed: int

    @property
    def width(self) -> int:
        return len(self.names)


def _fold_name(name: str) -> str:
    return name.strip().strip('"').strip().lower()


def match_columns(found: Sequence[str], source: Source, *, name: str) -> tuple[list[str], list[str], list[str]]:
    """Name a file's columns by the declaration, whatever their order, case and age.

    Args:
        found: header names as published.
        source: the declaration.
        name: the file's name, for errors.

    Returns:
        Canonical names in the file's order (unknown ones as published); the unknown ones; the declared ones that are absent.

    Raises:
        MissingColumnsError: a required column is absent, or one stands twice.
    """
    declared = {_fold_name(alias): column.name for column in source.columns for alias in (column.name, *column.aliases)}
    names = [declared.get(_fold_name(item), item.strip()) for item in found]
    twice = sorted({item for item in names if names.count(item) > 1})
    if twice:
        raise MissingColumnsError(say("found_twice", names=twice, name=name), todo=say("todo_fetch_file"))
    missing = [column.name for column in source.columns if column.required and column.name not in names]
    missing += [" or ".join(group) for group in source.one_of if not set(group) & set(names)]
    if missing:
        raise MissingColumnsError(
            say("found_missing", name=name, missing=missing, source=source.key, count=len(found), there=list(found[:40])),
            todo=say("todo_right_file"),
        )
    known = {column.name for column in source.columns}
    return (
        names,
        [item for item in names if item not in known],
        [column.name for column in source.columns if column.name not in names],
    )


def decode_or_none(data: bytes, encoding: str) -> str | None:
    """The text, or None where the bytes are not of that encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def detect_encoding(sample: bytes) -> str:
    """UTF-8 when most lines with accents read as such, else Windows-1252 (ANEEL's files up to 2025).

    Not the first such line alone: it may be the damaged one.
    """
    lines = sample.splitlines()
    if len(lines) > 2 and not sample.endswith(b"\n"):
        del lines[-1]  # it may be cut in the middle of a character
    votes = [decode_or_none(line, "utf-8") is not None for line in lines if not line.isascii()]
    return "utf-8" if 2 * sum(votes) >= len(votes) else "cp1252"


def read_header(sample: bytes, source: Source, *, name: str) -> Layout:
    """Understand the header.

    Args:
        sample: the beginning of the file, some megabytes, so that the encoding shows.
        source: the declaration the columns are matched against.
        name: the file's name, for errors.

    Raises:
        SourceFileError: no header line, or nothing that separates columns.
        MissingColumnsError: required columns are absent.
    """
    skipped = len(_BOM) if sample.startswith(_BOM) else 0
    if not sample[skipped:].strip():
        raise SourceFileError(say("found_blank_header", name=name), todo=say("todo_fetch"), code="empty_file")
    end = sample.find(b"\n", skipped, MAX_HEADER_BYTES)
    if end < 0 and len(sample) >= MAX_HEADER_BYTES:
        raise SourceFileError(
            say("found_no_break", name=name, bytes=MAX_HEADER_BYTES),
            todo=say("todo_is_csv"),
            code="not_a_table",
        )
    line = sample[skipped : end if end >= 0 else len(sample)].rstrip(b"\r")
    delimiter = source.delimiter or max(";,\t|", key=lambda mark: line.count(mark.encode()))
    if not line.count(delimiter.encode()):
        raise SourceFileError(
            say("found_no_header", name=name, begin=repr(line[:80].decode("cp1252", "replace"))),
            todo=say("todo_is_csv"),
            code="not_a_table",
        )
    if b"\0" in line:
        raise SourceFileError(
            say("found_nul_header", position=line.index(0) + 1, name=name),
            todo=say("todo_damaged"),
            code="not_a_table",
        )
    encoding = source.encoding or detect_encoding(sample)
    found = next(csv.reader([line.decode(encoding, "replace")], delimiter=delimiter))
    names, unknown, absent = match_columns(found, source, name=name)
    volatile_names = {column.name for column in source.columns if column.volatile}
    volatile = [index for index, item in enumerate(names) if item in volatile_names]
    return Layout(
        delimiter=delimiter,
        encoding=encoding,
        names=names,
        unknown=unknown,
        absent=absent,
        quoted=line.count(b'"') == 2 * len(names),
        key_index=names.index(source.key_column) if source.key_column else -1,
        # The fingerprint is taken over the bytes after the volatile columns, which lead in every known vintage.
        prefix=len(volatile) if volatile == list(range(len(volatile))) else None,
        header_bytes=end + 1 if end >= 0 else len(sample),
        seed=xxhash.xxh3_64_intdigest("\n".join([encoding, delimiter, *names]).encode()),
    )


def fingerprint(data: bytes | memoryview, seed: int) -> int:
    """XXH3-64 of the bytes as a signed 64-bit integer."""
    value: int = xxhash.xxh3_64_intdigest(data, seed)
    return value - (1 << 64) if value >= 1 << 63 else value
