"""A list's changes in people's words: labels instead of field names, R$ 1.234,56, kWp with a comma."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from products.attribute_labels import ATTRIBUTE_LABELS, attribute_label, choice_label, unit_label
from products.choices import ComponentType, ProductCategory, ProductStatus, RoofType, SystemType, VoltagePhase
from products.rules.families import FAMILIES
from ysh.core.admin import brl, number

_LABELS: dict[str, Any] = {
    "name": _("name"), "description": _("description"), "category": _("category"), "subcategory": _("subcategory"),
    "brand": _("brand"), "model": _("model"), "image_urls": _("images"), "datasheet_url": _("data sheet"), "price": _("price"),
    "available": _("available"), "stock": _("stock"), "status": _("status"), "specifications": _("attributes"),
    "system_type": _("system"), "power_kwp": _("power"), "declared_power_kwp": _("power in the title"),
    "inverter_power_kw": _("inverter power"), "voltage_phase": _("grid"), "roof_type": _("roof"), "components": _("parts"),
}  # fmt: skip
_ATTRIBUTES = {name: attribute for family in FAMILIES.values() for name, attribute in family.items()}
_WORDS = (ProductCategory, SystemType, VoltagePhase, RoofType, ProductStatus)
_EMPTY = "–"
_LONGEST = 300


def label_of(name: str) -> str:
    """What people call a field of a list or an attribute of an article."""
    if name in _LABELS:
        return str(capfirst(_LABELS[name]))
    return str(capfirst(attribute_label(name))) if name in ATTRIBUTE_LABELS else name


def shown(name: str, value: Any) -> str:
    """A JSON value of a field for people; a dash for nothing."""
    if value is None or value in ("", [], {}):
        return _EMPTY
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if form := _FORMS.get(name):
        return form(value)
    if name in _ATTRIBUTES:
        return _attribute(name, value)
    if isinstance(value, list):
        return "; ".join(map(str, value))[:_LONGEST]
    return str(value)[:_LONGEST]


def _attribute(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float):
        return str(number(Decimal(str(value)), unit=unit_label(_ATTRIBUTES[name])))
    return choice_label(str(value))[:_LONGEST]


def _measured(unit: str) -> Callable[[Any], str]:
    def form(value: Any) -> str:
        try:
            return str(number(Decimal(str(value)), unit=unit))
        except InvalidOperation:
            return str(value)

    return form


def _money(value: Any) -> str:
    try:
        return str(brl(Decimal(str(value))))
    except InvalidOperation:
        return str(value)


def _word(value: Any) -> str:
    return next((str(words(value).label) for words in _WORDS if value in words.values), str(value))


def _specifications(value: Any) -> str:
    return "; ".join(f"{attribute_label(name)} {_attribute(name, each)}" for name, each in value.items() if name in _ATTRIBUTES)


def _components(value: Any) -> str:
    return "; ".join(
        f"{quantity or '?'} × {ComponentType(part).label if part in ComponentType.values else part} ({sku})"
        for sku, part, quantity in value
    )


_FORMS: dict[str, Callable[[Any], str]] = {
    "price": _money,
    "power_kwp": _measured("kWp"),
    "declared_power_kwp": _measured("kWp"),
    "inverter_power_kw": _measured("kW"),
    "category": _word,
    "system_type": _word,
    "voltage_phase": _word,
    "roof_type": _word,
    "status": _word,
    "specifications": _specifications,
    "components": _components,
}
