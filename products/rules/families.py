"""What the catalogue knows about each category of equipment: attributes, units, types and hard ranges, as pure data.

A value outside its hard range is impossible and refused. Names carry their unit. Ranges are wide on purpose: 5 Wp is the lower
end of INMETRO's scope (Portaria 140/2022), a module above 1000 Wp or 30 % efficiency is not on the market.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True)
class Attribute:
    """One declared attribute.

    Args:
        name: key in `specifications`, with its unit.
        kind: type of the JSON value.
        unit: unit as people write it; empty when there is none.
        low, high: hard range, both ends allowed; None for kinds without a range.
        choices: the values allowed for `Kind.CHOICE`.
        essential: counts for completeness.
    """

    name: str
    kind: Kind
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    essential: bool = False


@dataclass(frozen=True)
class Violation:
    """What is wrong with one value. `code`: not_an_object, unknown_attribute, wrong_type, out_of_range, not_a_choice."""

    code: str
    name: str
    found: object
    attribute: Attribute | None = None
    expected_names: tuple[str, ...] = ()


def _number(name: str, unit: str, low: float, high: float, *, essential: bool = False) -> Attribute:
    return Attribute(name, Kind.NUMBER, unit, low, high, essential=essential)


def _integer(name: str, unit: str, low: int, high: int, *, essential: bool = False) -> Attribute:
    return Attribute(name, Kind.INTEGER, unit, low, high, essential=essential)


def _choice(name: str, *choices: str, essential: bool = False) -> Attribute:
    return Attribute(name, Kind.CHOICE, choices=choices, essential=essential)


def _text(name: str) -> Attribute:
    return Attribute(name, Kind.TEXT)


def _boolean(name: str, *, essential: bool = False) -> Attribute:
    return Attribute(name, Kind.BOOLEAN, essential=essential)


_WEIGHT = _number("weight_kg", "kg", 0.001, 5000)
_WARRANTY = _number("warranty_years", "years", 0, 50)
_IP_RATING = _text("ip_rating")
_ROOFS = (
    "CERAMIC", "FIBER_CEMENT", "FIBER_CEMENT_WOOD", "FIBER_CEMENT_METAL", "METAL", "METAL_MINI_RAIL", "STANDING_SEAM", "SLAB",
    "GROUND", "CARPORT",
)  # fmt: skip

_ACCESSORIES = (
    "connector", "end_cap", "trunk_cable", "meter", "logger", "current_transformer", "optimiser", "rapid_shutdown", "fixing_kit",
    "mid_clamp", "end_clamp",
    "transformer", "protection", "conduit", "other",
)  # fmt: skip

_DECLARED: dict[str, tuple[Attribute, ...]] = {
    "paineis": (
        _number("power_wp", "Wp", 5, 1000, essential=True),
        _choice("cell_technology", "mono_perc", "n_type_topcon", "hjt", "ibc", "poly", "thin_film"),
        _boolean("bifacial"),
        _number("bifaciality_percent", "%", 0, 100),
        _integer("cell_count", "", 1, 400),
        _number("efficiency_percent", "%", 5, 30, essential=True),
        _number("voc_v", "V", 1, 300, essential=True),
        _number("vmp_v", "V", 1, 300, essential=True),
        _number("isc_a", "A", 0.1, 30, essential=True),
        _number("imp_a", "A", 0.1, 30, essential=True),
        _number("temp_coeff_voc_pct_per_c", "%/°C", -1, 0, essential=True),
        _number("temp_coeff_pmax_pct_per_c", "%/°C", -1, 0, essential=True),
        _number("temp_coeff_vmp_pct_per_c", "%/°C", -1, 0),
        _number("temp_coeff_isc_pct_per_c", "%/°C", -0.1, 0.5, essential=True),
        _number("noct_c", "°C", 20, 80),
        _number("max_system_voltage_v", "V", 30, 2000, essential=True),
        _number("max_series_fuse_a", "A", 1, 60, essential=True),
        _number("length_mm", "mm", 50, 3500, essential=True),
        _number("width_mm", "mm", 50, 2000, essential=True),
        _number("thickness_mm", "mm", 1, 100, essential=True),
        _WEIGHT,
        _WARRANTY,
        _number("performance_warranty_years", "years", 0, 50),
    ),
    "inversores": (
        _choice("topology", "string", "micro", "hybrid", "off_grid", "central", essential=True),
        _number("ac_power_kw", "kW", 0.05, 6000, essential=True),
        _number("ac_voltage_v", "V", 100, 1000, essential=True),
        _integer("phases", "", 1, 3, essential=True),
        _number("max_dc_power_kw", "kW", 0.05, 12000, essential=True),
        _number("max_dc_voltage_v", "V", 10, 2000, essential=True),
        _number("mppt_min_v", "V", 5, 1500, essential=True),
        _number("mppt_max_v", "V", 5, 2000, essential=True),
        _number("mppt_full_load_min_v", "V", 5, 1500),
        _number("start_voltage_v", "V", 5, 1500, essential=True),
        _integer("mppt_count", "", 1, 60, essential=True),
        _integer("inputs_per_mppt", "", 1, 60, essential=True),
        _number("max_current_per_mppt_a", "A", 1, 6000, essential=True),
        _number("max_short_circuit_current_per_mppt_a", "A", 1, 8000, essential=True),
        _boolean("short_circuit_factor_included"),
        _number("max_module_power_wp", "Wp", 5, 2000),
        _integer("max_units_per_branch", "", 1, 100),
        _number("max_ac_current_a", "A", 0.1, 10000),
        _number("efficiency_percent", "%", 50, 100),
        _boolean("afci", essential=True),
        _boolean("dc_switch"),
        _boolean("dc_surge_protection"),
        _number("battery_min_v", "V", 10, 1500),
        _number("battery_max_v", "V", 10, 1500),
        _number("max_charge_current_a", "A", 1, 2000),
        _number("max_discharge_current_a", "A", 1, 2000),
        _text("battery_protocols"),
        _text("standards"),
        _IP_RATING,
        _WEIGHT,
        _WARRANTY,
    ),
    "baterias": (
        _choice("chemistry", "lifepo4", "nmc", "lead_acid", "gel", "agm", essential=True),
        _number("nominal_voltage_v", "V", 2, 1500, essential=True),
        _number("capacity_ah", "Ah", 1, 5000, essential=True),
        _number("capacity_kwh", "kWh", 0.01, 10000, essential=True),
        _number("depth_of_discharge_percent", "%", 1, 100, essential=True),
        _number("max_charge_current_a", "A", 0.1, 2000, essential=True),
        _number("max_discharge_current_a", "A", 0.1, 5000, essential=True),
        _integer("cycles", "", 1, 20000),
        _number("efficiency_percent", "%", 50, 100),
        _text("protocol"),
        _IP_RATING,
        _WEIGHT,
        _WARRANTY,
    ),
    "estruturas": (
        _choice("roof_type", *_ROOFS, essential=True),
        _choice("material", "aluminium", "galvanised_steel", "stainless_steel"),
        _integer("module_count", "", 1, 500, essential=True),
        _number("module_thickness_min_mm", "mm", 1, 100),
        _number("module_thickness_max_mm", "mm", 1, 100),
        _number("rail_length_mm", "mm", 50, 12000),
        _number("max_wind_speed_m_per_s", "m/s", 10, 100),
        _WEIGHT,
        _WARRANTY,
    ),
    "cabos": (
        _choice("purpose", "dc_solar", "ac", "trunk", "earth", essential=True),
        _number("section_mm2", "mm²", 0.5, 1000, essential=True),
        _choice("conductor", "copper", "aluminium"),
        _choice("colour", "black", "red", "blue", "green", "white", "grey"),
        _number("length_m", "m", 0.1, 10000, essential=True),
        _number("rated_voltage_v", "V", 50, 3000, essential=True),
        _number("rated_current_a", "A", 1, 2000),
        _text("standard"),
    ),
    "stringboxes": (
        _integer("string_inputs", "", 1, 100, essential=True),
        _integer("outputs", "", 1, 100, essential=True),
        _number("max_dc_voltage_v", "V", 50, 2000, essential=True),
        _number("max_current_a", "A", 1, 2000, essential=True),
        _number("fuse_rating_a", "A", 1, 100),
        _choice("overcurrent_device", "gpv_fuse", "dc_breaker", "ac_breaker"),
        _choice("surge_protection_class", "I", "II", "I+II"),
        _number("surge_protection_voltage_v", "V", 50, 2000, essential=True),
        _boolean("dc_switch", essential=True),
        _IP_RATING,
    ),
    "acessorios": (
        _choice("purpose", *_ACCESSORIES, essential=True),
        _integer("pieces", "", 1, 10000),
        _number("rated_voltage_v", "V", 1, 36000),
        _number("rated_current_a", "A", 0.01, 10000),
        _number("rated_power_kva", "kVA", 0.01, 10000),
        _text("compatible_with"),
    ),
    "carregadores": (
        _number("power_kw", "kW", 1, 1000, essential=True),
        _number("ac_voltage_v", "V", 100, 1000, essential=True),
        _integer("phases", "", 1, 3, essential=True),
        _number("current_a", "A", 5, 2000, essential=True),
        _choice("plug", "type_1", "type_2", "ccs_2", "chademo", "gb_t", essential=True),
        _integer("plug_count", "", 1, 10),
        _number("cable_length_m", "m", 0.1, 50),
        _boolean("ocpp"),
        _IP_RATING,
        _WARRANTY,
    ),
    "controladores": (
        _choice("technology", "mppt", "pwm", essential=True),
        _number("rated_current_a", "A", 1, 500, essential=True),
        _number("system_voltage_v", "V", 6, 1000, essential=True),
        _number("max_pv_voltage_v", "V", 10, 1500, essential=True),
        _number("max_pv_power_w", "W", 10, 100000, essential=True),
        _number("efficiency_percent", "%", 50, 100),
        _text("battery_chemistries"),
        _IP_RATING,
        _WARRANTY,
    ),
}

FAMILIES: dict[str, dict[str, Attribute]] = {
    category: {attribute.name: attribute for attribute in attributes} for category, attributes in _DECLARED.items()
}


def violations(category: str, specifications: object) -> list[Violation]:
    """What in `specifications` the category's family does not allow.

    Args:
        category: a product category; one without a family allows anything, as there is nothing to hold it against.
        specifications: the JSON value; numbers as int or float.

    Returns:
        One violation for each offending value, in the order of the keys; empty when all is well. Absent attributes are no
        violation: see `missing_attributes`.
    """
    if not isinstance(specifications, Mapping):
        return [Violation("not_an_object", "", specifications)]
    family = FAMILIES.get(category)
    if family is None:
        return []
    found = []
    for name, value in specifications.items():
        attribute = family.get(name)
        if attribute is None:
            found.append(Violation("unknown_attribute", name, value, expected_names=tuple(family)))
        elif code := _fault(attribute, value):
            found.append(Violation(code, name, value, attribute))
    return found


def missing_attributes(category: str, specifications: Mapping[str, object]) -> list[str]:
    """The family's essential attributes that have no value, in the order of the declaration."""
    family = FAMILIES.get(category, {})
    return [name for name, attribute in family.items() if attribute.essential and specifications.get(name) is None]


def fits(attribute: Attribute, value: object) -> bool:
    """Whether one value is of the attribute's type and within its hard range."""
    return not _fault(attribute, value)


def _fault(attribute: Attribute, value: object) -> str:
    """The code of what is wrong with one value, or "" when it fits."""
    match attribute.kind:
        case Kind.BOOLEAN:
            return "" if isinstance(value, bool) else "wrong_type"
        case Kind.TEXT:
            return "" if isinstance(value, str) else "wrong_type"
        case Kind.CHOICE:
            return "" if value in attribute.choices else "not_a_choice"
        case Kind.NUMBER | Kind.INTEGER:
            if isinstance(value, bool) or not isinstance(value, int if attribute.kind is Kind.INTEGER else int | float):
                return "wrong_type"
            if attribute.low is None or attribute.high is None or attribute.low <= value <= attribute.high:
                return ""
            return "out_of_range"
