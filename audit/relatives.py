"""A record and its children in the log: a kit's components and checks are told, undone and rebuilt with the kit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from audit.choices import Operation
from audit.models import ChangeLogEntry
from audit.tables import table_of

# Statements of one act are this close together at most.
_ONE_ACT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Child:
    """A model whose rows are part of another's.

    Attributes:
        model: the child.
        field: its foreign key to the parent; deleting the parent deletes the row.
    """

    model: type[models.Model]
    field: "models.ForeignObject[Any, Any]"


@cache
def children_of(model: type[models.Model]) -> tuple[Child, ...]:
    """The models whose rows go with a row of this one."""
    found = (
        Child(relation.related_model, relation.field)
        for relation in model._meta.related_objects
        if relation.one_to_many and relation.on_delete is models.CASCADE and relation.related_model is not model
    )
    return tuple(child for child in found if child.model._meta.app_label == model._meta.app_label)


@cache
def parent_of(model: type[models.Model]) -> "models.ForeignKey[Any, Any] | None":
    """The foreign key that makes a model's rows part of another's; None when they stand alone."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and any(
            child.model is model and child.field is field for child in children_of(field.related_model)
        ):
            return field
    return None


def child_keys(child: Child, parent_key: Any) -> set[str]:
    """Keys of every row that is or was the parent's, as the log writes them: the live ones, and those the log saw come or go."""
    live = child.model._base_manager.filter(**{child.field.attname: parent_key}).values_list("pk", flat=True)
    return {str(key) for key in live} | set(_logged(child, parent_key).values_list("record_id", flat=True))


def _logged(child: Child, parent_key: Any) -> "models.QuerySet[ChangeLogEntry, Any]":
    """Entries that made or deleted the parent's rows; answered by the index change_log_of_kit where the column is kit_id."""
    schema, table = table_of(child.model)
    column = KeyTextTransform(child.field.column, Coalesce(F("new_values"), F("old_values")))
    return (
        ChangeLogEntry.objects.order_by()
        .exclude(operation=Operation.UPDATE)
        .alias(parent_key=column)
        .filter(parent_key=str(parent_key), table_schema=schema, table_name=table)
    )


def family(model: type[models.Model], key: Any) -> Q:
    """Entries of a record and of its children."""
    return Q(*_conditions(model, key), _connector=Q.OR)


def _conditions(model: type[models.Model], key: Any) -> Iterator[Q]:
    yield _of(model, {str(key)})
    for child in children_of(model):
        if keys := child_keys(child, key):
            yield _of(child.model, keys)


def _of(model: type[models.Model], keys: set[str]) -> Q:
    schema, table = table_of(model)
    return Q(table_schema=schema, table_name=table, record_id__in=sorted(keys))


def deleted_with(entry: ChangeLogEntry, model: type[models.Model]) -> list[ChangeLogEntry]:
    """The entries of the children that went in the same act as a deleted parent."""
    found: list[ChangeLogEntry] = []
    for child in children_of(model):
        found += _logged(child, entry.record_id).filter(
            operation=Operation.DELETE,
            changed_by=entry.changed_by,
            request_id=entry.request_id,
            run_id=entry.run_id,
            changed_at__range=(entry.changed_at - _ONE_ACT, entry.changed_at + _ONE_ACT),
        )
    return found
