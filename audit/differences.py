"""A change as rows of field, before and after, in words: the model's labels, choices by name, numbers and dates as written."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from audit.models import ChangeLogEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change.

    Attributes:
        field: the column's name.
        label: what people call it.
        before, after: the values in words; empty where there was no row.
    """

    field: str
    label: str
    before: str
    after: str


def differences(entry: ChangeLogEntry) -> list[Difference]:
    """The fields of a change in the order the table has them; unchanged ones are left out."""
    old, new = entry.old_values or {}, entry.new_values or {}
    names = [
        name for name in (entry.changed_fields or sorted({*old, *new})) if old.get(name) != new.get(name) or not (old and new)
    ]
    model = _model(entry)
    return [_difference(name, model, old, new) for name in names]


def _model(entry: ChangeLogEntry) -> type[models.Model] | None:
    try:
        return next(
            model for model in apps.get_app_config(entry.table_schema).get_models() if model._meta.db_table == entry.table_name
        )
    except (LookupError, StopIteration):
        return None


def _difference(name: str, model: type[models.Model] | None, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    field = _field(model, name)
    label = capfirst(str(field.verbose_name)) if field is not None else name
    return Difference(name, label, _words(old, name, field), _words(new, name, field))


def _field(model: type[models.Model] | None, column: str) -> "models.Field[Any, Any] | None":
    """The model's field of a column; the log speaks of columns, and a field may carry another column's name."""
    fields = model._meta.concrete_fields if model is not None else ()
    return next((field for field in fields if field.column == column), None)


def _words(values: dict[str, Any], name: str, field: "models.Field[Any, Any] | None") -> str:
    if name not in values:
        return ""
    value = values[name]
    if value is None:
        return _("empty")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if field is not None and isinstance(field, models.DecimalField | models.DateField):
        value = _parsed(field, value)
    return str(localize(value)) if isinstance(value, int | float | date | datetime) or hasattr(value, "as_tuple") else str(value)


def _parsed(field: "models.Field[Any, Any]", value: Any) -> Any:
    """The stored JSON text as the field's own type; as it is when it cannot be."""
    try:
        parsed = field.to_python(value)
    except ValidationError:
        return value
    return localtime(parsed) if isinstance(parsed, datetime) and is_aware(parsed) else parsed
