"""Sees writes that no Django connection made: psql, another program, COPY on a bare connection.

PostgreSQL counts rows written by table. One thread among all web processes looks at the counters every second and gives new
tokens to the namespaces of tables whose counters moved. PostgreSQL publishes counters at the end of a transaction, at the latest
some seconds after it in a busy session: so much later than the commit, and no later, such a write is seen. What Django writes is
told at once, by `watch`; it is seen here a second time, which costs one more miss.
"""

import os
import threading
from typing import Any

import structlog
from django.db import DatabaseError, connection

from ysh.core.cache import names, namespaces, redis_tier, versions
from ysh.core.db.locks import lock_key

log = structlog.get_logger(__name__)

EVERY_SECONDS, STAND_BY_SECONDS = 1.0, 5.0
_LOCK = "ysh.core.cache.table_watch"
# A TRUNCATE counts no rows, but gives the table another file.
_COUNTERS = """
SELECT root.relname,
    sum(counted.n_tup_ins + counted.n_tup_upd + counted.n_tup_del)::text || '/' || sum(part.relfilenode::bigint)::text
FROM pg_stat_user_tables counted
JOIN pg_class part ON part.oid = counted.relid
JOIN pg_class root ON root.oid = coalesce(pg_partition_root(counted.relid), counted.relid)
WHERE root.relname = ANY(%s)
GROUP BY root.relname
"""

_started: set[int] = set()
_start_lock = threading.Lock()
_stop = threading.Event()


def start() -> None:
    """Begin to watch in a thread of this process, once; cheap when it was begun already."""
    process = os.getpid()
    if process in _started:
        return
    with _start_lock:
        if process in _started:
            return
        _started.add(process)
    threading.Thread(target=_watch, name="cache-table-watch", daemon=True).start()


def _watch() -> None:
    while True:
        try:
            is_leader = _lead()
        except DatabaseError as error:
            log.info("table_watch_waits", error=type(error).__name__)
            is_leader = False
        if not is_leader:
            connection.close()  # whoever stands by holds no connection
        if _stop.wait(EVERY_SECONDS if is_leader else STAND_BY_SECONDS):
            return


def _lead() -> bool:
    """Look once, if no other process does; whether we did. The lock is the connection's and ends with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
            "AND (classid::bigint << 32 | objid::bigint) = %s",
            [lock_key(_LOCK)],
        )
        if not cursor.fetchone()[0]:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(_LOCK)])
            if not cursor.fetchone()[0]:
                return False
    look()
    return True


def look() -> frozenset[str]:
    """Compare the counters with those seen last; give new tokens where they differ. The namespaces that got them."""
    tables = namespaces.tables()
    with connection.cursor() as cursor:
        cursor.execute(_COUNTERS, [list(tables)])
        now: dict[str, str] = dict(cursor.fetchall())
    key = names.WRITES.key()
    found: dict[Any, Any] | None = redis_tier.attempt(lambda c: c.hgetall(key))
    if found is None:
        return frozenset()  # without Redis nothing can be compared; afterwards it is
    seen = {table.decode(): counter.decode() for table, counter in found.items()}
    # Nothing seen: Redis is new, and what was written meanwhile is unknown.
    changed = frozenset(name for table in now if seen.get(table) != now[table] for name in tables[table])
    if changed:
        versions.bump(changed)
        redis_tier.attempt(lambda c: c.hset(key, mapping=now))
    return changed
