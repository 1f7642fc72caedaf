"""Soft ranges: values outside are possible and unusual, so a person is asked to look again; nothing is refused.

Hard limits, which refuse, are in `families`. Sources: modules 50..800 Wp, 15..26 % efficiency, coefficients, weight and geometry
from data sheets on sale in 2024-2026 (up to 24.4 % in production); the rest is practice, not a norm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TYPICAL: dict[str, dict[str, tuple[float, float]]] = {
    "paineis": {
        "power_wp": (50, 800),
        "bifaciality_percent": (60, 95),
        "cell_count": (36, 180),
        "efficiency_percent": (15, 26),
        "voc_v": (15, 100),
        "vmp_v": (12, 85),
        "isc_a": (5, 20),
        "imp_a": (4.5, 19),
        "temp_coeff_voc_pct_per_c": (-0.40, -0.15),
        "temp_coeff_pmax_pct_per_c": (-0.50, -0.20),
        "temp_coeff_isc_pct_per_c": (0, 0.1),
        "noct_c": (40, 50),
        "max_system_voltage_v": (600, 1500),
        "max_series_fuse_a": (10, 40),
        "length_mm": (900, 2500),
        "width_mm": (500, 1400),
        "thickness_mm": (25, 50),
        "weight_kg": (5, 45),
        "warranty_years": (10, 30),
        "performance_warranty_years": (25, 40),
    },
    "inversores": {
        "ac_power_kw": (0.3, 350),
        "max_dc_voltage_v": (50, 1500),
        "mppt_count": (1, 16),
        "inputs_per_mppt": (1, 4),
        "max_current_per_mppt_a": (8, 60),
        "max_short_circuit_current_per_mppt_a": (10, 80),
        "efficiency_percent": (92, 99.5),
        "weight_kg": (1, 150),
        "warranty_years": (5, 25),
    },
    "baterias": {
        "nominal_voltage_v": (12, 800),
        "depth_of_discharge_percent": (50, 100),
        "cycles": (300, 12000),
        "efficiency_percent": (75, 99),
        "capacity_kwh": (0.5, 500),
    },
    "estruturas": {"module_count": (1, 40), "module_thickness_min_mm": (25, 50), "module_thickness_max_mm": (25, 50)},
    "cabos": {"section_mm2": (1.5, 300), "rated_voltage_v": (450, 1800)},
    "stringboxes": {"string_inputs": (1, 32), "max_dc_voltage_v": (500, 1500), "fuse_rating_a": (10, 40)},
    "carregadores": {"power_kw": (3.5, 180), "current_a": (10, 400)},
    "controladores": {"rated_current_a": (5, 150), "system_voltage_v": (12, 96), "efficiency_percent": (80, 99.5)},
}


@dataclass(frozen=True, slots=True)
class Unusual:
    """A value outside its soft range low..high."""

    name: str
    found: float
    low: float
    high: float


def unusual_values(category: str, specifications: Mapping[str, object]) -> list[Unusual]:
    """What a person should look at again, in the order of the keys; empty when all is ordinary.

    Args:
        category: a product category.
        specifications: the attributes; what is no number has no range.
    """
    ranges = TYPICAL.get(category, {})
    found = []
    for name, value in specifications.items():
        if name not in ranges or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        low, high = ranges[name]
        if not low <= value <= high:
            found.append(Unusual(name, value, low, high))
    return found
