"""Between the log, which speaks of tables, columns and JSON, and the models, which have fields and types."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import PointField
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    from audit.models import ChangeLogEntry

AnyField: TypeAlias = "models.Field[Any, Any]"

# What the database or the rules work out from other columns: never written back, worked out anew.
DERIVED: dict[str, frozenset[str]] = {
    "products.products": frozenset({"inmetro_certified"}),
    "products.solar_kits": frozenset({"check_state", "checked_at", "checked_with"}),
}
# What stands in the log where a personal value was: it says that there was one, and no more.
MASKED = "***"
# Written by the database at each write.
_ALWAYS_WRITTEN = frozenset({"updated_at"})


@cache
def models_by_table() -> dict[tuple[str, str], type[models.Model]]:
    """(schema, table) -> model, those that Django makes for many-to-many relations included."""
    return {
        table_of(model): model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def model_of(entry: "ChangeLogEntry") -> type[models.Model] | None:
    """The model of an entry's table; None when the table is none of ours, or no longer."""
    return models_by_table().get((entry.table_schema, entry.table_name))


def table_of(model: type[models.Model]) -> tuple[str, str]:
    """(schema, table) as the log writes them: the app's own schema, or public."""
    label = model._meta.app_label
    return label if label in settings.SCHEMAS else "public", model._meta.db_table


def field_of(model: type[models.Model] | None, column: str) -> "AnyField | None":
    """The field of a column; None when the model has no such column (any more)."""
    if model is None:
        return None
    return _fields_by_column(model).get(column)


@cache
def _fields_by_column(model: type[models.Model]) -> "dict[str, AnyField]":
    return {str(field.column): field for field in model._meta.concrete_fields}


def is_written_back(model: type[models.Model], field: AnyField) -> bool:
    """Whether an undo may write this column: not the key, nothing generated, derived or kept by the database."""
    schema, table = table_of(model)
    return not (
        field.primary_key
        or isinstance(field, models.GeneratedField | SearchVectorField | models.BinaryField | PointField)
        or field.column in _ALWAYS_WRITTEN
        or field.column in DERIVED.get(f"{schema}.{table}", frozenset())
    )


def to_python(field: AnyField, value: Any) -> Any:
    """A logged JSON value as the field's own type; as it is when it cannot be."""
    target: Any = field.target_field if isinstance(field, models.ForeignKey) else field
    if value is None or isinstance(target, models.JSONField):
        return value
    if isinstance(target, models.DecimalField) and isinstance(value, float):
        value = str(value)
    try:
        found = target.to_python(value)
        # JSON knows no trailing zeros.
        scale = isinstance(target, models.DecimalField) and found.is_finite()
        return found.quantize(Decimal(1).scaleb(-target.decimal_places)) if scale else found
    except (ValidationError, InvalidOperation, TypeError, ValueError):
        return value


def same(field: AnyField, one: Any, other: Any) -> bool:
    """Whether two values, of the log or of an object, are the same value of the field."""
    return bool(to_python(field, one) == to_python(field, other))


def typed(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Logged columns as attribute names and typed values; columns the model does not have are left out."""
    found = ((field_of(model, column), value) for column, value in values.items())
    return {field.attname: to_python(field, value) for field, value in found if field is not None}


def rows_of(model: type[models.Model], keys: Iterable[Any], *, lock: bool = False) -> dict[str, models.Model]:
    """Live rows by key as the log writes it, in one query; locked in the order of the key when asked."""
    field = model._meta.pk
    typed_keys = {to_python(field, key) for key in keys}
    rows = model._base_manager.filter(pk__in=typed_keys).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return {str(row.pk): row for row in rows}
