"""Kits for the rules' tests, without a database: specifications with everything, and ways to change them."""

from datetime import date, timedelta
from typing import Any

from products.rules.kit_facts import Article, Case, Kit, Part, Registration, Site

TODAY = date(2026, 11, 23)

PANEL: dict[str, Any] = {
    "power_wp": 550, "voc_v": 46.1, "vmp_v": 38.6, "isc_a": 15.1, "imp_a": 14.25, "temp_coeff_voc_pct_per_c": -0.29,
    "temp_coeff_pmax_pct_per_c": -0.35, "temp_coeff_isc_pct_per_c": 0.045, "max_system_voltage_v": 1500, "max_series_fuse_a": 30,
    "efficiency_percent": 21.3, "length_mm": 2278, "width_mm": 1134, "thickness_mm": 30, "weight_kg": 28, "bifacial": False,
}  # fmt: skip
INVERTER: dict[str, Any] = {
    "topology": "string", "ac_power_kw": 5, "ac_voltage_v": 220, "phases": 1, "max_dc_power_kw": 7.5, "max_dc_voltage_v": 600,
    "mppt_min_v": 90, "mppt_max_v": 550, "start_voltage_v": 120, "mppt_count": 1, "inputs_per_mppt": 1, "max_current_per_mppt_a": 16,
    "max_short_circuit_current_per_mppt_a": 20, "short_circuit_factor_included": False, "afci": True, "dc_switch": True,
    "dc_surge_protection": True, "standards": "ABNT NBR 16149, 16150, NBR IEC 62116",
}  # fmt: skip
MICRO: dict[str, Any] = {
    "topology": "micro", "ac_power_kw": 2.25, "ac_voltage_v": 220, "phases": 1, "max_dc_power_kw": 2.6, "max_dc_voltage_v": 60,
    "mppt_min_v": 16, "mppt_max_v": 60, "start_voltage_v": 22, "mppt_count": 4, "inputs_per_mppt": 1, "max_current_per_mppt_a": 16,
    "max_short_circuit_current_per_mppt_a": 25, "short_circuit_factor_included": False, "afci": False, "max_module_power_wp": 700,
    "max_units_per_branch": 4,
}  # fmt: skip
HYBRID = INVERTER | {
    "topology": "hybrid", "battery_min_v": 40, "battery_max_v": 60, "max_charge_current_a": 100, "max_discharge_current_a": 100,
    "battery_protocols": "CAN, RS485",
}  # fmt: skip
BATTERY: dict[str, Any] = {
    "chemistry": "lifepo4", "nominal_voltage_v": 51.2, "capacity_ah": 100, "capacity_kwh": 5.12, "depth_of_discharge_percent": 90,
    "max_charge_current_a": 100, "max_discharge_current_a": 100, "efficiency_percent": 95, "protocol": "CAN",
}  # fmt: skip
CONTROLLER: dict[str, Any] = {
    "technology": "mppt", "rated_current_a": 40, "system_voltage_v": 48, "max_pv_voltage_v": 150, "max_pv_power_w": 2080,
}  # fmt: skip
STRUCTURE: dict[str, Any] = {
    "roof_type": "CERAMIC", "module_count": 4, "module_thickness_min_mm": 28, "module_thickness_max_mm": 40,
}  # fmt: skip
CABLE: dict[str, Any] = {
    "purpose": "dc_solar", "section_mm2": 6, "colour": "red", "length_m": 25, "rated_voltage_v": 1800, "rated_current_a": 57,
}  # fmt: skip
BOX: dict[str, Any] = {
    "string_inputs": 2, "outputs": 2, "max_dc_voltage_v": 1000, "max_current_a": 32, "fuse_rating_a": 25,
    "surge_protection_voltage_v": 1000, "dc_switch": True,
}  # fmt: skip

REGISTERED = Registration("INMETRO", "001234/2023", "ACTIVE", TODAY + timedelta(days=400), model="")
_CATEGORIES = {
    "PANEL": "paineis", "INVERTER": "inversores", "MICROINVERTER": "inversores", "BATTERY": "baterias", "STRUCTURE": "estruturas",
    "CABLE": "cabos", "CONNECTOR": "acessorios", "STRING_BOX": "stringboxes", "CHARGE_CONTROLLER": "controladores",
    "FIXING_KIT": "acessorios", "TRANSFORMER": "acessorios", "ACCESSORY": "acessorios",
}  # fmt: skip


def part(role: str, quantity: int | None, specifications: dict[str, Any], sku: str = "", **article: Any) -> Part:
    sku = sku or role
    known = {"registration": REGISTERED, "datasheet_url": f"https://example.org/{sku}.pdf", **article}
    return Part(role, Article(hash(sku), sku, f"{role} {sku}", _CATEGORIES[role], specifications, **known), quantity)


def small_parts(modules: int = 12) -> tuple[Part, ...]:
    """Structure, cables and connectors for a kit with strings."""
    return (
        part("STRUCTURE", -(-modules // 4), STRUCTURE),
        part("CABLE", 1, CABLE, "CABLE-R"),
        part("CABLE", 1, CABLE | {"colour": "black"}, "CABLE-B"),
        part("CONNECTOR", 8, {"purpose": "connector", "pieces": 1}),
    )


def kit(*parts: Part, **fields: Any) -> Kit:
    known = {"voltage_phase": "MONO_220", "roof_type": "CERAMIC", "price_date": TODAY, "cost_brl": 8900.0}
    return Kit("K", fields.pop("system_type", "ON_GRID"), parts, **{**known, **fields})


def string_kit(modules: int = 12, panel: dict[str, Any] = PANEL, inverter: dict[str, Any] = INVERTER, **fields: Any) -> Kit:
    return kit(part("PANEL", modules, panel), part("INVERTER", 1, inverter), *small_parts(modules), **fields)


def clamps(ends: int, mids: int) -> tuple[Part, ...]:
    """End and mid clamps in packs of one."""
    counts = {"end_clamp": ends, "mid_clamp": mids}
    return tuple(
        part("FIXING_KIT", count, {"purpose": purpose, "pieces": 1}, purpose) for purpose, count in counts.items() if count
    )


def micro_kit(modules: int = 4, units: int | None = 1, panel: dict[str, Any] = PANEL, **changes: Any) -> Kit:
    trunk = part("ACCESSORY", 1, {"purpose": "trunk_cable"}, "TRUNK")
    return kit(
        part("PANEL", modules, panel), part("MICROINVERTER", units, MICRO | changes), part("STRUCTURE", modules, STRUCTURE), trunk
    )


def hybrid_kit() -> Kit:
    return kit(
        part("PANEL", 12, PANEL), part("INVERTER", 1, HYBRID), part("BATTERY", 1, BATTERY), *small_parts(), system_type="HYBRID"
    )


def off_grid_kit(**controller: Any) -> Kit:
    return kit(
        part("PANEL", 2, PANEL),
        part("CHARGE_CONTROLLER", 1, CONTROLLER | controller),
        part("BATTERY", 1, BATTERY),
        system_type="OFF_GRID",
    )


def case(of: Kit, **site: Any) -> Case:
    return Case(of, TODAY, Site(**site))
