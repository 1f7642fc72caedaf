"""Which columns of a table go into the lake, and as what: PostgreSQL's type, Arrow's, Athena's."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from psycopg import sql

from ysh.core.database_objects import WITHHELD

#: what the database keeps for itself
_OWN = {"row_hash", "source_fingerprint", "raw_data", "search_vector"}
SCHEMA = "aneel"
_PLAIN: dict[str, tuple[pa.DataType, str]] = {
    "smallint": (pa.int32(), "int"),
    "integer": (pa.int32(), "int"),
    "bigint": (pa.int64(), "bigint"),
    "real": (pa.float64(), "double"),
    "double precision": (pa.float64(), "double"),
    "boolean": (pa.bool_(), "boolean"),
    "date": (pa.date32(), "date"),
    "text": (pa.string(), "string"),
    "character": (pa.string(), "string"),
    "character varying": (pa.string(), "string"),
    "uuid": (pa.string(), "string"),
}


@dataclass(frozen=True, slots=True)
class LakeColumn:
    """One column.

    Attributes:
        name: as in the table.
        select: SQL that gives its text.
        parsed: Arrow's type of that text.
        stored: Arrow's type in the file.
        athena: type in Athena's DDL.
    """

    name: str
    select: sql.Composable
    parsed: pa.DataType
    stored: pa.DataType
    athena: str


def tables(cursor: Any) -> list[str]:
    """Tables that go into the lake, by name; what is withheld as a whole stays out."""
    cursor.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY 1",
        [SCHEMA],
    )
    return [name for (name,) in cursor.fetchall() if WITHHELD.get(f"{SCHEMA}.{name}") != ()]


def columns(cursor: Any, table: str) -> list[LakeColumn]:
    """Columns of a table, in its order; those with personal data, and those no file can hold, are left out."""
    cursor.execute(
        "SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns "
        "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
        [SCHEMA, table],
    )
    hidden = _OWN | set(WITHHELD.get(f"{SCHEMA}.{table}", ()))
    found = [_column(*row) for row in cursor.fetchall() if row[0] not in hidden]
    return [column for column in found if column is not None]


def _column(name: str, kind: str, precision: int | None, scale: int | None) -> LakeColumn | None:
    column = sql.Identifier(name)
    if kind in _PLAIN:
        arrow, athena = _PLAIN[kind]
        return LakeColumn(name, column, arrow, arrow, athena)
    if kind == "numeric":
        if precision is None:
            return LakeColumn(name, column, pa.float64(), pa.float64(), "double")
        decimal = pa.decimal128(precision, scale or 0)
        return LakeColumn(name, column, decimal, decimal, f"decimal({precision},{scale or 0})")
    if kind == "timestamp with time zone":
        utc = sql.SQL("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')").format(column)
        return LakeColumn(name, utc, pa.timestamp("us"), pa.timestamp("us", tz="UTC"), "timestamp")
    if kind in ("ARRAY", "jsonb", "json"):
        return LakeColumn(name, sql.SQL("to_json({})::text").format(column), pa.string(), pa.string(), "string")
    return None
