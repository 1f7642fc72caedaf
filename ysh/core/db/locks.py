"""Advisory locks of PostgreSQL, by name. The server frees them when the holder's connection ends, however it ends."""

import hashlib
from typing import Any


def lock_key(name: str) -> int:
    """A stable signed 64-bit key for the name (first 8 bytes of its SHA-256)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def try_session_lock(connection: Any, name: str) -> bool:
    """Take the lock for the life of this database connection; False when another session holds it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(name)]).fetchone()
    return bool(row[0])


def release_session_lock(connection: Any, name: str) -> None:
    """Give the lock back before the connection ends."""
    connection.execute("SELECT pg_advisory_unlock(%s)", [lock_key(name)])
