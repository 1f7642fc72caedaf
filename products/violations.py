"""Sentences for people about what the pure rules found."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from products.rules.families import Attribute, Kind, Violation

_KINDS = {
    Kind.NUMBER: _("a number"),
    Kind.INTEGER: _("a whole number"),
    Kind.TEXT: _("a text"),
    Kind.BOOLEAN: _("true or false"),
    Kind.CHOICE: _("one of the listed values"),
}
_UNITS = {"years": _("years")}  # the one unit that is a word


def message_of(violation: Violation) -> str:
    """What was expected of the value, what was found, in the active language."""
    attribute = violation.attribute
    if attribute is None:
        if violation.code == "not_an_object":
            return gettext("Expected an object {attribute: value}, found %(found)r.") % {"found": violation.found}
        expected = ", ".join(violation.expected_names)
        return gettext("%(name)s: this category has no such attribute; it has: %(expected)s.") % {
            "name": violation.name,
            "expected": expected,
        }
    values = {"name": violation.name, "found": violation.found, "unit": _UNITS.get(attribute.unit, attribute.unit)}
    if violation.code == "out_of_range":
        sentence = gettext("%(name)s: expected %(low)g to %(high)g %(unit)s, found %(found)s.")
        return sentence % {**values, "low": attribute.low, "high": attribute.high}
    if violation.code == "not_a_choice":
        return gettext("%(name)s: expected one of %(expected)s, found %(found)r.") % {
            **values,
            "expected": ", ".join(attribute.choices),
        }
    return gettext("%(name)s: expected %(expected)s, found %(found)r.") % {**values, "expected": _KINDS[attribute.kind]}


def range_of(attribute: Attribute) -> str:
    """What an attribute takes: "5 – 1000 Wp", the listed values, or its type."""
    if attribute.kind is Kind.CHOICE:
        return ", ".join(attribute.choices)
    if attribute.low is None or attribute.high is None:
        return str(_KINDS[attribute.kind])
    return f"{attribute.low:g} – {attribute.high:g} {_UNITS.get(attribute.unit, attribute.unit)}".strip()
