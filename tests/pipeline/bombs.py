"""Small files that unpack to 200 MB, made as an attacker would: written for real, or with a directory that lies."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

MEGABYTE = 1024**2
UNPACKED = 200 * MEGABYTE


def zeros() -> Iterator[bytes]:
    """200 MB of NUL."""
    for _ in range(UNPACKED // MEGABYTE):
        yield bytes(MEGABYTE)


def lines_of_zeros() -> Iterator[bytes]:
    """200 MB of NUL with a line break every 64 KB."""
    line = bytes(64 * 1024 - 1) + b"\n"
    for _ in range(UNPACKED // MEGABYTE):
        yield line * 16


def repeated(header: bytes, row: bytes) -> Iterator[bytes]:
    """A header and one good row, again and again: no more than 200 to 300 times smaller when packed."""
    yield header
    block = row * (MEGABYTE // len(row))
    for _ in range(UNPACKED // len(block)):
        yield block


def zip_bomb(parts: Iterator[bytes], name: str = "unidades.csv") -> bytes:
    """A ZIP with one member."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for part in parts:
            member.write(part)
    return sink.getvalue()


def gzip_bomb(parts: Iterator[bytes]) -> bytes:
    """The same as GZIP."""
    sink = io.BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", mtime=0) as stream:
        for part in parts:
            stream.write(part)
    return sink.getvalue()


def lying(archive: bytes, *, unpacked: int | None = None, packed: int | None = None) -> bytes:
    """The archive with other sizes in its directory and in the member's own header; the member's data as they are."""
    data = bytearray(archive)
    directory = data.rindex(b"PK\x01\x02")
    for at, size in ((directory + 20, packed), (directory + 24, unpacked), (18, packed), (22, unpacked)):
        if size is not None:
            struct.pack_into("<I", data, at, size)
    return bytes(data)


def lying_about_everything(archive: bytes, first_bytes: bytes) -> bytes:
    """A directory that names the size and checksum of the first bytes only, so that a trusting reader finds them in order."""
    data = bytearray(lying(archive, unpacked=len(first_bytes)))
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 16, zlib.crc32(first_bytes))
    return bytes(data)
