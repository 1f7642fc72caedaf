"""Electrical formulas of photovoltaic circuits. Volts, amperes, watts, degrees Celsius, coefficients in percent per degree.

Coefficients are relative to standard test conditions (STC: 25 °C, 1000 W/m²), negative for voltages.
"""

from math import ceil, floor, sqrt

STC_C = 25.0
SHORT_CIRCUIT_FACTOR = 1.25
COPPER_OHM_MM2_PER_M = 0.0179

# Lowest temperature of each step and its factor; see `voltage_factor_by_table`.
_COLD_FACTORS = (
    (25, 1.00), (20, 1.02), (15, 1.04), (10, 1.06), (5, 1.08), (0, 1.10), (-5, 1.12), (-10, 1.14), (-15, 1.16), (-20, 1.18),
    (-25, 1.20), (-30, 1.21), (-35, 1.23), (-40, 1.25),
)  # fmt: skip


def at_temperature(value: float, coefficient_pct_per_c: float, cell_c: float) -> float:
    """A module's voltage or current at a cell temperature.

        X(T) = X_STC * (1 + k / 100 * (T - 25))

    The linear model of IEC 60891 and of every data sheet. Voc 46.1 V with -0.29 %/°C is 49.44 V at 0 °C (Solfácil); Voc 49.83 V
    with -0.22 %/°C is 52.57 V at 0 °C (ETC Energy).
    """
    return value * (1 + coefficient_pct_per_c / 100 * (cell_c - STC_C))


def voltage_factor_by_table(cell_c: float) -> float | None:
    """Factor on Voc for crystalline silicon when the coefficient is not known, by the temperature; None below -40 °C.

    The table of IEC 62548 (the same as NEC 690.7(A)); conservative for today's modules. Engineering knowledge, not read in a
    clause: what rests on it never passes.
    """
    for lowest, factor in _COLD_FACTORS:
        if cell_c >= lowest:
            return factor
    return None


def most_in_series(module_v: float, limit_v: float) -> int:
    """How many modules of that voltage stay at or under a limit: floor(limit / module), safe against rounding at the edge."""
    return floor(limit_v / module_v + 1e-9)


def least_in_series(module_v: float, limit_v: float) -> int:
    """How many modules of that voltage it takes to reach a limit."""
    return ceil(limit_v / module_v - 1e-9)


def short_circuit_design_current(isc_a: float, strings: int, *, factor_included: bool = False, rear_gain: float = 0.0) -> float:
    """Current an inverter input must bear: Np * 1.25 * Isc.

    1.25 is the design factor of IEC 62548 for irradiance above 1000 W/m². Makers who give a limit that already holds it say so:
    then pass `factor_included` and it is left out. For a bifacial module Isc grows by its bifaciality times the rear irradiance
    ratio, `rear_gain` (0.1 for bifaciality 0.7 and 14 % from behind).
    """
    factor = 1.0 if factor_included else SHORT_CIRCUIT_FACTOR
    return strings * factor * isc_a * (1 + rear_gain)


def hottest_cell(ambient_c: float, noct_c: float, irradiance_w_m2: float = 1000.0) -> float:
    """Cell temperature: Tamb + (NOCT - 20) / 800 * G (the NOCT model). 38 °C and NOCT 45 °C give 69.25 °C."""
    return ambient_c + (noct_c - 20) / 800 * irradiance_w_m2


def fuse_needed(parallel_strings: int, isc_a: float, max_fuse_a: float) -> bool:
    """Whether strings need overcurrent protection: (Sa - 1) * Isc > the module's largest series fuse (NBR 16690, 5.3.9)."""
    return (parallel_strings - 1) * isc_a > max_fuse_a


def fuse_range(isc_a: float, max_fuse_a: float) -> tuple[float, float]:
    """Ratings a string fuse may have: more than 1.5 Isc, at most 2.4 Isc and at most the module's largest series fuse."""
    return 1.5 * isc_a, min(2.4 * isc_a, max_fuse_a)


def ac_current(power_w: float, voltage_v: float, phases: int) -> float:
    """Nominal AC current: P / V, or P / (sqrt(3) * V) with three phases.

    5 kW at 220 V: 22.7 A; 15 kW three-phase: 22.8 A at 380 V, 39.4 A at 220 V.
    """
    return power_w / (sqrt(3) * voltage_v) if phases == 3 else power_w / voltage_v


def cable_drop_v(length_m: float, current_a: float, section_mm2: float, *, conductor_c: float = 20.0) -> float:
    """Voltage lost on both conductors of a copper cable: 2 * L * I * rho / S.

    rho = 0.0179 ohm mm²/m at 20 °C, 0.393 % more each degree (1.2 times at 70 °C). 30 m, 13 A, 6 mm²: 2.33 V.
    """
    rho = COPPER_OHM_MM2_PER_M * (1 + 0.00393 * (conductor_c - 20))
    return 2 * length_m * current_a * rho / section_mm2


def dc_ac_ratio(power_kwp: float, ac_kw: float) -> float:
    """Sizing factor (FDI): modules' power over inverters' AC power. 2 x 570 W on 2 x 2.25 kW: 0.253."""
    return power_kwp / ac_kw


def usable_battery_kwh(nominal_kwh: float, depth_percent: float, efficiency_percent: float) -> float:
    """Energy a battery gives: nominal * depth of discharge * efficiency."""
    return nominal_kwh * depth_percent / 100 * efficiency_percent / 100


def autonomy_days(usable_kwh: float, daily_load_kwh: float) -> float:
    """Days without sun a battery lasts."""
    return usable_kwh / daily_load_kwh
