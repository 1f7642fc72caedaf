"""The triggers that write the change log, on every table the registry names, attached after each `migrate`."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from audit.registry import LoggedTable, logged_tables
from audit.typed_updates import function_of, make_functions

_NOT_LOGGED_ALREADY = "coalesce(current_setting('ysh.audit_logged', true), '') <> 'on'"
_NO_RUN = "coalesce(current_setting('ysh.run_id', true), '') = ''"


@dataclass(frozen=True, slots=True)
class LogTrigger:
    """One trigger.

    Attributes:
        table: qualified table.
        name: its name, unique on the table.
        definition: what follows `CREATE TRIGGER name`.
    """

    table: str
    name: str
    definition: str

    @property
    def signature(self) -> str:
        """Changes with the definition; kept as the trigger's comment."""
        return f"ysh {hashlib.sha256(self.definition.encode()).hexdigest()[:16]}"


def _array(names: Sequence[str]) -> str:
    return "{" + ",".join(names) + "}"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _arguments(*values: str) -> str:
    return ", ".join(map(_literal, values))


def _of(logged: LoggedTable, owner: str, *, typed: bool) -> Iterator[LogTrigger]:
    """The triggers of one table; `typed`: there is a function for its columns."""
    policy, on = logged.policy, f"ON {logged.name}"
    arguments = _arguments(
        logged.key, policy.label, _array(policy.left_out), _array(policy.personal), _array(policy.watched)
    )  # fmt: skip
    # Restoring a dump brings its log along, so the log's owner may write without leaving an entry. Nobody else's setting counts.
    logs = f"{_NOT_LOGGED_ALREADY} OR NOT pg_has_role(session_user, {_literal(owner)}, 'MEMBER')"
    when = f"WHEN ({logs})"
    statement = f"FOR EACH STATEMENT {when} EXECUTE FUNCTION audit.log_statement({arguments})"
    updated = f"FOR EACH STATEMENT {when} EXECUTE FUNCTION {function_of(logged, typed=typed)}({arguments})"
    if policy.inserts == "row":
        yield LogTrigger(logged.name, "log_insert", f"AFTER INSERT {on} REFERENCING NEW TABLE AS new_rows {statement}")
    elif policy.inserts == "run":
        # Not on the statement: PostgreSQL would keep every row of a load of millions for it.
        yield LogTrigger(
            logged.name,
            "log_insert",
            f"AFTER INSERT {on} FOR EACH ROW WHEN ({_NO_RUN} AND ({logs})) EXECUTE FUNCTION audit.log_row({arguments})",
        )
    yield LogTrigger(
        logged.name, "log_update", f"AFTER UPDATE {on} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {updated}"
    )
    if policy.deletes:
        yield LogTrigger(logged.name, "log_delete", f"AFTER DELETE {on} REFERENCING OLD TABLE AS old_rows {statement}")
        yield LogTrigger(
            logged.name, "log_truncate", f"BEFORE TRUNCATE {on} FOR EACH STATEMENT {when} EXECUTE FUNCTION audit.log_truncate()"
        )


def _of_runs() -> LogTrigger:
    """The trigger on the runs, for the tables whose inserts are counted by run."""
    counted = {logged.name for logged in logged_tables() if logged.policy.inserts == "run"}
    from pipeline.sources.registry import SOURCES  # noqa: PLC0415  (with polars, for who makes triggers only)

    pairs = [part for key, source in sorted(SOURCES.items()) if source.table in counted for part in (key, source.table)]
    return LogTrigger(
        "pipeline.ingestion_log",
        "log_run",
        "AFTER UPDATE OF status ON pipeline.ingestion_log FOR EACH ROW "
        "WHEN (NEW.status IN ('SUCCESS', 'PARTIAL') AND OLD.status IS DISTINCT FROM NEW.status AND NEW.rows_inserted > 0) "
        f"EXECUTE FUNCTION audit.log_run({_arguments(*pairs)})",
    )


def wanted_triggers(owner: str, *, typed: bool = True) -> list[LogTrigger]:
    """Every trigger there should be.

    Args:
        owner: the role that owns the change log.
        typed: wide tables have functions of their own (not before migration 0010).
    """
    return [*(trigger for logged in logged_tables() for trigger in _of(logged, owner, typed=typed)), _of_runs()]


def attach_triggers(connection: Any) -> int:
    """Create, replace and drop triggers until they are what the registry says. Returns how many statements that took.

    Does nothing where the log's functions are not there (`migrate audit zero`), and leaves out tables that are not there yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('audit.change_log')), "
            "to_regprocedure('audit.log_statement()') IS NOT NULL"
        )
        owner, ready = cursor.fetchone()
        if not ready:
            return 0
        typed = make_functions(connection)
        cursor.execute(
            "SELECT c.relnamespace::regnamespace || '.' || c.relname, t.tgname, obj_description(t.oid, 'pg_trigger') "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND p.pronamespace = 'audit'::regnamespace "
            "AND left(t.tgname, 4) = 'log_'"
        )
        present = {(table, name): comment for table, name, comment in cursor.fetchall()}
        cursor.execute(
            "SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') "
            "AND c.relnamespace = ANY (ARRAY['public', 'aneel', 'products', 'pipeline']::regnamespace[])"
        )
        tables = {row[0] for row in cursor.fetchall()}
        statements = _changes([trigger for trigger in wanted_triggers(owner, typed=typed) if trigger.table in tables], present)
        for statement in statements:
            cursor.execute(statement)
    return len(statements)


def _changes(wanted: list[LogTrigger], present: dict[tuple[str, str], str | None]) -> list[sql.Composable]:
    statements: list[sql.Composable] = []
    for table, name in sorted(present.keys() - {(trigger.table, trigger.name) for trigger in wanted}):
        statements.append(sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier(*table.split("."))))
    for trigger in wanted:
        key = (trigger.table, trigger.name)
        if present.get(key) == trigger.signature:
            continue
        names = {"name": sql.Identifier(trigger.name), "table": sql.Identifier(*trigger.table.split("."))}
        if key in present:
            statements.append(sql.SQL("DROP TRIGGER {name} ON {table}").format(**names))
        statements.append(sql.SQL("CREATE TRIGGER {name} ").format(**names) + sql.SQL(trigger.definition))
        statements.append(
            sql.SQL("COMMENT ON TRIGGER {name} ON {table} IS {comment}").format(**names, comment=sql.Literal(trigger.signature))
        )
    return statements
