"""The acting person or program, told to PostgreSQL, where triggers read it with `current_setting('ysh.actor', true)`.

Settings are always local to a transaction, so they cannot outlive it and name the wrong person on a pooled connection.
"""

from collections.abc import Callable
from typing import Any

from psycopg import ClientCursor
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier, Literal

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


# Statements that tell who acts, how many they are, and whether nothing was told before in the transaction.
_STATEMENTS: dict[tuple[Actor, bool], tuple[str, int]] = {}


class ActorSettings:
    """An execute wrapper of one Django connection: the current actor is set before the first write of each transaction.

    The setting travels with the write, as one message to the server, so it costs no round trip. Told again when the actor
    changes. Outside transactions PostgreSQL runs the two as one transaction, so nothing stays set. Statements sent around
    Django's cursors (COPY, the psycopg connection itself) are not seen; what they do first in a transaction carries no actor.
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
        actor = current_actor()
        if verb not in _WRITES or status == TransactionStatus.INERROR or self._told == actor:
            return execute(sql, params, many, context)
        alone = status == TransactionStatus.IDLE and self._connection.get_autocommit()
        if not alone:
            self._told = actor
        if not many and isinstance(sql, str) and isinstance(context["cursor"].cursor, ClientCursor):
            return _with(actor, execute, sql, params, context, alone=alone)
        with self._connection.wrap_database_errors:
            if not alone:
                set_actor(raw, actor)
                return execute(sql, params, many, context)
            with raw.transaction():
                set_actor(raw, actor)
                return execute(sql, params, many, context)


def _with(actor: Actor, execute: Callable[..., Any], sql: str, params: Any, context: dict[str, Any], *, alone: bool) -> Any:
    """Send the settings and the write as one message, and leave the cursor at the write's result."""
    cursor = context["cursor"].cursor
    settings, count = _STATEMENTS.get((actor, alone)) or _remember(actor, cursor.connection, alone=alone)
    result = execute((settings.replace("%", "%%") if params is not None else settings) + sql, params, False, context)
    for _setting in range(count):
        cursor.nextset()
    return result


def _remember(actor: Actor, psycopg_connection: Any, *, alone: bool) -> tuple[str, int]:
    """The statements that tell who acts, and how many. SET is a third of what `set_config` costs, which is planned like a query.

    Args:
        alone: the write is a transaction of its own, so what is not set is empty.
    """
    values = {
        "ysh.actor": actor.name,
        "ysh.change_source": actor.source,
        "ysh.reason": actor.reason,
        "ysh.request_id": actor.request_id,
        "ysh.run_id": actor.run_id,
    }
    # PostgreSQL has no NUL in texts.
    texts = {name: "" if value is None else str(value).replace("\0", "") for name, value in values.items()}
    statements = [
        SQL("SET LOCAL {} = {}; ")
        .format(SQL(".").join(map(Identifier, name.split("."))), Literal(text))
        .as_string(psycopg_connection)
        for name, text in texts.items()
        if text or not alone
    ]
    if len(_STATEMENTS) >= 256:
        _STATEMENTS.clear()
    found = _STATEMENTS[actor, alone] = "".join(statements), len(statements)
    return found


def _verb(sql: Any) -> str:
    """First word of a statement, in capitals. A composed statement counts as a write: it may be one."""
    return sql[:64].lstrip(" \n\t(").split(None, 1)[0].upper() if isinstance(sql, str) and sql.strip() else "WITH"
