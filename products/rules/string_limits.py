"""What a module and an inverter allow each other: series and parallel limits, and the layout the rules then speak about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan

from products.rules.electrical import (
    at_temperature,
    least_in_series,
    most_in_series,
    short_circuit_design_current,
)
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case, Part
from products.rules.layout import Layouts, Trackers, solve, spread

UNBOUNDED = 200


@dataclass(frozen=True)
class Pairing:
    """A module on one inverter model.

    Attributes:
        inputs: everything the limits were made of, with what is missing.
        trackers: the MPPTs with the limits that are known; an unknown limit does not bind. None when their number is unknown.
    """

    panel: Article
    inverter: Part
    inputs: Inputs
    trackers: Trackers | None


@dataclass(frozen=True)
class Array:
    """The kit's modules on its string inverters.

    Attributes:
        pairings: one for each inverter model.
        layouts: what the solver found; None when it could not be asked.
        complete: nothing the layout rests on is missing.
        strings: for each pairing (longest string, shortest string, most strings on one MPPT), of the best layout, else of an
            even spread.
    """

    panel: Article
    count: int
    pairings: tuple[Pairing, ...]
    layouts: Layouts | None = None
    complete: bool = False
    strings: tuple[tuple[int, int, int], ...] = field(default=())


def cold_voc(panel: Article, inputs: Inputs, cell_c: float) -> float:
    """Voc of one module at its coldest (V); NaN when a value is missing."""
    return at_temperature(inputs.number(panel, "voc_v"), inputs.number(panel, "temp_coeff_voc_pct_per_c"), cell_c)


def vmp_at(panel: Article, inputs: Inputs, cell_c: float) -> float:
    """Vmp of one module at a temperature (V). By Vmp's own coefficient, else by that of power, which is the larger one."""
    own = inputs.optional(panel, "temp_coeff_vmp_pct_per_c")
    coefficient = own if own is not None else inputs.number(panel, "temp_coeff_pmax_pct_per_c")
    return at_temperature(inputs.number(panel, "vmp_v"), coefficient, cell_c)


def design_isc(panel: Article, inverter: Article, inputs: Inputs) -> float:
    """Short-circuit current of one string to hold against the inverter's limit (A)."""
    included = inputs.flag(inverter, "short_circuit_factor_included", default=False)
    return short_circuit_design_current(inputs.number(panel, "isc_a"), 1, factor_included=bool(included))


def array_of(case: Case) -> Array | None:
    """The kit's array, computed once for a case; None when the kit has no strings, no modules, or modules of several kinds."""
    if "array" not in case.memo:
        case.memo["array"] = _array_of(case)
    return case.memo["array"]  # type: ignore[no-any-return]


def _array_of(case: Case) -> Array | None:
    kit = case.kit
    if not kit.has_strings or len(kit.panels) != 1 or not kit.panels[0].quantity:
        return None
    panel = kit.panels[0].article
    pairings = tuple(_pairing(case, panel, inverter) for inverter in kit.inverters)
    groups = tuple(pairing.trackers for pairing in pairings if pairing.trackers)
    if len(groups) != len(pairings):
        return Array(panel, kit.module_count, pairings)
    layouts = solve(kit.module_count, groups)
    complete = not any(pairing.inputs.missing for pairing in pairings)
    if layouts.best:
        strings = tuple(
            (max(ns for ns, _ in group), min(ns for ns, _ in group), max(np for _, np in group)) for group in layouts.best
        )
    elif len(pairings) == 1:
        inputs_per_mppt = int(pairings[0].inputs.given["inputs_per_mppt"].value or 1)
        strings = (spread(kit.module_count, groups[0], inputs_per_mppt),)
    else:
        strings = ()
    return Array(panel, kit.module_count, pairings, layouts, complete, strings)


def _pairing(case: Case, panel: Article, inverter: Part) -> Pairing:
    inputs, article = Inputs(), inverter.article
    inputs.note("min_temperature_c", case.site.min_ambient_c, "°C", case.site.source)
    inputs.note("max_cell_temperature_c", case.site.max_cell_c, "°C", case.site.source)
    inverters = inputs.quantity(inverter, "inverter_quantity")
    mppts, parallel = inputs.number(article, "mppt_count"), inputs.number(article, "inputs_per_mppt")
    voc = cold_voc(panel, inputs, case.site.min_ambient_c)
    hot = vmp_at(panel, inputs, case.site.max_cell_c)
    isc = design_isc(panel, article, inputs)
    longest = _known(most_in_series, voc, inputs.number(article, "max_dc_voltage_v"), UNBOUNDED)
    longest = min(longest, _known(most_in_series, voc, inputs.number(panel, "max_system_voltage_v"), UNBOUNDED))
    shortest = _known(least_in_series, hot, inputs.number(article, "mppt_min_v"), 1)
    shortest = max(shortest, _known(least_in_series, hot, inputs.number(article, "start_voltage_v"), 1))
    by_current = _known(most_in_series, isc, inputs.number(article, "max_short_circuit_current_per_mppt_a"), UNBOUNDED)
    if isnan(mppts) or isnan(parallel) or not inverters:
        return Pairing(panel, inverter, inputs, None)
    trackers = Trackers(inverters, int(mppts), shortest, min(longest, UNBOUNDED), min(int(parallel), by_current))
    return Pairing(panel, inverter, inputs, trackers)


def _known(count: Callable[[float, float], int], module: float, limit: float, otherwise: int) -> int:
    """The limit in modules or strings, or what does not bind when a value is missing."""
    if isnan(module) or isnan(limit) or module <= 0:
        return otherwise
    return count(module, limit)
