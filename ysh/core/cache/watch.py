"""Sees every write that goes through a Django connection, whoever made it: `save`, `bulk_create`, `QuerySet.update`, raw SQL.

After the commit, and before the writer goes on, the namespaces of the tables written get new tokens. Writes around Django's
cursors (COPY on the psycopg connection, psql) are told by the database itself: see `listener`.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from psycopg.sql import Composable

from ysh.core.cache import namespaces, versions

_READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "BEGIN", "FETCH", "DECLARE", "CLOSE", "EXPLAIN", "VALUES")
_TARGET = re.compile(
    r"""\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY|REFRESH\s+MATERIALIZED\s+VIEW(?:\s+CONCURRENTLY)?)\s+
    (?:ONLY\s+)?(?:"?\w+"?\.)?"?(\w+)"?""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"\w+")


def written_tables(sql: Any) -> set[str]:
    """Names, without schema, of the tables a statement writes; for TRUNCATE, every word of it."""
    text = sql.as_string(None) if isinstance(sql, Composable) else str(sql)
    start = text[:64].lstrip(" \n\t(").split(None, 1)
    verb = start[0].upper() if start else ""
    if verb in _READS:
        return set()
    if verb == "TRUNCATE":
        return set(_WORD.findall(text))
    return set(_TARGET.findall(text))


class WriteWatch:
    """An execute wrapper of one Django connection. It has to be the outermost one: another may hold the transaction of a single
    statement, and only after that is the statement committed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        tables = written_tables(sql)
        if not tables:
            return execute(sql, params, many, context)
        result = execute(sql, params, many, context)
        changed = {name for table in tables for name in namespaces.of_table(table)}
        if changed:
            bump_on_commit(changed, using=self._connection.alias)
        return result


def bump_on_commit(names: set[str], *, using: str | None = None) -> None:
    """Give the namespaces new tokens once the present transaction is committed: all of them in one go, at its end."""
    connection = transaction.get_connection(using)
    if not connection.in_atomic_block:
        versions.bump(names)
        return
    # Bound to the savepoint: what is rolled back to it was no change, and Django forgets the callback.
    here = set(connection.savepoint_ids)
    for savepoints, callback, _robust in reversed(connection.run_on_commit):
        if isinstance(callback, _Bump) and savepoints == here:
            callback.names |= names
            return
    transaction.on_commit(_Bump(set(names)), using=using, robust=True)


class _Bump:
    """What is called after the commit."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def __call__(self) -> None:
        versions.bump(self.names)
