"""A record as it was at a moment: the row of today with everything since taken back, from the log."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg import sql

from audit.choices import Operation
from audit.models import ChangeLogEntry
from audit.relatives import child_keys, children_of
from audit.tables import field_of, rows_of, table_of, to_python
from products.models import KitCheck
from ysh.core.errors import TerminalError

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record and its children at a moment.

    Attributes:
        model, key: the record.
        moment: the moment.
        values: columns with typed values; generated ones worked out from the others.
        children: the rows that were part of it then, by model, in the order of their keys.
        unknown: models of children whose state then is not kept.
    """

    model: type[models.Model]
    key: str
    moment: datetime
    values: Values
    children: dict[type[models.Model], list[Values]] = field(default_factory=dict)
    unknown: frozenset[type[models.Model]] = frozenset()


def as_of(model: type[models.Model], key: Any, moment: datetime) -> Snapshot | None:
    """A record with its children as it was; None when there was none.

    Args:
        model: an audited model.
        key: primary key.
        moment: aware, not in the future.

    Raises:
        TerminalError: the moment is still to come.
    """
    if moment > timezone.now():
        raise TerminalError(_("What will be is not known: %(moment)s lies ahead.") % {"moment": moment.isoformat()})
    values = states(model, [key], moment).get(str(key))
    if values is None:
        return None
    children: dict[type[models.Model], list[Values]] = {}
    unknown = set()
    for child in children_of(model):
        rows = states(child.model, child_keys(child, key), moment).values()
        own = [row for row in rows if row is not None and str(row.get(str(child.field.column))) == str(key)]
        if child.model is KitCheck and any(row["checked_at"] > moment for row in own):
            unknown.add(child.model)  # found anew since: what was found then is not kept
            own = []
        children[child.model] = sorted(own, key=lambda row: row[str(child.model._meta.pk.column)])
    return Snapshot(model, str(key), moment, values, children, frozenset(unknown))


def states(model: type[models.Model], keys: Iterable[Any], moment: datetime) -> dict[str, Values | None]:
    """Rows as they were, by key; None for those that did not exist. Three queries, however many rows."""
    wanted = {str(key) for key in keys}
    if not wanted:
        return {}
    live = rows_of(model, wanted)
    columns = [found for found in model._meta.concrete_fields if found.column]
    found: dict[str, Values | None] = {
        key: {str(column.column): getattr(live[key], column.attname) for column in columns} if key in live else None
        for key in wanted
    }
    schema, table = table_of(model)
    since = ChangeLogEntry.objects.filter(
        table_schema=schema, table_name=table, record_id__in=sorted(wanted), changed_at__gt=moment
    )
    created: set[str] = set()
    for entry in since.order_by("-changed_at", "-id").only("record_id", "operation", "old_values"):
        if entry.operation == Operation.INSERT:
            found[entry.record_id] = None
            created.add(entry.record_id)
        else:
            before = found[entry.record_id] if entry.operation == Operation.UPDATE else {}
            found[entry.record_id] = (before or {}) | _typed(model, entry.old_values or {})
    for key, values in found.items():
        # Rows that a load added are in the log by their number only.
        if values is not None and (made := values.get("created_at")) is not None and made > moment:
            found[key] = None
    _work_out_generated(model, [values for values in found.values() if values is not None])
    return found


def _typed(model: type[models.Model], values: Values) -> Values:
    return {
        column: to_python(known, value) if (known := field_of(model, column)) is not None else value
        for column, value in values.items()
    }


@cache
def _generated(schema: str, table: str) -> tuple[tuple[str, str], ...]:
    """Generated columns of a table with their expressions, as PostgreSQL has them; search vectors left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d "
            "JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum "
            "WHERE d.adrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND a.attgenerated = 's' "
            "AND a.atttypid <> 'tsvector'::regtype ORDER BY a.attnum",
            [schema, table],
        )
        return tuple(cursor.fetchall())


def _work_out_generated(model: type[models.Model], rows: Sequence[Values]) -> None:
    """Fill in the generated columns, with the table's own expressions, in one query."""
    schema, table = table_of(model)
    generated = _generated(schema, table)
    if not generated or not rows:
        return
    names = {name for name, _expression in generated} | {"search_vector"}
    plain = json.dumps([{name: value for name, value in row.items() if name not in names} for row in rows], cls=DjangoJSONEncoder)
    # The expressions are the catalogue's own text, of generated columns of our own table.
    query = sql.SQL(
        "SELECT {} FROM ROWS FROM (jsonb_populate_recordset(NULL::{}, %s::jsonb)) WITH ORDINALITY ORDER BY ordinality"
    ).format(
        sql.SQL(", ").join(sql.SQL(expression) for _name, expression in generated),  # type: ignore[arg-type]
        sql.Identifier(schema, table),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [plain])
        for row, values in zip(rows, cursor.fetchall(), strict=True):
            row |= dict(zip((name for name, _expression in generated), values, strict=True))
