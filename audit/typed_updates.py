"""Functions made for the columns of wide tables, which compare a few updated rows without turning them into JSON.

The whole of a wide row as JSON costs more than the rest of its entry. Each function is `audit.log_statement()` with one passage
replaced (between `few` and `end`), so that everything else has one text. While migrations run the passage is the general one,
as they may take columns away and write afterwards. A column that somebody adds past the migrations is logged after the next
`manage.py migrate`; after taking one away it has to be run before the table is written again.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from psycopg import sql

from audit.registry import LoggedTable, logged_tables

# Types whose equality is that of the JSON they give; the same as in audit.log_statement().
_PLAIN = [
    "bool",
    "int2",
    "int4",
    "int8",
    "numeric",
    "float8",
    "text",
    "varchar",
    "text[]",
    "uuid",
    "date",
    "timestamptz",
    "timestamp",
    "time",
]
_COLUMNS = """
SELECT t.attname::text, t.atttypid = 'jsonb'::regtype,
       t.atttypid = ANY (%(plain)s::regtype[]) AND coalesce(l.collisdeterministic, true)
FROM pg_attribute t LEFT JOIN pg_collation l ON l.oid = t.attcollation
WHERE t.attrelid = to_regclass(%(table)s) AND t.attnum > 0 AND NOT t.attisdropped ORDER BY t.attname::text COLLATE "default"
"""
# One expression for each column, as setting up an expression costs more than what it does with a row.
_PASSAGE = """
    to_jsonb(coalesce(n.{key}, o.{key})) #>> '{{}}',
    CASE WHEN n.{key} IS NULL THEN {old_label} ELSE {new_label} END,
    CASE WHEN o.{key} IS NULL THEN 'INSERT' WHEN n.{key} IS NULL THEN 'DELETE' ELSE 'UPDATE' END,
    CASE WHEN o.{key} IS NULL OR n.{key} IS NULL THEN '{{}}' ELSE d.changed END,
    CASE WHEN n.{key} IS NULL THEN audit.logged_values(to_jsonb(o), {left_out}, {personal})
         WHEN o.{key} IS NOT NULL THEN d.old_values END,
    CASE WHEN o.{key} IS NULL THEN audit.logged_values(to_jsonb(n), {left_out}, {personal})
         WHEN n.{key} IS NOT NULL THEN d.new_values END
    FROM old_rows o FULL JOIN new_rows n ON n.{key} = o.{key}
    CROSS JOIN LATERAL (
        SELECT array_agg(c.j ->> 0) AS changed, jsonb_object_agg(c.j ->> 0, c.j -> 1) AS old_values,
               jsonb_object_agg(c.j ->> 0, c.j -> 2) AS new_values
        FROM unnest(ARRAY[{changes}]) c (j) WHERE c.j IS NOT NULL
    ) d
    WHERE (o.{key} IS NULL OR n.{key} IS NULL OR d.changed IS NOT NULL) AND NOT EXISTS (SELECT FROM new_rows OFFSET 50)
"""
_MASKED = "CASE WHEN coalesce(to_jsonb({row}.{{0}}), 'null') <> 'null' THEN '***' END"
_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {body};
REVOKE ALL ON FUNCTION {name}() FROM PUBLIC;
COMMENT ON FUNCTION {name}() IS {comment}
"""


def function_of(logged: LoggedTable, *, typed: bool = True) -> str:
    """The function of a table's `log_update` trigger, as in SQL; `typed`: those of wide tables are there."""
    if not (typed and logged.policy.typed):
        return "audit.log_statement"
    return f"audit.log_update_{logged.schema}_{logged.table}"


def make_functions(connection: Any, *, general: bool = False) -> bool:
    """Create and replace the functions until they are what the tables ask for. Returns whether there can be any.

    Args:
        connection: Django's.
        general: make them all compare as JSON, whatever columns there are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure('audit.log_statement()')")
        found = cursor.fetchone()
        if found is None or "/* few */" not in found[0]:
            return False
        for logged in logged_tables():
            if not logged.policy.typed:
                continue
            name = function_of(logged)
            cursor.execute(_COLUMNS, {"plain": _PLAIN, "table": logged.name})
            columns = cursor.fetchall()
            cursor.execute("SELECT obj_description(to_regprocedure(%s), 'pg_proc')", [f"{name}()"])
            present = cursor.fetchone()[0]
            # Only what is there already rests while migrations run: its trigger comes after them.
            if not columns or (general and present is None):
                continue
            passage = None if general else _passage(logged, columns).as_string(cursor.connection)
            body = found[0] if passage is None else _with(found[0], passage)
            comment = f"As audit.log_statement(), for {logged.name}. {hashlib.sha256(body.encode()).hexdigest()[:16]}"
            if comment == present:
                continue
            statement = sql.SQL(_FUNCTION).format(
                name=sql.Identifier(*name.split(".")), body=sql.Literal(body), comment=sql.Literal(comment)
            )
            cursor.execute(statement)
    return True


def _with(source: str, passage: str) -> str:
    before, _few, rest = source.partition("/* few */")
    _general, _end, after = rest.partition("/* end */")
    return before + passage + after


def _passage(logged: LoggedTable, columns: list[tuple[str, bool, bool]]) -> sql.Composed:
    policy = logged.policy
    left_out = [*policy.left_out, "updated_at"]
    compared = [column for column in columns if column[0] not in left_out and (not policy.watched or column[0] in policy.watched)]
    label = sql.SQL("coalesce(to_jsonb({row}.{label}) #>> '{{}}', '')")
    if not policy.label:
        label = sql.SQL("audit.record_label(TG_TABLE_NAME, to_jsonb({row}))")
    labels = {
        f"{age}_label": label.format(row=sql.Identifier(age[0]), label=sql.Identifier(policy.label or logged.key))
        for age in ("old", "new")
    }
    return sql.SQL(_PASSAGE).format(
        key=sql.Identifier(logged.key),
        left_out=sql.Literal(left_out) + sql.SQL("::text[]"),
        personal=sql.Literal(list(policy.personal)) + sql.SQL("::text[]"),
        changes=sql.SQL(", ").join(_changes(compared, policy.personal)),
        **labels,
    )


def _changes(columns: list[tuple[str, bool, bool]], personal: tuple[str, ...]) -> Iterator[sql.Composed]:
    """Of each column: NULL, or its name with what was and what is in it, as JSON."""
    for name, is_json, is_plain in columns:
        differs = "to_jsonb(o.{0}) IS DISTINCT FROM to_jsonb(n.{0})"
        if is_json:
            differs = "coalesce(o.{0}, 'null') <> coalesce(n.{0}, 'null')"
        elif is_plain:
            differs = "o.{0} IS DISTINCT FROM n.{0}"
        shown = "o.{0}, n.{0}"
        if name in personal:
            shown = ", ".join(_MASKED.format(row=row) for row in "on")
        yield sql.SQL("CASE WHEN " + differs + " THEN jsonb_build_array({1}, " + shown + ") END").format(
            sql.Identifier(name), sql.Literal(name)
        )
