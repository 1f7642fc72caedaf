"""Values of the log as people write them: money, measures with their unit, dates, choices and references by name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import ChangeLogEntry
from audit.plans import ABSENT
from audit.tables import MASKED, AnyField, table_of, to_python
from products import attribute_labels
from products.rules.families import FAMILIES
from ysh.core.admin import NBSP, brl, moment, number

# "sale price (R$)": what people call the field, and the unit of its numbers.
_LABEL = re.compile(r"(?P<name>.+?) \((?P<unit>[^()]+)\)")
_NUMBERS = (models.DecimalField, models.IntegerField, models.FloatField)
LONGEST = 120
# Where the field's own name is short because it stands among others of its kind.
_LABELS: dict[str, Any] = {
    "kit_cost": gettext_lazy("kit price (R$)"),
    "installation_cost": gettext_lazy("installation price (R$)"),
    "documentation_cost": gettext_lazy("documentation price (R$)"),
}
_LONG_UNITS = ("_pct_per_c", "_m_per_s")


def label_and_unit(found: AnyField) -> tuple[str, str]:
    """A field's name without its unit, and the unit; a text's or date's name stays whole."""
    label = str(_LABELS.get(found.column or "", found.verbose_name))
    match = _LABEL.fullmatch(label) if isinstance(_stored(found), _NUMBERS) else None
    return (match["name"], match["unit"]) if match else (label, "")


@cache
def _units() -> dict[str, str]:
    """Unit by the name of an attribute; a name means the same in every family."""
    return {name: attribute.unit for family in FAMILIES.values() for name, attribute in family.items()}


def _stored(found: AnyField) -> AnyField:
    """The field itself; of a generated one the kind of its result."""
    kind: Any = found.output_field if isinstance(found, models.GeneratedField) else found
    return kind  # type: ignore[no-any-return]


def attribute_label(name: str) -> str:
    """What people call an attribute of the specifications, without the unit, which stands with the value."""
    label = attribute_labels.attribute_label(name)
    if label != name:
        match = _LABEL.fullmatch(label) if _units().get(name) else None
        return match["name"] if match else label
    if _units().get(name):
        ending = next((unit for unit in _LONG_UNITS if name.endswith(unit)), None)
        name = name.removesuffix(ending) if ending else name.rpartition("_")[0]
    return name.replace("_", " ")


@dataclass(slots=True)
class Names:
    """What the rows that values point to are called, fetched once for many values.

    Attributes:
        known: (model, key as text) -> name.
    """

    known: dict[tuple[type[models.Model], str], str] = field(default_factory=dict)

    def of(self, model: type[models.Model], key: Any) -> str:
        """The row's name; its key when nothing is known of it."""
        return self.known.get((model, str(key))) or f"{model._meta.verbose_name} {key}"

    def fetch(self, wanted: Mapping[type[models.Model], Iterable[Any]]) -> "Names":
        """Names of live rows in a query a model, of deleted ones from the log in one more."""
        for model, keys in wanted.items():
            missing = {str(key) for key in keys} - {key for known, key in self.known if known is model}
            if not missing:
                continue
            typed = [to_python(model._meta.pk, key) for key in missing]
            for row in model._base_manager.filter(pk__in=typed).defer(*_heavy(model)):
                self.known[model, str(row.pk)] = name_of(row)
            gone = sorted(key for key in missing if (model, key) not in self.known)
            if gone:
                logged = (
                    ChangeLogEntry.objects.filter(
                        table_schema=table_of(model)[0], table_name=table_of(model)[1], record_id__in=gone
                    )
                    .exclude(record_label="")
                    .order_by("record_id", "-changed_at")
                    .distinct("record_id")
                )
                self.known |= {(model, key): label for key, label in logged.values_list("record_id", "record_label")}
        return self


def name_of(row: models.Model) -> str:
    """A row in few words: its code where people know it by one."""
    for attribute in ("kit_id", "sku", "sigla", "name", "title", "certificate_number"):
        value = getattr(row, attribute, None)
        if value and isinstance(value, str):
            return value
    return str(row)


@cache
def _heavy(model: type[models.Model]) -> tuple[str, ...]:
    names = {"search_vector", "raw_data", "raw_metadata", "specifications", "description", "resources"}
    return tuple(found.name for found in model._meta.concrete_fields if found.name in names)


def value_text(found: "AnyField | None", value: Any, names: Names, path: str = "") -> str:
    """One value in words.

    Args:
        found: the column's field; None when the model has no such column.
        value: of the log, or of an object.
        names: what foreign keys are called.
        path: the key of a JSON object whose value this is.
    """
    if value is ABSENT:
        return _("not stated")
    if value == MASKED:
        return _("(personal, not kept)")
    if value is None or (value == "" and not isinstance(value, bool)):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if path:
        return _loose(attribute_labels.choice_label(value) if isinstance(value, str) else value, _units().get(path, ""))
    if found is None:
        return _loose(value)
    if isinstance(found, models.ForeignKey):
        return names.of(found.related_model, value)
    if found.choices:
        return str(dict(found.flatchoices).get(value, value))
    return _typed(found, to_python(found, value))


def _typed(found: AnyField, value: Any) -> str:
    if isinstance(_stored(found), _NUMBERS) and isinstance(value, int | float | Decimal):
        unit = label_and_unit(found)[1]
        if unit == "R$":
            return brl(value)
        if isinstance(found, models.GeneratedField):
            value = round(Decimal(value), 4)
        return number(value, unit=unit)
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else date_format(value, "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return _loose(value)


def _loose(value: Any, unit: str = "") -> str:
    """A value of a JSON object or of a column nobody knows."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("empty")
    if isinstance(value, int | float | Decimal):
        return number(value, unit=unit)
    if isinstance(value, list):
        return ", ".join(_loose(item) for item in value) or _("empty")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_loose(item)}" for key, item in value.items()) or _("empty")
    text = str(value)
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else f"{text}{NBSP}{unit}" if unit else text
