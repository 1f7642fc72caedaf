"""Sentences for people about what the engineering rules found: code and parameters in, the reader's language out."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

STORED_LANGUAGE = "pt-br"

MESSAGES = {
    "missing_data": _("Not known, so not checked: %(missing)s."),
    "cold_voc_ok": _("%(series)s modules in series reach %(value)s V at %(temperature)s °C; the inverter takes %(limit)s V."),
    "cold_voc_over": _(
        "%(series)s modules in series reach %(value)s V at %(temperature)s °C, above the inverter's %(limit)s V; "
        "at most %(most)s may be in series."
    ),
    "cold_voc_by_table": _(
        "%(series)s modules in series reach %(value)s V at %(temperature)s °C by the table of IEC 62548, within the inverter's "
        "%(limit)s V; the module's own coefficient is not known."
    ),
    "system_voltage_ok": _("%(series)s modules in series reach %(value)s V; the module is made for %(limit)s V."),
    "system_voltage_over": _(
        "%(series)s modules in series reach %(value)s V, above the %(limit)s V the module is made for; at most %(most)s may be in series."
    ),
    "building_voltage_ok": _("%(series)s modules in series reach %(value)s V, at most %(limit)s V on a building."),
    "building_voltage_over": _("%(series)s modules in series reach %(value)s V, above the %(limit)s V for arrays on buildings."),
    "hot_vmp_ok": _("%(series)s modules in series give %(value)s V at %(temperature)s °C; MPPT works from %(limit)s V on."),
    "hot_vmp_under": _(
        "%(series)s modules in series give only %(value)s V at %(temperature)s °C, below the %(limit)s V MPPT starts from; "
        "it takes %(least)s."
    ),
    "hot_vmp_close": _(
        "%(series)s modules in series give %(value)s V at %(temperature)s °C, close to the MPPT's lower end of %(limit)s V."
    ),
    "hot_vmp_below_full_load": _(
        "%(series)s modules in series give %(value)s V at %(temperature)s °C, below the %(full_load)s V the inverter needs for full power."
    ),
    "cold_vmp_ok": _("%(series)s modules in series work at %(value)s V at %(temperature)s °C, within the MPPT's %(limit)s V."),
    "cold_vmp_over": _(
        "%(series)s modules in series work at %(value)s V at %(temperature)s °C, above the MPPT's %(limit)s V: energy is lost on cold mornings."
    ),
    "start_up_ok": _("%(series)s modules in series give %(value)s V when hot; the inverter starts at %(limit)s V."),
    "start_up_under": _(
        "%(series)s modules in series give only %(value)s V when hot; the inverter starts at %(limit)s V, so it takes %(least)s."
    ),
    "operating_current_ok": _("%(parallel)s string(s) on an MPPT carry %(value)s A; it takes %(limit)s A."),
    "operating_current_over": _(
        "%(parallel)s string(s) on an MPPT carry %(value)s A, above its %(limit)s A: power is clipped at noon."
    ),
    "short_circuit_ok": _("Short-circuit current %(value)s A with its design factor; the MPPT bears %(limit)s A."),
    "short_circuit_over": _("Short-circuit current %(value)s A with its design factor, above the %(limit)s A the MPPT bears."),
    "equal_modules": _("All modules are of one model."),
    "mixed_modules": _("The kit mixes %(models)s module models; a string takes one model only."),
    "layout_found": _("%(modules)s modules fit, e.g. %(layout)s (MPPTs × (strings × modules)); other layouts: %(others)s."),
    "layout_none": _(
        "%(modules)s modules cannot be laid out at %(temperature)s °C within the inverter's limits; nearest counts that work: %(nearest)s."
    ),
    "layout_never": _("No number of these modules can be laid out on this inverter: voltage or current does not fit."),
}

FIXES = {
    "fill_in": _("Fill in from the data sheet: %(missing)s."),
    "fewer_in_series": _("Use at most %(most)s modules in series, or an inverter for a higher voltage."),
    "more_in_series": _("Use at least %(least)s modules in series, or an inverter that starts lower."),
    "other_current": _("Use a module with at most %(most)s A short-circuit current, or an inverter that bears more."),
    "other_count": _("Use %(nearest)s modules."),
    "other_inverter": _("Choose another inverter or another module."),
}


def render(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of a finding in the active language; the code itself when it is from another version of the engine."""
    return _sentence(MESSAGES.get(code), code, params)


def render_fix(code: str, params: Mapping[str, Any]) -> str:
    """The suggested fix in the active language; "" when there is none."""
    return _sentence(FIXES.get(code), code, params) if code else ""


def stored_text(code: str, params: Mapping[str, Any]) -> str:
    """The sentence as it is stored for readers of the table: in Portuguese."""
    if get_language() == STORED_LANGUAGE:
        return render(code, params)
    with override(STORED_LANGUAGE):
        return render(code, params)


def _sentence(template: Any, code: str, params: Mapping[str, Any]) -> str:
    if template is None:
        return code
    try:
        return str(template) % {name: _shown(value) for name, value in params.items()}
    except KeyError:
        return f"{code} {dict(params)}"  # stored by an older engine: its parameters had other names


def _shown(value: Any) -> str:
    """Numbers as the language writes them, with two places; lists with commas; attributes by their names."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, float) and value != int(value):
        return str(number_format(round(value, 2), use_l10n=True))
    if isinstance(value, int | float):
        return str(number_format(int(value), use_l10n=True))
    return str(value)
