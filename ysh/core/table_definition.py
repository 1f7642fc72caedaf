"""A model's table as SQL text: columns, constraints and indexes as Django's schema editor and our migrations make them."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from ysh.core.database_objects import ON_DELETE, PARTITIONED

_SHORT_TYPES = (
    ("timestamp with time zone", "timestamptz"),
    ("character varying", "varchar"),
    ("geography(POINT", "geography(Point"),
    (", ", ","),
)


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """One column.

    Attributes:
        name, type: as in PostgreSQL, the type in its short spelling.
        null: whether NULL is allowed.
        default: "", "identity", "default `SQL`" or "generated `SQL`".
        key: "", "primary key", "unique", or "-> schema.table.column"; several are separated by a comma.
    """

    name: str
    type: str
    null: bool
    default: str
    key: str


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """One table.

    Attributes:
        name: qualified.
        columns: in the order of the model.
        constraints: (name, kind, SQL), without NOT NULL.
        indexes: (name, SQL after `ON table`), UNIQUE first where it is; those behind constraints are not repeated.
    """

    name: str
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[tuple[str, str, str], ...]
    indexes: tuple[tuple[str, str], ...]


def qualified_table(model: Any) -> str:
    """`schema.table`: an app's tables live in the schema of its name."""
    return f"{model._meta.app_label}.{model._meta.db_table}"


def define(model: type[models.Model]) -> TableDefinition:
    """The model's table. Needs a database connection, for its version."""
    # With collect_sql nothing is executed.
    editor: Any = connection.SchemaEditorClass(connection, collect_sql=True)
    editor.deferred_sql = []
    fields = model._meta.local_concrete_fields
    columns = tuple(_column(editor, model, field) for field in fields)
    if not model._meta.managed:
        return TableDefinition(qualified_table(model), columns, (), ())
    unique_indexes = [
        statement
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        and (statement := constraint.create_sql(model, editor)) is not None
        and str(statement).startswith("CREATE UNIQUE INDEX")
    ]
    indexes = [_index(str(statement)) for statement in (*editor._model_indexes_sql(model), *unique_indexes)]
    return TableDefinition(qualified_table(model), columns, tuple(_constraints(editor, model)), tuple(sorted(indexes)))


def _quoted(editor: Any, sql: str, params: Any) -> str:
    return sql % tuple(editor.quote_value(value) for value in params) if params else sql


def _plain(sql: str) -> str:
    """Without the quotes around names that need none, and without the doubled per cent signs of parameters."""
    return re.sub(r'"([a-z_][a-z0-9_]*)"', _unquoted, sql).replace("%%", "%").strip()


def _unquoted(match: re.Match[str]) -> str:
    return match[0] if match[1] in _RESERVED else match[1]


# Column names of ours that PostgreSQL reserves, or that mean something else without quotes.
_RESERVED = {"column", "limit", "user", "order", "default", "value"}


def _column(editor: Any, model: Any, field: Any) -> ColumnDefinition:
    kind = field.db_parameters(connection)["type"]
    for long, short in _SHORT_TYPES:
        kind = kind.replace(long, short)
    default = ""
    if field.generated:
        default = f"generated `{_plain(_quoted(editor, *field.generated_sql(connection)))}`"
    elif field.has_db_default():
        default = f"default `{_plain(_quoted(editor, *editor.db_default_sql(field)))}`"
    elif isinstance(field, models.AutoField):
        default = "identity"
    keys = ["primary key"] * field.primary_key + ["unique"] * (field.unique and not field.primary_key)
    if field.remote_field:
        keys.append(f"-> {qualified_table(field.related_model)}.{field.target_field.column}")
    # Django leaves NOT NULL out of generated columns, whatever the field says.
    return ColumnDefinition(field.column, kind, field.null or field.generated, default, ", ".join(keys))


def _constraints(editor: Any, model: Any) -> list[tuple[str, str, str]]:
    table, name = model._meta.db_table, qualified_table(model)
    key = model._meta.pk.column
    partition_key = PARTITIONED.get(name)
    found = [(f"{table}_pkey", "primary key", f"PRIMARY KEY ({', '.join([key, *([partition_key] if partition_key else [])])})")]
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            found.append((f"{table}_{field.column}_key", "unique", f"UNIQUE ({field.column})"))
        if field.remote_field and field.db_constraint:
            found.append(_foreign_key(editor, model, field))
    for constraint in model._meta.constraints:
        text = constraint.constraint_sql(model, editor)
        if text:
            definition = _plain(str(text).split(" ", 2)[2])
            found.append((constraint.name, "check" if definition.startswith("CHECK") else "unique", definition))
    return sorted(found, key=lambda entry: (_KINDS.index(entry[1]), entry[0]))


_KINDS = ["primary key", "unique", "foreign key", "check"]


def _foreign_key(editor: Any, model: Any, field: Any) -> tuple[str, str, str]:
    name = str(editor._fk_constraint_name(model, field, "_fk_%(to_table)s_%(to_column)s")).strip('"')
    action = ON_DELETE.get((qualified_table(model), field.column))
    target = f"{qualified_table(field.related_model)}({field.target_field.column})"
    deletion = f" ON DELETE {action}" if action else ""
    definition = f"FOREIGN KEY ({field.column}) REFERENCES {target}{deletion} DEFERRABLE INITIALLY DEFERRED"
    return name, "foreign key", definition


def _index(statement: str) -> tuple[str, str]:
    match = re.fullmatch(r'CREATE (UNIQUE )?INDEX "(\w+)" ON "\w+" (.*)', statement)
    if match is None:
        raise ValueError(f"Not a CREATE INDEX statement as Django writes them: {statement}")
    return match[2], _plain((match[1] or "") + match[3])
