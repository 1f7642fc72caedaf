"""Values of Django's cache as bytes. Whole numbers stay text, so that both layers can add to them.

Pickles are signed with the installation's key: who can write to a layer can make us lose a value, never run a program of theirs.
"""

import hashlib
import hmac
import pickle
import re
import zlib
from functools import lru_cache
from typing import Any

from django.conf import settings

COMPRESS_FROM_BYTES = 1024
_PLAIN, _PACKED, _MAC_BYTES = b"P", b"Z", 16
_NUMBER = re.compile(rb"-?\d+")


class DamagedError(Exception):
    """The bytes are not ours, or another installation's: the value counts as lost."""


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"ysh cache values").digest()


def _mac(digest: str, data: bytes) -> bytes:
    return hashlib.blake2b(digest.encode() + data, key=_key(str(settings.SECRET_KEY)), digest_size=_MAC_BYTES).digest()


def encode(digest: str, value: Any) -> bytes:
    """A value's bytes; they count under this digest alone.

    Raises:
        pickle.PicklingError, TypeError, AttributeError: the value cannot be pickled.
    """
    if type(value) is int:  # not bool, which has to come back as one
        return str(value).encode()
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    packed = zlib.compress(data, 1) if len(data) >= COMPRESS_FROM_BYTES else data
    body = _PACKED + packed if len(packed) < len(data) else _PLAIN + data
    return _mac(digest, body) + body


def is_number(blob: bytes) -> bool:
    """Whether the bytes are a whole number's."""
    return _NUMBER.fullmatch(blob) is not None


def decode(digest: str, blob: bytes) -> Any:
    """The value of `encode`'s bytes.

    Raises:
        DamagedError: they are not.
    """
    if is_number(blob):
        return int(blob)
    mac, body = blob[:_MAC_BYTES], blob[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(digest, body)):
        raise DamagedError
    return pickle.loads(zlib.decompress(body[1:]) if body[:1] == _PACKED else body[1:])  # noqa: S301  (signed)
