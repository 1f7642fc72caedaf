"""`docs/data-dictionary.md` from the models and the declared objects. A test holds the text against the database's catalogs."""

import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation

from ysh.core.database_objects import (
    FUNCTIONS,
    MATERIALIZED_VIEWS,
    PARTITIONED,
    ROLES,
    TRIGGERS,
    VIEWS,
    WITHHELD,
    Trigger,
    View,
    log_triggers,
)
from ysh.core.table_definition import TableDefinition, define, qualified_table

HEADER = """\
# Data dictionary

Written by `manage.py data_dictionary` from the models; do not edit. A test builds every table below in a scratch schema from this
text alone and compares the catalogs of PostgreSQL, so that text and database cannot drift.

* Types are PostgreSQL's. `null`: the column may be empty. Times are instants; months of partitions are months of UTC.
* `generated`: computed by the database, never written. Units stand in parentheses after the meaning.
* `withheld`: the role ysh_readonly may not read the column (personal data, or what we pay).
* Every table is found by its bare name too, through the search path.
"""


def render() -> str:
    """The whole document, in English whatever the active language. The same models give the same text.

    Needs a database connection, whose version decides some of the SQL, but reads no table.
    """
    with translation.override("en"):
        parts = [HEADER, _contents()]
        for schema in settings.SCHEMAS:
            parts.append(f"## Schema {schema}\n")
            parts += [_table(model) for model in _models(schema)]
            parts += [_view(view) for view in VIEWS if view.name.startswith(f"{schema}.")]
        parts += [_vocabularies(), _functions(), _roles()]
    return "\n".join(parts)


def _models(schema: str) -> list[type[models.Model]]:
    return sorted(apps.get_app_config(schema).get_models(), key=lambda model: model._meta.db_table)


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _contents() -> str:
    lines = []
    for schema in settings.SCHEMAS:
        tables = [qualified_table(model) for model in _models(schema)]
        views = [view.name for view in VIEWS if view.name.startswith(f"{schema}.")]
        lines.append(
            f"* **{schema}**: " + ", ".join(f"[{name.split('.')[1]}](#{name.replace('.', '')})" for name in tables + views)
        )
    return "\n".join([*lines, "* [Vocabularies](#vocabularies), [functions](#functions), [roles](#roles)", ""])


def _summary(model: type[models.Model]) -> str:
    """The first paragraph of the model's docstring."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())


def _table(model: type[models.Model]) -> str:
    table = define(model)
    parts = [f"### {table.name}\n", f"{_summary(model)}\n"]
    if table.name in MATERIALIZED_VIEWS:
        parts.append(f"Materialized view; {MATERIALIZED_VIEWS[table.name]}.\n")
    if table.name in PARTITIONED:
        months = settings.PARTITION_RETENTION_MONTHS[table.name]
        parts.append(
            f"Partitioned by month on `{PARTITIONED[table.name]}`, with a default partition; kept for {months} months.\n"
        )
    if WITHHELD.get(table.name) == ():
        parts.append("Withheld from ysh_readonly as a whole.\n")
    parts.append(_rows(("Column", "Type", "Null", "Default", "Key", "Meaning"), _column_rows(model, table)))
    if table.constraints:
        rows = ((_code(name), kind, _code(text)) for name, kind, text in table.constraints)
        parts.append(_rows(("Constraint", "Kind", "Definition"), rows))
    if table.indexes:
        parts.append(_rows(("Index", "Definition"), ((_code(name), _code(text)) for name, text in table.indexes)))
    triggers = [trigger for trigger in TRIGGERS if trigger.table == table.name]
    triggers += log_triggers(table.name, settings.AUDIT_POLICIES.get(model._meta.label))
    if triggers:
        parts.append(_rows(("Trigger", "Fires", "Function", "Does"), (_trigger_row(trigger) for trigger in triggers)))
    return "\n".join(parts)


def _trigger_row(trigger: Trigger) -> tuple[str, str, str, str]:
    return _code(trigger.name), trigger.fires, _code(trigger.function), trigger.meaning


def _column_rows(model: type[models.Model], table: TableDefinition) -> Iterator[tuple[str, ...]]:
    withheld = WITHHELD.get(table.name, ())
    for field, column in zip(_fields(model), table.columns, strict=True):
        parts = [
            str(field.verbose_name),
            str(field.help_text),
            *(f"one of {name}" for name in _vocabulary_of(field)),
            *["withheld"] * (column.name in withheld),
        ]
        meaning = "; ".join(part for part in parts if part)
        yield _code(column.name), _code(column.type), "null" if column.null else "", column.default, column.key, meaning


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.local_concrete_fields)


def _view(view: View) -> str:
    columns = (column.split(" ", 1) for column in view.columns.split(", "))
    rows = ((_code(name), _code(kind)) for name, kind in columns)
    return "\n".join((f"### {view.name}\n", f"View: {view.meaning}.\n", _rows(("Column", "Type"), rows)))


@cache
def _choices() -> dict[str, type[models.TextChoices]]:
    """Every TextChoices of the apps' `choices` modules, by `app.Name`."""
    found = {}
    for schema in settings.SCHEMAS:
        module = importlib.import_module(f"{schema}.choices")
        for name, choices in sorted(vars(module).items()):
            if isinstance(choices, type) and issubclass(choices, models.TextChoices) and choices.__module__ == module.__name__:
                found[f"{schema}.{name}"] = choices
    return found


def _vocabulary_of(field: Any) -> list[str]:
    """The name of the vocabulary the field holds, if any: its own app's, where two have the same values."""
    if not field.choices:
        return []
    values = [value for value, _label in field.choices]
    names = [name for name, choices in _choices().items() if choices.values == values]
    names.sort(key=lambda name: not name.startswith(f"{field.model._meta.app_label}."))
    return names[:1]


def _vocabularies() -> str:
    holders: dict[str, list[str]] = {}
    for schema in settings.SCHEMAS:
        for model in _models(schema):
            for field in _fields(model):
                for name in _vocabulary_of(field):
                    holders.setdefault(name, []).append(f"{qualified_table(model)}.{field.column}")
    parts = ["## Vocabularies\n", "Stored values and what they mean. Tables hold their columns to them by a CHECK.\n"]
    for name, choices in _choices().items():
        parts.append(f"### {name}\n")
        columns = ", ".join(_code(column) for column in holders.get(name, []))
        parts.append(f"In {columns}.\n" if columns else "Computed, in no column.\n")
        parts.append(_rows(("Value", "Meaning"), ((_code(value), str(label)) for value, label in choices.choices)))
    return "\n".join(parts)


def _functions() -> str:
    rows = ((_code(function.signature), _code(function.returns), function.meaning) for function in FUNCTIONS)
    return "\n".join(("## Functions\n", _rows(("Function", "Returns", "Meaning"), rows)))


def _roles() -> str:
    intro = "None can log in and none has a password: an administrator grants them to login roles.\n"
    return "\n".join(("## Roles\n", intro, _rows(("Role", "May"), ((_code(role.name), role.meaning) for role in ROLES))))
