"""R13: kits with microinverters. One module on each input."""

from collections.abc import Iterator
from math import isnan

from products.rules.comparisons import at_most
from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case, Part
from products.rules.registry import Rule, kit_rule
from products.rules.scope import GENERATORS, PAIRS
from products.rules.string_limits import cold_voc, design_isc

SPARE_INPUTS = 1
TRUNK_WORDS = ("tronco", "trunk", "end cap", "endcap", "conector ca", "conector ac", "q cable", "bus cable")


def inputs_of(micros: tuple[Part, ...], inputs: Inputs) -> float:
    """Module inputs of all microinverters: quantity x MPPTs x inputs of each."""
    return sum(
        inputs.quantity(part, "microinverters")
        * inputs.number(part.article, "mppt_count")
        * inputs.number(part.article, "inputs_per_mppt")
        for part in micros
    )


@kit_rule(
    Rule(
        "R13",
        "Modules fit the microinverters' inputs",
        "modules ≤ quantity × inputs; at most 1 spare",
        "Microinverter data sheet; canalsolar.com.br: number of modules of a microinverter",
        Severity.ERROR,
        True,
        "FAIL with more modules than inputs; WARN when more than one input stays unused",
    ),
    GENERATORS,
)
def micro_inputs(rule: Rule, case: Case) -> Iterator[Finding]:
    """The number of modules is fixed by the inputs. 2 modules on two units of 4 inputs leave 6 of 8 unused: looks wrong."""
    kit = case.kit
    if not kit.micros or not kit.panels:
        return
    inputs = Inputs()
    modules = sum(inputs.quantity(part, "modules") for part in kit.panels)
    places = inputs_of(kit.micros, inputs)
    if inputs.missing or isnan(places):
        yield rule.unknown(inputs)
        return
    params = {"modules": modules, "inputs": int(places), "unused": int(places) - modules}
    each = places / sum(part.quantity or 0 for part in kit.micros)
    right = -(-modules // int(each))
    fix = None
    if modules > places:
        outcome, code, fix = Outcome.FAIL, "micro_too_few_inputs", Message("other_micro_count", {"count": right})
    elif places - modules > SPARE_INPUTS:
        outcome, code, fix = Outcome.WARN, "micro_unused_inputs", Message("other_micro_count", {"count": right})
    else:
        outcome, code = Outcome.PASS, "micro_inputs_ok"
    yield rule.finding(outcome, code, inputs, params=params, fix=fix, value=modules, limit=places)


def each_pair(case: Case) -> Iterator[tuple[Article, Article, str]]:
    """Every module on every microinverter of the kit, with a subject when there are several."""
    kit = case.kit
    several = len(kit.panels) * len(kit.micros) > 1
    for panel in kit.panels:
        for micro in kit.micros:
            yield panel.article, micro.article, f"{panel.article.sku} {micro.article.sku}" if several else ""


@kit_rule(
    Rule(
        "R13a",
        "Cold voltage of a module on a microinverter",
        "Voc × (1 + β/100 × (Tmin − 25)) ≤ Vdc,max",
        "Microinverter data sheet: maximum DC voltage",
        Severity.ERROR,
        True,
        "FAIL above the input's highest voltage",
    ),
    PAIRS,
)
def micro_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """Voc(Tmin) <= Vdc_max of the input."""
    for panel, micro, subject in each_pair(case):
        inputs, site = Inputs(), case.site
        inputs.note("min_temperature_c", site.min_ambient_c, "°C", site.source)
        value, limit = cold_voc(panel, inputs, site.min_ambient_c), inputs.number(micro, "max_dc_voltage_v")
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=micro.sku)
            continue
        finding = at_most(rule, inputs, value, limit, "V", Outcome.FAIL, "micro_voltage", temperature=site.min_ambient_c)
        yield finding._replace(subject=subject, part_sku=micro.sku)


@kit_rule(
    Rule(
        "R13b",
        "Short-circuit current of a module on a microinverter",
        "1.25 × Isc ≤ Isc,max of the input",
        "IEC 62548: design factor 1.25; microinverter data sheet",
        Severity.ERROR,
        True,
        "FAIL above the input's limit",
    ),
    PAIRS,
)
def micro_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """1.25 * Isc <= Isc_max; `short_circuit_factor_included` leaves the factor out."""
    for panel, micro, subject in each_pair(case):
        inputs = Inputs()
        value, limit = design_isc(panel, micro, inputs), inputs.number(micro, "max_short_circuit_current_per_mppt_a")
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=micro.sku)
            continue
        finding = at_most(rule, inputs, value, limit, "A", Outcome.FAIL, "short_circuit")
        yield finding._replace(subject=subject, part_sku=micro.sku)


@kit_rule(
    Rule(
        "R13c",
        "Module's power on a microinverter",
        "Wp ≤ largest module power",
        "Microinverter data sheet: module power",
        Severity.ERROR,
        True,
        "FAIL above the largest module the maker allows",
    ),
    PAIRS,
)
def micro_module_power(rule: Rule, case: Case) -> Iterator[Finding]:
    """Module Wp <= the largest module power of the microinverter."""
    for panel, micro, subject in each_pair(case):
        inputs = Inputs()
        value, limit = inputs.number(panel, "power_wp"), inputs.number(micro, "max_module_power_wp")
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=micro.sku)
            continue
        finding = at_most(rule, inputs, value, limit, "Wp", Outcome.FAIL, "micro_module_power")
        yield finding._replace(subject=subject, part_sku=micro.sku)


@kit_rule(
    Rule(
        "R13d",
        "Trunk cable and end caps of the microinverters",
        "",
        "canalsolar.com.br: how microinverters are connected",
        Severity.WARNING,
        False,
        "WARN when the list has small parts but no trunk cable, AC connector or end cap; UNKNOWN when it has no small part",
    )
)
def micro_trunk(rule: Rule, case: Case) -> Iterator[Finding]:
    """Microinverters come with trunk cable, end caps and connectors; a DC string box they do not need."""
    kit = case.kit
    if not kit.micros:
        return
    inputs = Inputs()
    found = [part.article.name for part in kit.parts if _is_trunk(part)]
    inputs.note("trunk_parts", ", ".join(found) or None, "", "kit")
    if found:
        yield rule.finding(Outcome.PASS, "micro_trunk_ok", inputs)
    elif kit.lists_small_parts:
        yield rule.finding(Outcome.WARN, "micro_trunk_missing", inputs, fix=Message("add_part", {"part": "trunk_cable"}))
    else:
        inputs.missing.append("small_parts")
        yield rule.unknown(inputs)


def _is_trunk(part: Part) -> bool:
    purpose = part.article.specifications.get("purpose")
    name = part.article.name.casefold()
    return purpose in {"trunk", "trunk_cable", "end_cap"} or any(word in name for word in TRUNK_WORDS)


@kit_rule(
    Rule(
        "R13e",
        "Microinverters on one AC branch",
        "units ≤ units allowed on a branch, else several branches",
        "Microinverter data sheet: units per branch",
        Severity.WARNING,
        True,
        "WARN when it takes more than one branch",
    ),
    GENERATORS,
)
def micro_branch(rule: Rule, case: Case) -> Iterator[Finding]:
    """More units than a branch bears need further branches, with a breaker each."""
    for part in case.kit.micros:
        inputs = Inputs()
        units, limit = inputs.quantity(part, "microinverters"), inputs.number(part.article, "max_units_per_branch")
        subject = part.article.sku if len(case.kit.micros) > 1 else ""
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=part.article.sku)
            continue
        branches = -(-units // int(limit))
        finding = at_most(rule, inputs, units, limit, "", Outcome.WARN, "micro_branch", branches=branches)
        yield finding._replace(subject=subject, part_sku=part.article.sku)
