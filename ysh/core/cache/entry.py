"""One kept answer, and its form as bytes."""

import json
import struct
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

_MAGIC = b"Y1"
_HEAD = struct.Struct(">2sI")
# Shorter bodies gain nothing.
COMPRESS_FROM_BYTES = 1024
_LEVEL = 4
# gzip, so that readers who take it get the bytes as they are kept; what an earlier release kept is read too.
_GZIP, _GZIP_OR_ZLIB = 31, 47


def packed(body: bytes) -> bytes:
    """A body in gzip's form; the same bytes for the same body."""
    return zlib.compress(body, _LEVEL, wbits=_GZIP)


def unpacked(payload: bytes) -> bytes:
    """The body of `packed`'s bytes."""
    return zlib.decompress(payload, wbits=_GZIP_OR_ZLIB)


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept answer.

    Attributes:
        payload: the body, perhaps compressed.
        compressed: whether it is (gzip).
        content_type: of the body.
        etag: strong entity tag of the plain body, quotes included.
        built_at: Unix time at which the builder began to read.
        tokens: namespace -> its token before the builder began to read.
        status: HTTP status; 404 for "there is nothing", whose body is written anew in the reader's language.
        headers: further headers to send.
        plain: the body once more, where it was unpacked already.
    """

    payload: bytes
    compressed: bool
    content_type: str
    etag: str
    built_at: float
    tokens: Mapping[str, str]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    plain: bytes | None = None

    @classmethod
    def of(
        cls,
        body: bytes,
        *,
        content_type: str,
        etag: str,
        tokens: Mapping[str, str],
        built_at: float,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> "Entry":
        """An entry of a plain body, compressed when that pays."""
        payload = packed(body) if len(body) >= COMPRESS_FROM_BYTES else body
        compressed = len(payload) < len(body)
        return cls(payload if compressed else body, compressed, content_type, etag, built_at, dict(tokens), status, headers or {})

    @property
    def body(self) -> bytes:
        """The plain body."""
        if not self.compressed:
            return self.payload
        return unpacked(self.payload) if self.plain is None else self.plain

    def age(self, now: float | None = None) -> float:
        """Seconds since it was built."""
        return max(0.0, (time.time() if now is None else now) - self.built_at)

    def holds(self, tokens: Mapping[str, str]) -> bool:
        """Whether nothing it was made of has changed: its tokens are the present ones."""
        return bool(tokens) and self.tokens == tokens

    def pack(self) -> bytes:
        """As bytes."""
        head = json.dumps(
            [
                self.compressed,
                self.content_type,
                self.etag,
                self.built_at,
                dict(self.tokens),
                self.status,
                dict(self.headers),
            ],
            separators=(",", ":"),
        ).encode()
        return _HEAD.pack(_MAGIC, len(head)) + head + self.payload


def unpack(blob: bytes) -> Entry | None:
    """The entry of `pack`'s bytes; None for anything else (another release's, a damaged one): that is a miss."""
    try:
        magic, length = _HEAD.unpack_from(blob)
        if magic != _MAGIC:
            return None
        start = _HEAD.size + length
        compressed, content_type, etag, built_at, tokens, status, headers = json.loads(blob[_HEAD.size : start])
    except (struct.error, ValueError, TypeError):
        return None
    return Entry(blob[start:], compressed, content_type, etag, built_at, tokens, status, headers)
