"""Answers packed with gzip for readers who take it. A packed answer is another representation, so it has a tag of its own."""

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.http import HttpRequest, HttpResponse

from ysh.core.cache.entry import COMPRESS_FROM_BYTES, packed

_SUFFIX = '-gz"'
_GZIP_CONTAINER = 31
#: Of streams, where the processor's time counts more than a tenth of the bytes.
_STREAM_LEVEL = 1


@lru_cache(maxsize=512)
def _takes(accepted: str) -> bool:
    """Whether an `Accept-Encoding` has gzip in it, by name or by `*`, with a weight other than 0."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, rest = part.partition(";")
        try:
            weights[name.strip()] = float(rest.partition("=")[2] or 1) if rest else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def takes_gzip(request: HttpRequest) -> bool:
    """Whether the reader takes gzip."""
    return _takes(request.META.get("HTTP_ACCEPT_ENCODING", "")[:200])


def packed_tag(tag: str) -> str:
    """The tag of the packed answer."""
    return tag[:-1] + _SUFFIX


def is_worth_packing(body: bytes) -> bool:
    """Whether packing makes it smaller."""
    return len(body) >= COMPRESS_FROM_BYTES


def pack(response: HttpResponse, body: bytes | None = None) -> None:
    """Pack a rendered answer when that pays; its tag becomes the packed one's.

    Args:
        response: the answer, with `ETag`.
        body: the packed body, when it is at hand.
    """
    if not is_worth_packing(response.content):
        return
    response.content = packed(response.content) if body is None else body
    response["Content-Encoding"] = "gzip"
    response["ETag"] = packed_tag(response["ETag"])


def packed_stream(parts: Iterable[bytes]) -> Iterator[bytes]:
    """A stream, packed as it goes."""
    packer = zlib.compressobj(_STREAM_LEVEL, zlib.DEFLATED, _GZIP_CONTAINER)
    for part in parts:
        if some := packer.compress(part):
            yield some
    yield packer.flush()
