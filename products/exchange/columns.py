"""Which columns a table of products or kits has, what each cell holds, and which of them may come back changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from products.attribute_labels import attribute_label, choice_label, unit_label
from products.models import Product, SolarKit
from products.rules.families import FAMILIES, Attribute, Kind

SPEC = "spec."
REVISION, PARTS = "revision", "parts"
# What the row is found again by.
KEYS: dict[type[models.Model], str] = {Product: "sku", SolarKit: "kit_id"}
# (name, may be changed), in the order of the table; a link is read under the name of what it leads to.
_DECLARED: dict[type[models.Model], tuple[tuple[str, bool], ...]] = {
    Product: (
        ("sku", False), ("name", True), ("category", False), ("subcategory", True), ("manufacturer", True), ("brand", True),
        ("model", True), ("status", True), ("cost_price", True), ("markup_percent", True), ("sale_price", True),
        ("stock_quantity", True), ("reorder_point", True), ("min_stock_level", True), ("max_stock_level", True),
        ("inmetro_certificate_number", True), ("inmetro_certified", False), ("completeness", False), ("missing", False),
        ("datasheet_url", True), ("manual_url", True), ("image_urls", True), ("description", True), ("seo_slug", True),
        ("seo_title", True), ("seo_description", True), ("seo_keywords", True),
    ),
    SolarKit: (
        ("kit_id", False), ("sku", False), ("name", True), ("system_type", True), ("supplier", True), ("review_state", False),
        ("check_state", False), ("status", True), (PARTS, False), ("power_kwp", False), ("declared_power_kwp", True),
        ("inverter_power_kw", False), ("dc_ac_ratio", False), ("voltage_phase", True), ("roof_type", True),
        ("kit_cost", True), ("installation_cost", True), ("documentation_cost", True), ("total_price", False),
        ("price_per_wp", False), ("regional_adjustments", True), ("target_consumer_class", True),
        ("recommended_consumption_min_kwh", True), ("recommended_consumption_max_kwh", True), ("warranty_years", True),
        ("support_level", True), ("completeness", False), ("missing", False), ("image_urls", True), ("photo_exception", True),
        ("technical_sheet_url", True), ("installation_guide_url", True), ("description", True), ("seo_slug", True),
        ("seo_title", True), ("seo_description", True), ("seo_keywords", True),
    ),
}  # fmt: skip
# What follows other columns or the rules: it differs as soon as anything changes, and says nothing of what a person did.
FOLLOWING = frozenset(
    {"review_state", "check_state", "dc_ac_ratio", "total_price", "price_per_wp", "completeness", "missing", "inmetro_certified"}
)
_LINKS = {"manufacturer": "manufacturer__name", "supplier": "supplier_id"}
_HEADER_KEY = re.compile(r"\[([a-z0-9_.]+)\]\s*$")


class Form(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    LINES = "lines"  # texts, one a line
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LINK = "link"  # another row, by its name or code
    PERCENTS = "percents"  # percent by state: AM=12.5; SP=0


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        key: the model's field, or `spec.` and an attribute's name; stands in the header in brackets.
        title: for people, with the unit.
        form: what its cells hold.
        source: what is selected for it.
        places: decimals of a number; None where any number of them is kept.
        choices: (stored, shown) of a choice.
        editable: whether a changed cell is taken over.
        attribute: of a specification.
    """

    key: str
    title: str
    form: Form
    source: str
    places: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    editable: bool = False
    attribute: Attribute | None = None

    @property
    def header(self) -> str:
        """ "Preço de custo (R$) [cost_price]": the words may change with the language, the key does not."""
        title = self.title if self.editable else _("%(title)s – not editable") % {"title": self.title}
        return f"{title} [{self.key}]"


def columns_of(model: type[models.Model]) -> list[TableColumn]:
    """The model's own columns, the key first."""
    return [_of_field(model, name, editable=editable) for name, editable in _DECLARED[model]]


def spec_columns(categories: Sequence[str]) -> list[TableColumn]:
    """A column for each attribute that one of the categories declares, in their order, each name once."""
    found: dict[str, TableColumn] = {}
    for category in categories:
        for name, attribute in FAMILIES.get(category, {}).items():
            known = found.get(name)
            choices = tuple((code, choice_label(code)) for code in attribute.choices)
            if known is not None and known.attribute is not None:
                more = tuple(choice for choice in choices if choice not in known.choices)
                found[name] = _of_attribute(known.attribute, known.choices + more)
            else:
                found[name] = _of_attribute(attribute, choices)
    return list(found.values())


def editable_keys(model: type[models.Model], category: str = "") -> list[str]:
    """The keys of what may be changed on a row, in an order that depends on the code alone."""
    own = [name for name, editable in _DECLARED[model] if editable]
    return own + [SPEC + name for name in FAMILIES.get(category, {})] if model is Product else own


def header_keys(headers: Sequence[str], known: Mapping[str, TableColumn]) -> list[str | None]:
    """The column each header names, by the key in brackets or by the bare key or title; None where it is none of ours."""
    titles = {column.title.casefold(): key for key, column in known.items()}
    keys: list[str | None] = []
    for header in headers:
        text = header.strip()
        match = _HEADER_KEY.search(text)
        key = match[1] if match else text.casefold()
        key = key if key in known or key == REVISION else titles.get(text.casefold(), "")
        keys.append(key or None)
    return keys


def revision_header() -> str:
    title = _("Revision – leave as it is")
    return f"{title} [{REVISION}]"


def _of_field(model: type[models.Model], name: str, *, editable: bool) -> TableColumn:
    if name == PARTS:
        return TableColumn(PARTS, _("Components"), Form.TEXT, PARTS)
    field: Any = model._meta.get_field(name)
    kind: Any = field.output_field if isinstance(field, models.GeneratedField) else field
    form, places = Form.TEXT, None
    choices: tuple[tuple[str, str], ...] = ()
    if name in _LINKS:
        form = Form.LINK
    elif kind.choices:
        form, choices = Form.CHOICE, tuple((str(code), str(label)) for code, label in kind.choices)
    elif isinstance(kind, ArrayField):
        form = Form.LINES
    elif isinstance(kind, models.DecimalField):
        form, places = Form.NUMBER, kind.decimal_places
    elif isinstance(kind, models.IntegerField):
        form = Form.INTEGER
    elif isinstance(kind, models.BooleanField):
        form = Form.BOOLEAN
    elif isinstance(kind, models.JSONField):
        form = Form.PERCENTS
    title = capfirst(str(field.verbose_name))
    if form is Form.PERCENTS:
        title = f"{title} (%)"
    return TableColumn(name, title, form, _LINKS.get(name, name), places, choices, editable)


def _of_attribute(attribute: Attribute, choices: tuple[tuple[str, str], ...]) -> TableColumn:
    forms = {
        Kind.NUMBER: Form.NUMBER,
        Kind.INTEGER: Form.INTEGER,
        Kind.BOOLEAN: Form.BOOLEAN,
        Kind.CHOICE: Form.CHOICE,
        Kind.TEXT: Form.TEXT,
    }
    label, unit = capfirst(attribute_label(attribute.name)), unit_label(attribute)
    title = f"{label} ({unit})" if unit and "(" not in label else label
    key = SPEC + attribute.name
    return TableColumn(key, title, forms[attribute.kind], "specifications", None, choices, editable=True, attribute=attribute)
