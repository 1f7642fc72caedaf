"""The acting person or program, told to PostgreSQL, where triggers read it with `current_setting('ysh.actor', true)`.

Settings are always local to a transaction, so they cannot outlive it and name the wrong person on a pooled connection.
"""

from collections.abc import Callable
from typing import Any

from psycopg.pq import TransactionStatus

from ysh.core.actor import Actor, current_actor

_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")
_SET = (
    "SELECT set_config('ysh.actor', %s, true), set_config('ysh.change_source', %s, true), set_config('ysh.reason', %s, true), "
    "set_config('ysh.request_id', %s, true), set_config('ysh.run_id', %s, true)"
)


def set_actor(psycopg_connection: Any, actor: Actor) -> None:
    """Set `ysh.actor`, `ysh.change_source`, `ysh.reason`, `ysh.request_id` and `ysh.run_id` until the transaction ends.

    Args:
        psycopg_connection: a psycopg connection inside a transaction.
        actor: who acts.
    """
    values = (actor.name, actor.source, actor.reason, actor.request_id, actor.run_id)
    psycopg_connection.execute(_SET, ["" if value is None else str(value) for value in values])


class ActorSettings:
    """An execute wrapper of one Django connection: the current actor is set before the first write of each transaction.

    One round trip per transaction that writes (a write in autocommit gets a transaction of its own), and again when the actor
    changes. Statements sent around Django's cursors (COPY, the psycopg connection itself) are not seen; what they do first in a
    transaction carries no actor.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._told: Actor | None = None

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        raw = self._connection.connection
        if raw is None:  # closed under an open cursor; Django has the words for it
            return execute(sql, params, many, context)
        status = raw.pgconn.transaction_status
        verb = _verb(sql)
        if status == TransactionStatus.IDLE or verb.startswith("ROLLBACK"):
            self._told = None
        if verb not in _WRITES or status == TransactionStatus.INERROR:
            return execute(sql, params, many, context)
        if status == TransactionStatus.IDLE and self._connection.get_autocommit():
            with self._connection.wrap_database_errors, raw.transaction():
                set_actor(raw, current_actor())
                return execute(sql, params, many, context)
        if self._told != (actor := current_actor()):
            with self._connection.wrap_database_errors:
                set_actor(raw, actor)
            self._told = actor
        return execute(sql, params, many, context)


def _verb(sql: Any) -> str:
    """First word of a statement, in capitals. A composed statement counts as a write: it may be one."""
    return sql[:64].lstrip(" \n\t(").split(None, 1)[0].upper() if isinstance(sql, str) and sql.strip() else "WITH"
