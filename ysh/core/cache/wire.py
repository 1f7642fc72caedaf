"""One round trip to Redis with little around it: each thread keeps a connection of its own.

redis-py's pool and pipeline cost more time a request than Redis itself; what is asked on every request goes this way. A cluster's
or a sentinel's client is asked in its own way.
"""

import contextlib
import os
import threading
from collections.abc import Sequence
from typing import Any

import redis
from redis.connection import ConnectionPool

Command = tuple[Any, ...]
_held = threading.local()


def round_trip(client: Any, commands: Sequence[Command]) -> list[Any]:
    """Each command's answer; a refusal is an answer too, as the exception.

    Raises:
        redis.RedisError, OSError: the server does not answer.
    """
    pool = getattr(client, "connection_pool", None)
    if type(pool) is not ConnectionPool:
        pipe = client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return list(pipe.execute(raise_on_error=False))
    link = _link(pool)
    if link is not None:
        # A connection that was closed while it was idle says nothing about the server: once more, on a new one. At worst a reader
        # is counted twice.
        with contextlib.suppress(redis.ConnectionError):
            return _ask(link, commands)
    link = pool.connection_class(**pool.connection_kwargs)
    link.connect()
    _held.link, _held.pool, _held.process = link, pool, os.getpid()
    return _ask(link, commands)


def _link(pool: ConnectionPool) -> Any:
    """This thread's connection; None when there is none to this server, or it is another process's."""
    if getattr(_held, "pool", None) is not pool or _held.process != os.getpid():
        return None
    return _held.link


def _ask(link: Any, commands: Sequence[Command]) -> list[Any]:
    found: list[Any] = []
    try:
        link.send_packed_command(link.pack_commands(commands), check_health=False)
        for _command in commands:
            try:
                found.append(link.read_response())
            except redis.ResponseError as refusal:
                found.append(refusal)
    except BaseException:
        # Answers that were not read would be taken for the next request's.
        _held.pool = None
        link.disconnect()
        raise
    return found
