"""Recognise a file by its content, and open it as a stream with limits. Names and declared types are not believed."""

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.conf import settings

from pipeline.errors import SourceFileError
from ysh.core.said import Said, say

_SNIFF_BYTES = 512
# Below this size a high ratio proves nothing: a short file of repeated rows compresses well.
_RATIO_FLOOR_BYTES = 8 * 1024**2


class ContentKind(Enum):
    CSV = "CSV"
    ZIP = "ZIP"
    GZIP = "GZIP"
    PARQUET = "Parquet"
    JSON = "JSON"
    HTML = "HTML"


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """What a file turned out to be.

    Attributes:
        kind: its outer form.
        inner_name: name of the CSV inside a ZIP, else the file's own name.
        text_bytes: size of the unpacked text where it is known beforehand, else the file's own size.
        open: opens the unpacked bytes from the start; each call gives a new stream. Not for Parquet.
    """

    kind: ContentKind
    inner_name: str
    text_bytes: int
    open: Callable[[], BinaryIO]


def _describe(head: bytes) -> Said:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"<":
        return say("kind_page")
    if text[:1] in b"{[":
        return say("kind_json")
    if head[:4] == b"%PDF":
        return say("kind_pdf")
    if b"\0" in head:
        return say("kind_binary")
    return say("kind_text")


def recognise(path: Path, name: str, *, documents: Collection[str] = ()) -> OpenedFile:
    """Say what the file is, and how to read it.

    Args:
        path: a local file.
        name: its published name, for errors.
        documents: what is taken although it is no table: `json`, `html`.

    Raises:
        SourceFileError: empty, too large, an error page, a damaged archive, an archive without exactly one CSV, or unknown.
    """
    size = path.stat().st_size
    if size == 0:
        raise SourceFileError(say("found_empty", name=name), todo=say("todo_fetch"), code="empty_file")
    if size > settings.INGEST_MAX_FILE_BYTES:
        raise SourceFileError(
            say("found_too_large", name=name, size=size, most=settings.INGEST_MAX_FILE_BYTES),
            todo=say("todo_raise_grown", setting="INGEST_MAX_FILE_BYTES"),
            code="file_too_large",
        )
    with path.open("rb") as stream:
        head = stream.read(_SNIFF_BYTES)
    if head.startswith(b"PAR1"):
        return OpenedFile(ContentKind.PARQUET, name, size, lambda: path.open("rb"))
    if head.startswith(b"PK\x03\x04"):
        return _recognise_zip(path, name, size)
    if head.startswith(b"\x1f\x8b"):
        return OpenedFile(ContentKind.GZIP, name, size, partial(_unpack_gzip, path, name, size))
    if head.startswith(b"PK\x05\x06"):
        raise SourceFileError(say("found_empty_zip", name=name), todo=say("todo_fetch"), code="empty_file")
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise SourceFileError(say("found_blank", name=name), todo=say("todo_fetch"), code="empty_file")
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    kind = {b"<": ContentKind.HTML, b"{": ContentKind.JSON, b"[": ContentKind.JSON}.get(first)
    if kind is not None and kind.value.lower() in documents:
        return OpenedFile(kind, name, size, lambda: path.open("rb"))
    if first in (b"<", b"{", b"[") or head[:4] == b"%PDF" or b"\0" in head:
        raise SourceFileError(
            say("found_no_table", kind=_describe(head), name=name, begin=repr(head[:60])),
            todo=say("todo_address_later"),
            code="not_a_table",
        )
    return OpenedFile(ContentKind.CSV, name, size, lambda: path.open("rb"))


def _recognise_zip(path: Path, name: str, size: int) -> OpenedFile:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except zipfile.BadZipFile as error:
        raise SourceFileError(
            say("found_bad_zip", name=name, size=size, why=str(error)),
            todo=say("todo_fetch"),
            code="damaged_archive",
        ) from error
    tables = [member for member in members if member.filename.lower().endswith((".csv", ".txt"))]
    if len(tables) != 1:
        found = ", ".join(member.filename for member in members[:8]) or "nothing"
        raise SourceFileError(
            say("found_not_one", name=name, count=len(tables), there=found),
            todo=say("todo_unpack_one"),
            code="archive_content",
        )
    member = tables[0]
    if member.flag_bits & 1:
        raise SourceFileError(
            say("found_encrypted", member=member.filename, name=name), todo=say("todo_unpack"), code="archive_content"
        )
    # A directory may lie about the packed size too: it cannot be more than the archive itself.
    packed = min(member.compress_size, size)
    _refuse_bomb(name, member.file_size, packed)

    def opener() -> BinaryIO:
        return cast(BinaryIO, LimitedStream(lambda: zipfile.ZipFile(path).open(member), name, packed_bytes=packed))

    return OpenedFile(ContentKind.ZIP, member.filename, member.file_size, opener)


def _unpack_gzip(path: Path, name: str, size: int) -> BinaryIO:
    def opener() -> IO[bytes]:
        return cast(IO[bytes], gzip.open(path, "rb"))

    return cast(BinaryIO, LimitedStream(opener, name, packed_bytes=size))


def _refuse_bomb(name: str, unpacked: int, packed: int) -> None:
    if unpacked > settings.INGEST_MAX_UNPACKED_BYTES:
        raise SourceFileError(
            say("found_unpacks", name=name, size=unpacked, most=settings.INGEST_MAX_UNPACKED_BYTES),
            todo=say("todo_raise_grown", setting="INGEST_MAX_UNPACKED_BYTES"),
            code="unpacks_too_large",
        )
    if unpacked > _RATIO_FLOOR_BYTES and unpacked > packed * settings.INGEST_MAX_COMPRESSION_RATIO:
        raise SourceFileError(
            say("found_bomb", name=name, times=round(unpacked / max(packed, 1)), most=settings.INGEST_MAX_COMPRESSION_RATIO),
            todo=say("todo_fetch_source"),
            code="decompression_bomb",
        )


class LimitedStream:
    """An unpacking stream that stops at the limits whatever the archive's directory claimed, and names damage as what it is."""

    def __init__(self, opener: Callable[[], IO[bytes]], name: str, *, packed_bytes: int) -> None:
        self._name, self._packed, self._total = name, packed_bytes, 0
        try:
            self._stream = opener()
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise SourceFileError(
                say("found_not_unpacked", name=name, why=str(error)), todo=say("todo_fetch"), code="damaged_archive"
            ) from error

    def read(self, size: int = -1) -> bytes:
        """Up to `size` unpacked bytes; raises `SourceFileError` for damage and past the limits."""
        try:
            block = self._stream.read(size)
        except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise SourceFileError(
                say("found_unpacking_stopped", name=self._name, bytes=self._total, why=str(error)),
                todo=say("todo_fetch"),
                code="damaged_archive",
            ) from error
        self._total += len(block)
        _refuse_bomb(self._name, self._total, self._packed)
        return block

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> "LimitedStream":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
