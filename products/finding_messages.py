"""Sentences for people about what the engineering rules found: code and parameters in, the reader's language out."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from products.attribute_labels import ATTRIBUTE_LABELS
from products.finding_words import INPUT_LABELS

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
    "bifacial_current_ok": _("Short-circuit current %(value)s A with the light behind the module; the MPPT bears %(limit)s A."),
    "bifacial_current_over": _(
        "Short-circuit current %(value)s A with the light behind the module, above the %(limit)s A the MPPT bears."
    ),
    "equal_modules": _("All modules are of one model."),
    "mixed_modules": _("The kit mixes %(models)s module models; a string takes one model only."),
    "layout_found": _("%(modules)s modules fit, e.g. %(layout)s (MPPTs × (strings × modules)); other layouts: %(others)s."),
    "layout_none": _(
        "%(modules)s modules cannot be laid out at %(temperature)s °C within the inverter's limits; nearest counts that work: %(nearest)s."
    ),
    "layout_never": _("No number of these modules can be laid out on this inverter: voltage or current does not fit."),
    "ratio_ok": _("DC/AC ratio %(value)s, within the usual %(low)s to %(high)s."),
    "ratio_lowish": _("DC/AC ratio %(value)s: rather low, the inverters have room for more modules."),
    "ratio_low": _("DC/AC ratio %(value)s, below %(low)s: inverters too large for the modules, or their quantity is wrong."),
    "ratio_high": _("DC/AC ratio %(value)s, above the usual %(high)s."),
    "ratio_very_high": _("DC/AC ratio %(value)s, far above the usual %(high)s."),
    "dc_power_ok": _("%(value)s kWp of modules; the inverters take up to %(limit)s kWp."),
    "dc_power_over": _("%(value)s kWp of modules, above the %(limit)s kWp the inverters' data sheet allows."),
    "class_micro": _("Microgeneration: %(value)s kW AC, at most %(limit)s kW."),
    "class_mini": _("Minigeneration: %(value)s kW AC, at most %(limit)s kW."),
    "class_none": _("%(value)s kW AC, above the %(limit)s kW of photovoltaic minigeneration."),
    "fast_track_yes": _("%(value)s kW AC, within the %(limit)s kW that go without the study of flow inversion."),
    "fast_track_no": _("%(value)s kW AC, above the %(limit)s kW of the fast track."),
    "declared_ok": _("The title's %(declared)s kWp agree with the modules' %(value)s kWp."),
    "declared_off": _("The title says %(declared)s kWp, the modules add up to %(value)s kWp (%(percent)s %% off)."),
    "declared_unit": _("The title says %(declared)s kWp, the modules add up to %(value)s kWp: a mistake of unit."),
    "micro_inputs_ok": _("%(modules)s modules on %(inputs)s microinverter inputs."),
    "micro_too_few_inputs": _("%(modules)s modules, but the microinverters have only %(inputs)s inputs."),
    "micro_unused_inputs": _(
        "%(modules)s modules on %(inputs)s microinverter inputs leave %(unused)s unused: the quantity looks wrong."
    ),
    "micro_voltage_ok": _("A module reaches %(value)s V at %(temperature)s °C; the microinverter takes %(limit)s V."),
    "micro_voltage_over": _("A module reaches %(value)s V at %(temperature)s °C, above the %(limit)s V the microinverter takes."),
    "micro_module_power_ok": _("Module of %(value)s Wp; the microinverter is made for up to %(limit)s Wp."),
    "micro_module_power_over": _("Module of %(value)s Wp, above the %(limit)s Wp the microinverter is made for."),
    "micro_trunk_ok": _("Trunk cable, AC connectors or end caps are in the list of parts."),
    "micro_trunk_missing": _("The list of parts has no trunk cable, AC connector or end cap for the microinverters."),
    "micro_branch_ok": _("%(value)s units on one AC branch of up to %(limit)s."),
    "micro_branch_over": _("%(value)s units need %(branches)s AC branches of up to %(limit)s each."),
    "grid_ok": _("Inverter of %(phases)s phase(s) and %(volts)s V on the declared grid; %(value)s A."),
    "grid_by_transformer": _("Inverter of %(volts)s V on the declared grid by the kit's transformer; %(value)s A."),
    "grid_differs": _(
        "Inverter of %(phases)s phase(s) and %(volts)s V does not fit the declared grid, and the kit has no transformer."
    ),
    "connection_power_ok": _("%(value)s kW AC on a connection of %(phases)s phase(s), which takes %(limit)s kW."),
    "connection_power_over": _(
        "%(value)s kW AC on a connection of %(phases)s phase(s), above the usual %(limit)s kW: ask the distributor."
    ),
    "breaker_of_ac": _("The string box has AC breakers (ABNT NBR NM 60898), which may not stand on the DC side."),
    "fuse_not_needed": _(
        "%(parallel)s string(s) on an MPPT feed back %(value)s A, within the module's series fuse of %(limit)s A: no fuses needed."
    ),
    "fuse_missing": _(
        "%(parallel)s strings on an MPPT feed back %(value)s A, above the module's series fuse of %(limit)s A: gPV fuses or DC breakers are needed."
    ),
    "fuse_ok": _("String fuses of %(value)s A, between %(low)s and %(high)s A."),
    "fuse_rating": _("String fuses of %(value)s A; expected more than %(low)s and at most %(high)s A."),
    "structure_ok": _("The structure holds %(value)s modules, the kit has %(limit)s."),
    "structure_under": _("The structure holds %(value)s modules, the kit has %(limit)s."),
    "structure_missing": _("The list of parts has no structure."),
    "roof_ok": _("The structure is made for the kit's roof."),
    "roof_differs": _("The structure is made for %(made_for)s, the kit is sold for %(roof)s."),
    "clamp_ok": _("Frame of %(value)s mm, within the clamps' %(low)s to %(high)s mm."),
    "clamp_wrong": _("Frame of %(value)s mm, outside the clamps' %(low)s to %(high)s mm."),
    "clamps_ok": _("%(mids)s mid and %(ends)s end clamps are enough for %(modules)s modules in %(rows)s row(s)."),
    "clamps_few": _(
        "%(mids)s mid and %(ends)s end clamps; %(modules)s modules in %(rows)s row(s) take %(need)s and %(need_ends)s."
    ),
    "protection_by_box": _("A string box protects the DC side."),
    "protection_in_inverter": _("DC switch and surge protection are inside the inverter."),
    "protection_missing": _("Neither a string box nor an inverter with DC switch and surge protection is in the kit."),
    "box_voltage_ok": _("The array reaches %(value)s V; string box and surge protection are for %(limit)s V."),
    "box_voltage_over": _("The array reaches %(value)s V, above the %(limit)s V of string box or surge protection."),
    "cable_ok": _("Solar cable in red and black."),
    "cable_missing": _("The list of parts has no DC solar cable."),
    "cable_colour": _("Solar cable in %(found)s; red and black are needed."),
    "connectors_ok": _("%(value)s connectors for a need of %(limit)s."),
    "connectors_under": _("%(value)s connectors, but the strings need %(limit)s."),
    "connectors_missing": _("The list of parts has no connectors."),
    "cable_drop_ok": _("Voltage drop of %(value)s %% over %(run)s m of %(section)s mm², at most %(limit)s %%."),
    "cable_drop_over": _("Voltage drop of %(value)s %% over %(run)s m of %(section)s mm², above %(limit)s %%."),
    "cable_current_ok": _("The cable carries %(value)s A; %(limit)s A are needed."),
    "cable_current_under": _("The cable carries only %(value)s A; %(limit)s A are needed."),
    "battery_ready": _("Hybrid kit without a battery: ready for one."),
    "battery_by_controller": _("The battery is charged by a charge controller."),
    "battery_inverter_ok": _("The inverter takes a battery."),
    "battery_without_inverter": _("The kit has a battery, but no hybrid or off-grid inverter."),
    "battery_voltage_ok": _("%(series)s × %(value)s V in series, within the inverter's %(low)s to %(high)s V."),
    "battery_voltage_off": _("Batteries of %(value)s V reach the inverter's %(low)s to %(high)s V in no series."),
    "battery_current_ok": _("The inverter draws up to %(value)s A; the batteries give %(limit)s A."),
    "battery_current_over": _("The inverter may draw %(value)s A, above the %(limit)s A the batteries give."),
    "protocol_ok": _("Battery and inverter share a protocol (%(battery)s)."),
    "protocol_differs": _("The battery speaks %(battery)s, the inverter %(inverter)s."),
    "battery_energy": _("Usable energy: %(value)s kWh."),
    "controller_ok": _("The modules give %(value)s; the charge controllers take %(limit)s."),
    "controller_over": _("The modules give %(value)s, above the %(limit)s the charge controllers take."),
    "controller_voltage_ok": _("A module reaches %(value)s V in the cold; the charge controller takes %(limit)s V."),
    "controller_voltage_over": _("A module reaches %(value)s V in the cold, above the %(limit)s V of the charge controller."),
    "bank_voltage_ok": _("%(series)s × %(value)s V make the controller's %(limit)s V."),
    "bank_voltage_off": _("Batteries of %(value)s V do not make the controller's %(limit)s V."),
    "inmetro_ok": _("INMETRO registration %(number)s is active."),
    "inmetro_out_of_scope": _("Inverter of %(value)s kW: above the %(limit)s kW of INMETRO's scope, no registration needed."),
    "inmetro_ended": _("INMETRO registration %(number)s has ended (%(expires_on)s)."),
    "inmetro_withdrawn": _("INMETRO registration %(number)s is %(status)s."),
    "inmetro_pending": _("INMETRO registration %(number)s is not active yet (%(status)s)."),
    "inmetro_ending": _("INMETRO registration %(number)s ends on %(expires_on)s."),
    "inmetro_other_model": _("INMETRO registration %(number)s is for the model %(model)s."),
    "afci_ok": _("The inverter has arc-fault protection (AFCI)."),
    "afci_not_needed": _("Arc-fault protection is not asked for up to %(limit)s V; the inverter takes %(value)s V."),
    "afci_missing": _(
        "No arc-fault protection (AFCI), asked for above %(limit)s V; the inverter takes %(value)s V. Older stock may be sold out."
    ),
    "ence_ok": _("The content of the energy label (ENCE) is complete."),
    "standards_ok": _("The standards for grid-tied inverters are all stated."),
    "standards_some": _("Not stated among the inverter's standards: %(lacking)s."),
    "sane": _("The module's values agree with each other."),
    "odd_value": _("%(what)s is %(value)s; expected %(low)s to %(high)s."),
    "discontinued": _("The product is no longer offered."),
    "out_of_stock": _("The supplier has no stock."),
    "no_datasheet": _("The product has no data sheet."),
    "offered_ok": _("The product is offered and has a data sheet."),
    "price_fresh": _("The price is of %(day)s."),
    "price_old": _("The price is of %(day)s, older than %(days)s days."),
    "margin_ok": _("Sale price R$ %(value)s over a cost of R$ %(limit)s."),
    "margin_none": _("Sale price R$ %(value)s does not exceed the cost of R$ %(limit)s."),
}

FIXES = {
    "fill_in": _("Fill in from the data sheet: %(missing)s."),
    "fewer_in_series": _("Use at most %(most)s modules in series, or an inverter for a higher voltage."),
    "more_in_series": _("Use at least %(least)s modules in series, or an inverter that starts lower."),
    "other_current": _("Use a module with at most %(most)s A short-circuit current, or an inverter that bears more."),
    "other_count": _("Use %(nearest)s modules."),
    "other_inverter": _("Choose another inverter or another module."),
    "correct_title": _("Correct the title to %(value)s kWp, or the quantities."),
    "other_micro_count": _("Use %(count)s microinverter(s)."),
    "add_part": _("Add the missing part: %(part)s."),
    "other_grid": _(
        "Declare a grid that fits %(volts)s V and %(phases)s phase(s), add a transformer, or choose another inverter."
    ),
    "other_registration": _("Link the registration in force, or replace the product."),
    "compare_datasheet": _("Compare the value with the data sheet."),
    "replace_part": _("Replace the product in the kit."),
    "link_datasheet": _("Link the product's data sheet."),
}


# Parameters that name attributes or parts.
_OF_NAMES = frozenset({"missing", "part"})

_NAMES: Mapping[str, Any] = {**ATTRIBUTE_LABELS, **INPUT_LABELS}
_TEMPLATES: Mapping[str, Mapping[str, Any]] = {"message": MESSAGES, "fix": FIXES}


def render(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of a finding in the active language; the code itself when it is from another version of the engine."""
    return _words(get_language() or STORED_LANGUAGE).sentence("message", code, params)


def render_fix(code: str, params: Mapping[str, Any]) -> str:
    """The suggested fix in the active language; "" when there is none."""
    return _words(get_language() or STORED_LANGUAGE).sentence("fix", code, params) if code else ""


def stored_text(code: str, params: Mapping[str, Any]) -> str:
    """The sentence as it is stored for readers of the table: in Portuguese."""
    return _words(STORED_LANGUAGE).sentence("message", code, params)


def input_label(name: str) -> str:
    """What a rule used or missed, in words; a second product's value carries its code after a space."""
    return _words(get_language() or STORED_LANGUAGE).name(name)


def value_text(value: Any) -> str:
    """A value as a finding's sentence writes it; a dash when there is none."""
    return "–" if value is None or value == "" else _words(get_language() or STORED_LANGUAGE).shown(value)


class _Words:
    """Sentences, words and marks of one language, each translated once: a pass over the catalogue writes 300,000 sentences."""

    def __init__(self, language: str) -> None:
        self._language = language
        marks = get_format("THOUSAND_SEPARATOR", language), get_format("DECIMAL_SEPARATOR", language)
        self._marks = str.maketrans(dict(zip(",.", marks, strict=True)))
        self._known: dict[tuple[str, str], str] = {}
        with override(language):
            self._yes, self._no = gettext("yes"), gettext("no")

    def sentence(self, table: str, code: str, params: Mapping[str, Any]) -> str:
        """A template filled in; `table`: "message" or "fix"."""
        template = self._known.get((table, code))
        if template is None:
            if code not in _TEMPLATES[table]:
                return code
            template = self._keep(table, code, _TEMPLATES[table][code])
        try:
            return template % {name: (self._named if name in _OF_NAMES else self.shown)(value) for name, value in params.items()}
        except KeyError:
            return f"{code} {dict(params)}"  # stored by an older engine: its parameters had other names

    def _keep(self, table: str, code: str, lazy: Any) -> str:
        with override(self._language):
            text = self._known[table, code] = str(lazy)
        return text

    def _named(self, value: Any) -> str:
        """Attributes and parts of a kit by the words people use for them, with commas."""
        return ", ".join(map(self.name, value if isinstance(value, list | tuple) else [value]))

    def name(self, name: Any) -> str:
        """See `input_label`."""
        plain, _space, sku = str(name).partition(" ")
        label = self._known.get(("name", plain))
        if label is None:
            label = self._keep("name", plain, _NAMES[plain]) if plain in _NAMES else plain
        return f"{label} ({sku})" if sku else label

    def shown(self, value: Any) -> str:
        """Numbers as the language writes them, with two places; lists with commas."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return self._yes if value else self._no
        if isinstance(value, list | tuple):
            return ", ".join(map(self.shown, value))
        if isinstance(value, int | float):
            text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return text.translate(self._marks)
        return str(value)


@cache
def _words(language: str) -> _Words:
    return _Words(language)
