"""R12, R22, R23, R25k: powers of modules and inverters against each other and against the law."""

from collections.abc import Iterator
from math import isnan

from products.rules.comparisons import at_most
from products.rules.electrical import dc_ac_ratio
from products.rules.findings import Finding, Message, Outcome, Severity, margin_above, margin_below
from products.rules.inputs import Inputs
from products.rules.kit_facts import Case, Part
from products.rules.registry import Rule, kit_rule
from products.rules.scope import CLASSED, GENERATORS, TITLED

MICRO_KW = 75.0
MINI_KW = 3000.0
FAST_TRACK_KW = 7.5


def modules_kwp(case: Case, inputs: Inputs) -> float:
    """Sum of quantity x Wp / 1000; what is missing is noted."""
    return sum(inputs.quantity(part, "modules") * inputs.number(part.article, "power_wp") for part in case.kit.panels) / 1000


def inverters_kw(parts: tuple[Part, ...], inputs: Inputs, attribute: str = "ac_power_kw") -> float:
    """Sum of quantity x an attribute in kW; what is missing is noted."""
    return sum(inputs.quantity(part, "inverters") * inputs.number(part.article, attribute) for part in parts)


def _on_grid_inverters(case: Case) -> tuple[Part, ...]:
    """Inverters that take the modules' power: not those behind a charge controller."""
    return () if case.kit.controllers else (*case.kit.inverters, *case.kit.micros)


@kit_rule(
    Rule(
        "R12",
        "DC/AC ratio (sizing factor)",
        "kWp / kW AC, usual band 0.8 to 1.35, low below 0.9",
        "Practice; editable thresholds",
        Severity.WARNING,
        False,
        "WARN outside the usual band; PASS with a remark between 0.8 and 0.9",
        version=2,
    ),
    GENERATORS,
)
def sizing_factor(rule: Rule, case: Case) -> Iterator[Finding]:
    """kWp of the modules over kW of the inverters; the band is practice, not a clause."""
    inverters = _on_grid_inverters(case)
    if not case.kit.panels or not inverters:
        return
    inputs, bands = Inputs(), case.bands
    kwp, kw = modules_kwp(case, inputs), inverters_kw(inverters, inputs)
    if inputs.missing or not kw or isnan(kwp):
        yield rule.unknown(inputs)
        return
    value = dc_ac_ratio(kwp, kw)
    params = {"value": value, "low": bands.ratio_low_warn, "high": bands.ratio_high_warn}
    code, outcome, limit = "ratio_ok", Outcome.PASS, bands.ratio_high_warn
    if value < bands.ratio_low_info:
        code, limit = "ratio_lowish", bands.ratio_low_warn
    if value < bands.ratio_low_warn:
        code, outcome, limit = "ratio_low", Outcome.WARN, bands.ratio_low_warn
    elif value > bands.ratio_very_high:
        code, outcome = "ratio_very_high", Outcome.FAIL
    elif value > bands.ratio_high_warn:
        code, outcome = "ratio_high", Outcome.WARN
    room = margin_above(value, limit) if limit == bands.ratio_low_warn else margin_below(value, limit)
    yield rule.finding(outcome, code, inputs, params=params, value=value, limit=limit, margin_percent=room)


@kit_rule(
    Rule(
        "R12b",
        "Modules' power within the inverters' largest DC power",
        "kWp ≤ sum of quantity × maximum DC power",
        "Inverter data sheet: maximum DC power or overload",
        Severity.ERROR,
        True,
        "FAIL above what the data sheet allows",
    ),
    GENERATORS,
)
def largest_dc_power(rule: Rule, case: Case) -> Iterator[Finding]:
    """A 5 kW inverter with 50 % overload takes 7.5 kWp; voltage and current limits hold all the same."""
    inverters = _on_grid_inverters(case)
    if not case.kit.panels or not inverters:
        return
    inputs = Inputs()
    kwp, limit = modules_kwp(case, inputs), inverters_kw(inverters, inputs, "max_dc_power_kw")
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    yield at_most(rule, inputs, kwp, limit, "kWp", Outcome.FAIL, "dc_power")


@kit_rule(
    Rule(
        "R22",
        "Micro or mini generation",
        "micro ≤ 75 kW AC < mini ≤ 3 MW",
        "Lei 14.300/2022, art. 1º; ANEEL: installed power is AC power",
        Severity.INFO,
        True,
        "PASS names the class; WARN above 3 MW, which photovoltaics may not have",
    ),
    CLASSED,
)
def generation_class(rule: Rule, case: Case) -> Iterator[Finding]:
    """Class of distributed generation by AC power. Off-grid systems are none."""
    inverters = _on_grid_inverters(case)
    if case.kit.system_type == "OFF_GRID" or not inverters:
        return
    inputs = Inputs()
    kw = inverters_kw(inverters, inputs)
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    code, outcome, limit = "class_micro", Outcome.PASS, MICRO_KW
    if kw > MINI_KW:
        code, outcome, limit = "class_none", Outcome.WARN, MINI_KW
    elif kw > MICRO_KW:
        code, limit = "class_mini", MINI_KW
    yield rule.finding(outcome, code, inputs, params={"value": kw, "limit": limit}, value=kw, limit=limit, unit="kW")


@kit_rule(
    Rule(
        "R23",
        "Fast track of the connection (up to 7.5 kW)",
        "AC power ≤ 7.5 kW",
        "REN ANEEL 1.098/2024, art. 73-A",
        Severity.INFO,
        True,
        "PASS either way; the message says whether the kit qualifies by its power",
    ),
    CLASSED,
)
def fast_track(rule: Rule, case: Case) -> Iterator[Finding]:
    """Local self-consumption up to 7.5 kW goes without the study of flow inversion."""
    inverters = _on_grid_inverters(case)
    if case.kit.system_type == "OFF_GRID" or not inverters:
        return
    inputs = Inputs()
    kw = inverters_kw(inverters, inputs)
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    code = "fast_track_yes" if kw <= FAST_TRACK_KW else "fast_track_no"
    params = {"value": kw, "limit": FAST_TRACK_KW}
    yield rule.finding(Outcome.PASS, code, inputs, params=params, value=kw, limit=FAST_TRACK_KW, unit="kW")


@kit_rule(
    Rule(
        "R25k",
        "Power in the title equals the parts' sum",
        "|declared − sum of quantity × Wp| ≤ 3 % (0.01 kWp for small kits)",
        "Data quality",
        Severity.WARNING,
        True,
        "WARN beyond the tolerance; a factor of 1000 is named as a mistake of unit",
    ),
    TITLED,
)
def declared_power(rule: Rule, case: Case) -> Iterator[Finding]:
    """The supplier's title against the modules; nothing to compare without a figure in the title."""
    declared = case.kit.declared_power_kwp
    if declared is None or not case.kit.panels:
        return
    inputs = Inputs()
    inputs.of_kit("declared_power_kwp", declared, "kWp")
    kwp = modules_kwp(case, inputs)
    if inputs.missing or not kwp:
        yield rule.unknown(inputs)
        return
    off = abs(declared - kwp)
    allowed = max(kwp * case.bands.declared_tolerance_percent / 100, 0.01)
    params = {"declared": declared, "value": kwp, "percent": off / kwp * 100}
    if off <= allowed + 1e-9:
        outcome, code = Outcome.PASS, "declared_ok"
    else:
        outcome, code = Outcome.WARN, "declared_unit" if declared > 100 * kwp else "declared_off"
    fix = None if outcome is Outcome.PASS else Message("correct_title", {"value": kwp})
    yield rule.finding(outcome, code, inputs, params=params, fix=fix, value=declared, limit=kwp, unit="kWp")
