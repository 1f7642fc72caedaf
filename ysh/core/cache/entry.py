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
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept answer.

    Attributes:
        payload: the body, perhaps compressed.
        compressed: whether it is (zlib).
        content_type: of the body.
        etag: strong entity tag of the plain body, quotes included.
        built_at: Unix time at which the builder began to read.
        tokens: namespace -> its token before the builder began to read.
        status: HTTP status; 404 for "there is nothing", whose body is written anew in the reader's language.
        headers: further headers to send.
    """

    payload: bytes
    compressed: bool
    content_type: str
    etag: str
    built_at: float
    tokens: Mapping[str, str]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

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
        packed = zlib.compress(body, _LEVEL) if len(body) >= COMPRESS_FROM_BYTES else body
        compressed = len(packed) < len(body)
        return cls(packed if compressed else body, compressed, content_type, etag, built_at, dict(tokens), status, headers or {})

    @property
    def body(self) -> bytes:
        """The plain body."""
        return zlib.decompress(self.payload) if self.compressed else self.payload

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
