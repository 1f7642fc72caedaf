"""Many rows of a model by one statement, told to PostgreSQL as one JSON text.

`bulk_create` makes an expression of every value and `bulk_update` a CASE branch of every row: for a thousand rows of texts
that is seconds of processor time before the database hears of them. Here the database takes the rows apart itself. The
statements go through Django's cursor, so that the change log and the caches see them as any other.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections, models, router

AT_ONCE = 500
Row = Mapping[str, Any]


def write_rows(model: type[models.Model], rows: Sequence[Row], *, unique: Sequence[str]) -> None:
    """Insert the rows; one that is there already, by its unique columns, gets the other values.

    Args:
        model: names the table.
        rows: values by field, the same fields in each; what they lack is left to the database's own defaults. No two may have the
            same unique values.
        unique: fields of a unique constraint.

    Raises:
        TypeError: a value that is neither of JSON nor a day, a time, a Decimal or a UUID.
    """
    if not rows:
        return
    types = _types(model, rows[0])
    names, keys = ", ".join(types), _types(model, unique)
    assigned = ", ".join(f"{name} = EXCLUDED.{name}" for name in types if name not in keys)
    _execute(
        model,
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {names} FROM {_given(types)} '  # noqa: S608  (the model's names)
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assigned}",
        rows,
    )


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Give rows other values; one that is not there is passed over.

    Args:
        model: names the table.
        rows: values by field, the same fields in each, the primary key among them.

    Raises:
        TypeError: as of `write_rows`.
    """
    if not rows:
        return
    types, (key,) = _types(model, rows[0]), _types(model, ["pk"])
    assigned = ", ".join(f"{name} = given.{name}" for name in types if name != key)
    _execute(
        model,
        f'UPDATE "{model._meta.db_table}" old SET {assigned} FROM {_given(types)} WHERE old.{key} = given.{key}',  # noqa: S608
        rows,
    )


def _types(model: type[models.Model], names: Sequence[str] | Row) -> dict[str, str]:
    """Types of the fields' columns, by the columns' quoted names."""
    connection = connections[router.db_for_write(model)]
    fields: list[Any] = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]
    return {f'"{field.column}"': field.rel_db_type(connection) for field in fields}


def _given(types: Mapping[str, str]) -> str:
    return f"json_to_recordset(%s::json) AS given ({', '.join(f'{name} {kind}' for name, kind in types.items())})"


def _execute(model: type[models.Model], statement: str, rows: Sequence[Row]) -> None:
    columns = {name: column.strip('"') for name, column in zip(rows[0], _types(model, rows[0]), strict=True)}
    with connections[router.db_for_write(model)].cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            said = [{columns[name]: value for name, value in row.items()} for row in rows[start : start + AT_ONCE]]
            cursor.execute(statement, [json.dumps(said, ensure_ascii=False, default=_as_text)])


def _as_text(value: object) -> str:
    """What JSON has no form for, as PostgreSQL reads it."""
    if isinstance(value, date | Decimal | UUID):
        return str(value)
    raise TypeError(f"Expected a value of JSON, a day, a time, a Decimal or a UUID; found {type(value).__name__}.")
