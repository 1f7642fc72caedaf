"""Facts read from PostgreSQL's catalogs, in PostgreSQL's own words."""

import re
from typing import Any

SCHEMAS = ("aneel", "products", "pipeline", "audit")

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
       a.attgenerated::text, a.attidentity::text
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = (
    "SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'n'"
)
INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid), i.indisunique, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s::regclass
"""
TABLES = """
SELECT c.relnamespace::regnamespace || '.' || c.relname, c.relkind::text FROM pg_class c
WHERE c.relnamespace::regnamespace::text = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
"""
TRIGGERS = """
SELECT c.relnamespace::regnamespace || '.' || c.relname, t.tgname, pg_get_triggerdef(t.oid), p.oid::regproc::text,
       t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND NOT c.relispartition AND c.relnamespace::regnamespace::text = ANY (%s)
"""
# `public` holds the extensions' functions too; those are not ours.
FUNCTIONS = """
SELECT p.pronamespace::regnamespace || '.' || p.proname || '(' || replace(oidvectortypes(p.proargtypes), ', ', ',') || ')',
       pg_get_function_result(p.oid)
FROM pg_proc p WHERE p.pronamespace::regnamespace::text = ANY (%s)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
"""
PARTITIONS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass
"""
PARTITION_KEY = "SELECT pg_get_partkeydef(%s::regclass)"


def ask(cursor: Any, query: str, parameter: Any) -> list[tuple[Any, ...]]:
    cursor.execute(query, [list(parameter) if isinstance(parameter, tuple) else parameter])
    return [tuple(row) for row in cursor.fetchall()]


def describe(cursor: Any, table: str) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Columns, constraints and indexes of a table by name, without mention of its own schema and name."""
    schema = table.split(".", 1)[0]

    def plain(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return re.sub(rf"\bON (ONLY )?{schema}\.\w+", "ON it", value)

    return {
        what: {row[0]: tuple(plain(value) for value in row[1:]) for row in ask(cursor, query, table)}
        for what, query in (("columns", COLUMNS), ("constraints", CONSTRAINTS), ("indexes", INDEXES))
    }
