"""A product's specifications as proper fields: one for each attribute of its category, with unit, range and origin."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from products.actions.completeness import rate_product
from products.attribute_labels import attribute_label, choice_label, unit_label
from products.choices import ValueSource
from products.models import Product
from products.provenance import origin_of, stamped
from products.rules.families import FAMILIES, Attribute, Kind, violations
from products.rules.typical import unusual_values
from products.violations import message_of
from ysh.core.admin import number

PREFIX = "spec__"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


class MeasureField(forms.Field):
    """A number as people write it: 48,2 or 48.2, and 1.500,5. Kept as int or float, as JSON has them."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, *, whole: bool, **options: Any) -> None:
        super().__init__(**options)
        self.whole = whole
        self.widget.attrs["inputmode"] = "numeric" if whole else "decimal"

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        return formats.number_format(value, use_l10n=True, force_grouping=False) if not isinstance(value, int) else str(value)

    def to_python(self, value: Any) -> int | float | None:
        text = str(value or "").replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        if "," in text:
            text = text.replace(".", "").replace(",", ".")
        if not _NUMBER.fullmatch(text) or (self.whole and "." in text):
            expected = gettext("a whole number, e.g. 2") if self.whole else gettext("a number, e.g. 48,2")
            raise ValidationError(gettext("Expected %(expected)s; found “%(found)s”.") % {"expected": expected, "found": value})
        return float(text) if "." in text else int(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


def specification_fields(category: str, product: Product | None) -> dict[str, forms.Field]:
    """The fields of a category's attributes, by the name they have in the form, with the product's values."""
    values: Mapping[str, Any] = product.specifications if product is not None else {}
    sources: Mapping[str, Any] = product.specification_sources if product is not None else {}
    return {
        PREFIX + name: _field(category, attribute, values.get(name), sources)
        for name, attribute in FAMILIES.get(category, {}).items()
    }


def _field(category: str, attribute: Attribute, value: Any, sources: Mapping[str, Any]) -> forms.Field:
    label, unit = capfirst(attribute_label(attribute.name)), unit_label(attribute)
    options: dict[str, Any] = {
        "label": f"{label} ({unit})" if unit and "(" not in label else label,
        "required": False,
        "initial": value,
        "help_text": _help(category, attribute, value, sources),
    }
    match attribute.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return MeasureField(whole=attribute.kind is Kind.INTEGER, **options)
        case Kind.BOOLEAN:
            answers = [("", gettext("unknown")), ("true", gettext("yes")), ("false", gettext("no"))]
            options["initial"] = {True: "true", False: "false"}.get(value, "")
            return forms.TypedChoiceField(
                choices=answers, coerce=lambda text: text == "true", empty_value=None, widget=UnfoldAdminSelectWidget, **options
            )
        case Kind.CHOICE:
            known = [("", gettext("unknown")), *((choice, choice_label(choice)) for choice in attribute.choices)]
            return forms.TypedChoiceField(choices=known, empty_value=None, widget=UnfoldAdminSelectWidget, **options)
    return forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget, empty_value=None, **options)


def _help(category: str, attribute: Attribute, value: Any, sources: Mapping[str, Any]) -> SafeString:
    """The hard range, a warning when the value is unusual, and where the value comes from."""
    lines = []
    if attribute.low is not None and attribute.high is not None:
        lines.append(("", gettext("%(low)s to %(high)s") % {"low": number(attribute.low), "high": number(attribute.high)}))
    if attribute.essential and value is None:
        lines.append(("ysh-warn", gettext("missing: counts for the completeness")))
    for unusual in unusual_values(category, {attribute.name: value}):
        lines.append(("ysh-warn", unusual_text(unusual.low, unusual.high)))
    if value is not None:
        lines.append(("ysh-origin", origin_text(sources, attribute.name)))
    return format_html_join("", '<span class="ysh-note {}">{}</span>', lines)


def unusual_text(low: float, high: float) -> str:
    """What is said of a value outside its soft range."""
    return gettext("unusual: mostly %(low)s to %(high)s; look again") % {"low": number(low), "high": number(high)}


def origin_text(sources: Mapping[str, Any], name: str) -> str:
    """ "Data sheet, DAH 610 · ana, 23/11/2026 · reviewed by bia"; says so when nobody noted it."""
    origin = origin_of(sources, name)
    if origin is None:
        return gettext("origin not noted")
    parts = [ValueSource(origin.source).label + (f", {origin.document}" if origin.document else "")]
    if origin.by:
        at = parse_datetime(origin.at) if origin.at else None
        day = formats.date_format(timezone.localtime(at), "SHORT_DATE_FORMAT") if at else ""
        parts.append(", ".join(part for part in (origin.by, day) if part))
    parts.append(
        gettext("reviewed by %(person)s") % {"person": origin.reviewed_by} if origin.reviewed_by else gettext("not reviewed")
    )
    return " · ".join(str(part) for part in parts)


class SpecificationForm(forms.ModelForm):
    """A product's form; the admin adds the fields of the category. What it has no field for stays as stored.

    `fields_category`: the category the fields belong to.
    """

    fields_category = ""
    value_source = forms.ChoiceField(
        label=_("Values typed now come from"),
        choices=[
            (value, label) for value, label in ValueSource.choices if value in {"DATA_SHEET", "PERSON", "SUPPLIER", "CERTIFICATE"}
        ],
        initial=ValueSource.DATA_SHEET.value,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    value_document = forms.CharField(
        label=_("Document"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("e.g. data sheet, revision 3"),
    )

    def clean(self) -> Any:
        """Put the typed values together and hold them against the family; each fault goes to its own field."""
        cleaned = super().clean()
        product = self.instance
        self.specifications_before = dict(product.specifications)
        category = str(self.cleaned_data.get("category") or product.category)
        family = FAMILIES.get(category, {})
        after = {name: value for name, value in product.specifications.items() if name in family}
        self.dropped = [name for name in product.specifications if name not in family]
        for name in family:
            field = PREFIX + name
            if field in self.fields and field in self.changed_data and field in self.cleaned_data:
                after[name] = self.cleaned_data[field]
        after = {name: value for name, value in after.items() if value is not None}
        for violation in violations(category, after):
            field = PREFIX + violation.name
            self.add_error(field if field in self.fields else None, message_of(violation))
        if not self.errors:
            product.specifications = after
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        """What the model says of the specifications has no field of that name here: it belongs to the whole form."""
        if hasattr(errors, "error_dict") and "specifications" in errors.error_dict:
            found = errors.error_dict.pop("specifications")
            if not self.errors:
                errors.error_dict.setdefault(NON_FIELD_ERRORS, []).extend(found)
        super()._update_errors(errors)  # type: ignore[misc]

    def stamp(self, by: str) -> None:
        """Note the origin of what changed, and rate the product anew; before it is saved."""
        product = self.instance
        product.specification_sources = stamped(
            self.specifications_before,
            product.specifications,
            product.specification_sources,
            source=self.cleaned_data.get("value_source") or ValueSource.PERSON.value,
            document=self.cleaned_data.get("value_document", ""),
            by=by,
            at=timezone.now(),
        )
        rate_product(product)

    def unusual(self) -> list[str]:
        """A sentence for each value outside its soft range, for the person who has just saved it."""
        product = self.instance
        return [
            f"{capfirst(attribute_label(found.name))} = {number(found.found)}: {unusual_text(found.low, found.high)}"
            for found in unusual_values(product.category, product.specifications)
        ]


def values_table(product: Product) -> SafeString | str:
    """The values for those who may only read them."""
    family = FAMILIES.get(product.category, {})
    rows = [
        (capfirst(attribute_label(name)), shown_value(family.get(name), value), origin_text(product.specification_sources, name))
        for name, value in product.specifications.items()
    ]
    body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
    return format_html('<table class="ysh-table">{}</table>', body) if rows else "–"


def shown_value(attribute: Attribute | None, value: Any) -> str:
    """A value with its unit, as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float):
        return number(value, unit=unit_label(attribute) if attribute else "")
    return choice_label(str(value))


__all__ = [
    "PREFIX",
    "MeasureField",
    "SpecificationForm",
    "origin_text",
    "shown_value",
    "specification_fields",
    "unusual_text",
    "values_table",
]
