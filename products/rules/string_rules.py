"""R01 to R10: strings of modules on inverters with MPPT inputs."""

from collections.abc import Callable, Iterator

from products.rules.comparisons import at_least, at_most
from products.rules.electrical import at_temperature, least_in_series, most_in_series, voltage_factor_by_table
from products.rules.findings import Finding, Message, Outcome, Severity, margin_below
from products.rules.inputs import Inputs
from products.rules.kit_facts import Case
from products.rules.layout import described
from products.rules.registry import Rule, kit_rule
from products.rules.scope import GENERATORS
from products.rules.string_limits import Array, Pairing, array_of, cold_voc, design_isc, vmp_at

# longest string, shortest string, most strings on one MPPT
Strings = tuple[int, int, int]
Answer = Callable[[Rule, Case, Array, Pairing, Strings], Finding]
COLD_STATES = frozenset({"PR", "SC", "RS"})
VOLTAGE = "ABNT NBR 16690 and IEC 62548: array maximum voltage"


def each_inverter(rule: Rule, case: Case, answer: Answer) -> Iterator[Finding]:
    """The answer for each inverter model of a kit with strings; UNKNOWN when no layout can be named."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    array = array_of(case)
    if array is None:
        inputs = Inputs()
        inputs.of_kit("module_models", 1 if len(kit.panels) == 1 else None)
        inputs.of_kit("modules", kit.module_count or None)
        yield rule.unknown(inputs)
        return
    for place, pairing in enumerate(array.pairings):
        article = pairing.inverter.article
        if array.strings:
            finding = answer(rule, case, array, pairing, array.strings[place])
        else:
            inputs = Inputs()
            inputs.quantity(pairing.inverter, "inverter_quantity")
            inputs.number(article, "mppt_count")
            inputs.number(article, "inputs_per_mppt")
            if not inputs.missing:
                inputs.of_kit("layout", None)
            finding = rule.unknown(inputs)
        yield finding._replace(part_sku=article.sku, subject=article.sku if len(array.pairings) > 1 else "")


@kit_rule(
    Rule(
        "R01",
        "Cold open-circuit voltage of a string",
        "Ns × Voc × (1 + β/100 × (Tmin − 25)) ≤ Vdc,max",
        VOLTAGE,
        Severity.ERROR,
        True,
        "FAIL above the inverter's highest DC voltage; WARN when no coefficient is given and the table of IEC 62548 holds",
    ),
    GENERATORS,
)
def cold_open_circuit_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ns * Voc * (1 + b/100 * (Tmin - 25)) <= Vdc_max, with the lowest ambient temperature on record as cell temperature."""
    return each_inverter(rule, case, _cold_voltage)


def _cold_voltage(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
    inputs, panel, site = Inputs(), array.panel, case.site
    inputs.note("min_temperature_c", site.min_ambient_c, "°C", site.source)
    inputs.note("modules_in_series", strings[0], "", "layout")
    limit = inputs.number(pairing.inverter.article, "max_dc_voltage_v")
    if inputs.optional(panel, "temp_coeff_voc_pct_per_c") is None:
        return _by_table(rule, case, inputs, array, strings[0], limit)
    module = cold_voc(panel, inputs, site.min_ambient_c)
    if inputs.missing:
        return rule.unknown(inputs)
    most = most_in_series(module, limit)
    more = {"series": strings[0], "temperature": site.min_ambient_c, "most": most}
    return at_most(rule, inputs, strings[0] * module, limit, "V", Outcome.FAIL, "cold_voc", **more)


def _by_table(rule: Rule, case: Case, inputs: Inputs, array: Array, series: int, limit: float) -> Finding:
    """Without the coefficient: within the table's voltage is a WARN, beyond it nothing is known, as the table is conservative."""
    factor = voltage_factor_by_table(case.site.min_ambient_c)
    module = inputs.number(array.panel, "voc_v")
    inputs.note("voltage_factor_by_table", factor, "", "IEC 62548, table")
    if inputs.missing or factor is None or series * module * factor > limit:
        inputs.missing.append("temp_coeff_voc_pct_per_c")
        return rule.unknown(inputs)
    value = series * module * factor
    params = {"value": value, "limit": limit, "series": series, "temperature": case.site.min_ambient_c}
    fix = Message("fill_in", {"missing": ["temp_coeff_voc_pct_per_c"]})
    margin = margin_below(value, limit)
    return rule.finding(
        Outcome.WARN,
        "cold_voc_by_table",
        inputs,
        params=params,
        fix=fix,
        value=value,
        limit=limit,
        margin_percent=margin,
        unit="V",
    )


@kit_rule(
    Rule(
        "R01b",
        "Cold open-circuit voltage where it freezes",
        "as R01, at −5 °C",
        VOLTAGE,
        Severity.WARNING,
        False,
        "WARN when a kit sold in the South holds at the general lowest temperature but not below freezing",
    ),
    GENERATORS.with_columns("sold_in"),
)
def cold_region_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """R01 at the temperature of cold regions, for a kit that is offered by name in one of the three southern states."""
    if not case.kit.sold_in & COLD_STATES:
        return iter(())

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, site = Inputs(), case.site
        inputs.note("cold_region_c", site.cold_region_c, "°C", site.source)
        inputs.note("modules_in_series", strings[0], "", "layout")
        limit = inputs.number(pairing.inverter.article, "max_dc_voltage_v")
        module = cold_voc(array.panel, inputs, site.cold_region_c)
        if inputs.missing:
            return rule.unknown(inputs)
        more = {"series": strings[0], "temperature": site.cold_region_c, "most": most_in_series(module, limit)}
        return at_most(rule, inputs, strings[0] * module, limit, "V", Outcome.WARN, "cold_voc", **more)

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R02",
        "String voltage within the module's system voltage",
        "Ns × Voc(Tmin) ≤ maximum system voltage of the module",
        "IEC 61730: maximum system voltage on the module's label",
        Severity.WARNING,
        False,
        "WARN above the module's maximum system voltage",
    ),
    GENERATORS,
)
def module_system_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ns * Voc(Tmin) <= the module's maximum system voltage (1000 or 1500 V)."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs = Inputs()
        inputs.note("min_temperature_c", case.site.min_ambient_c, "°C", case.site.source)
        inputs.note("modules_in_series", strings[0], "", "layout")
        module, limit = cold_voc(array.panel, inputs, case.site.min_ambient_c), inputs.number(array.panel, "max_system_voltage_v")
        if inputs.missing:
            return rule.unknown(inputs)
        most = most_in_series(module, limit)
        return at_most(
            rule, inputs, strings[0] * module, limit, "V", Outcome.FAIL, "system_voltage", series=strings[0], most=most
        )

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R03",
        "Array voltage on buildings",
        "Ns × Voc(Tmin) ≤ 1000 V on a roof",
        "IEC 62548: arrays on buildings up to 1000 V DC",
        Severity.WARNING,
        False,
        "WARN above 1000 V on anything but the ground",
    ),
    GENERATORS.with_columns("roof_type"),
)
def building_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """An array on a building stays at or under 1000 V DC; one on the ground is not looked at."""
    if case.kit.roof_type == "GROUND":
        return iter(())

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs = Inputs()
        inputs.note("min_temperature_c", case.site.min_ambient_c, "°C", case.site.source)
        inputs.note("modules_in_series", strings[0], "", "layout")
        module, limit = cold_voc(array.panel, inputs, case.site.min_ambient_c), 1000.0
        if inputs.missing:
            return rule.unknown(inputs)
        most = most_in_series(module, limit)
        return at_most(
            rule, inputs, strings[0] * module, limit, "V", Outcome.WARN, "building_voltage", series=strings[0], most=most
        )

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R04",
        "Hot operating voltage reaches the MPPT window",
        "Ns × Vmp × (1 + γ/100 × (Tmax − 25)) ≥ Vmppt,min",
        "Inverter data sheet: MPPT voltage range; IEC 62548",
        Severity.ERROR,
        True,
        "FAIL below the MPPT minimum; WARN within 5 % of it or below the minimum for full load",
    ),
    GENERATORS,
)
def hot_operating_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ns * Vmp * (1 + k/100 * (Tmax - 25)) >= Vmppt_min; k is Vmp's coefficient if given, else that of power (conservative)."""
    return each_inverter(rule, case, _hot_voltage)


def _hot_voltage(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
    inputs, inverter = Inputs(), pairing.inverter.article
    inputs.note("max_cell_temperature_c", case.site.max_cell_c, "°C", case.site.source)
    inputs.note("modules_in_series", strings[1], "", "layout")
    module, limit = vmp_at(array.panel, inputs, case.site.max_cell_c), inputs.number(inverter, "mppt_min_v")
    full_load = inputs.optional(inverter, "mppt_full_load_min_v")
    if inputs.missing:
        return rule.unknown(inputs)
    value, least = strings[1] * module, least_in_series(module, limit)
    more = {"series": strings[1], "temperature": case.site.max_cell_c, "least": least}
    finding = at_least(rule, inputs, value, limit, "V", Outcome.FAIL, "hot_vmp", **more)
    if finding.outcome is Outcome.FAIL:
        return finding
    if full_load is not None and value < full_load:
        params = {**finding.message.params, "full_load": full_load}
        return finding._replace(outcome=Outcome.WARN, message=Message("hot_vmp_below_full_load", params))
    if value < limit * (1 + case.bands.mppt_margin_percent / 100):
        return finding._replace(outcome=Outcome.WARN, message=Message("hot_vmp_close", finding.message.params))
    return finding


@kit_rule(
    Rule(
        "R05",
        "Cold operating voltage stays in the MPPT window",
        "Ns × Vmp × (1 + γ/100 × (Tmin − 25)) ≤ Vmppt,max",
        "Inverter data sheet: MPPT voltage range",
        Severity.WARNING,
        True,
        "WARN above the MPPT maximum: energy is lost on cold mornings, nothing is damaged",
    ),
    GENERATORS,
)
def cold_operating_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ns * Vmp * (1 + k/100 * (Tmin - 25)) <= Vmppt_max."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, site = Inputs(), case.site
        inputs.note("min_temperature_c", site.min_ambient_c, "°C", site.source)
        inputs.note("modules_in_series", strings[0], "", "layout")
        module, limit = vmp_at(array.panel, inputs, site.min_ambient_c), inputs.number(pairing.inverter.article, "mppt_max_v")
        if inputs.missing:
            return rule.unknown(inputs)
        more = {"series": strings[0], "temperature": site.min_ambient_c, "most": most_in_series(module, limit)}
        return at_most(rule, inputs, strings[0] * module, limit, "V", Outcome.WARN, "cold_vmp", **more)

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R06",
        "Strings start the inverter when hot",
        "Ns × Vmp(Tmax) ≥ start-up voltage",
        "Inverter data sheet: start-up voltage",
        Severity.ERROR,
        True,
        "FAIL below the start-up voltage",
    ),
    GENERATORS,
)
def start_up(rule: Rule, case: Case) -> Iterator[Finding]:
    """Ns * Vmp hot >= V_start."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, site = Inputs(), case.site
        inputs.note("max_cell_temperature_c", site.max_cell_c, "°C", site.source)
        inputs.note("modules_in_series", strings[1], "", "layout")
        module, limit = vmp_at(array.panel, inputs, site.max_cell_c), inputs.number(pairing.inverter.article, "start_voltage_v")
        if inputs.missing:
            return rule.unknown(inputs)
        more = {"series": strings[1], "temperature": site.max_cell_c, "least": least_in_series(module, limit)}
        return at_least(rule, inputs, strings[1] * module, limit, "V", Outcome.FAIL, "start_up", **more)

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R07",
        "Operating current of an MPPT",
        "Np × Imp × (1 + α/100 × (Tmax − 25)) ≤ Imax,mppt",
        "Inverter data sheet: maximum input current",
        Severity.WARNING,
        True,
        "WARN above the largest operating current: the inverter clips, which many makers allow",
    ),
    GENERATORS,
)
def operating_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """Np * Imp * (1 + a/100 * (Tmax - 25)) <= Imax_mppt."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, panel = Inputs(), array.panel
        inputs.note("max_cell_temperature_c", case.site.max_cell_c, "°C", case.site.source)
        inputs.note("strings_per_mppt", strings[2], "", "layout")
        coefficient = inputs.number(panel, "temp_coeff_isc_pct_per_c")
        module = at_temperature(inputs.number(panel, "imp_a"), coefficient, case.site.max_cell_c)
        limit = inputs.number(pairing.inverter.article, "max_current_per_mppt_a")
        if inputs.missing:
            return rule.unknown(inputs)
        return at_most(rule, inputs, strings[2] * module, limit, "A", Outcome.WARN, "operating_current", parallel=strings[2])

    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R08",
        "Short-circuit current of an MPPT",
        "Np × 1.25 × Isc ≤ Isc,max of the MPPT (1.25 left out when the maker's limit holds it already)",
        "IEC 62548: design factor 1.25; inverter data sheet",
        Severity.ERROR,
        True,
        "FAIL above the inverter's limit; UNKNOWN when the data sheet gives only an operating current",
    ),
    GENERATORS,
)
def short_circuit_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """Np * 1.25 * Isc <= Isc_max of the MPPT; `short_circuit_factor_included` of the inverter leaves the factor out."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, inverter = Inputs(), pairing.inverter.article
        inputs.note("strings_per_mppt", strings[2], "", "layout")
        string, limit = (
            design_isc(array.panel, inverter, inputs),
            inputs.number(inverter, "max_short_circuit_current_per_mppt_a"),
        )
        if inputs.missing:
            return rule.unknown(inputs)
        finding = at_most(rule, inputs, strings[2] * string, limit, "A", Outcome.FAIL, "short_circuit", parallel=strings[2])
        if finding.outcome is Outcome.FAIL:
            return finding._replace(fix=Message("other_current", {"most": limit / string * inputs_isc(inputs)}))
        return finding

    return each_inverter(rule, case, answer)


def inputs_isc(inputs: Inputs) -> float:
    """The module's Isc among gathered inputs (A)."""
    value = inputs.given["isc_a"].value
    return float(value) if isinstance(value, int | float) else 0.0


@kit_rule(
    Rule(
        "R09",
        "Modules of a string are alike",
        "",
        "IEC 62548: strings in parallel of the same voltage",
        Severity.WARNING,
        False,
        "WARN when the kit mixes module models",
    ),
    GENERATORS,
)
def equal_modules(rule: Rule, case: Case) -> Iterator[Finding]:
    """Modules of one string, and strings of one MPPT, are of the same model and number."""
    if not case.kit.has_strings or not case.kit.panels:
        return
    inputs = Inputs()
    for part in case.kit.panels:
        inputs.quantity(part, "modules")
    models = len({part.article.key for part in case.kit.panels})
    outcome, code = (Outcome.PASS, "equal_modules") if models == 1 else (Outcome.FAIL, "mixed_modules")
    yield rule.finding(outcome, code, inputs, params={"models": models})


@kit_rule(
    Rule(
        "R10",
        "The modules can be laid out",
        "all (Ns, Np) on the MPPTs with sum of Ns × Np = number of modules, within R01, R02, R04, R06 and R08",
        "Limits of R01, R02, R04, R06 and R08",
        Severity.ERROR,
        True,
        "FAIL when no layout exists; the nearest counts that work are named",
    ),
    GENERATORS,
)
def layout_exists(rule: Rule, case: Case) -> Iterator[Finding]:
    """Find every layout within the limits; kits seldom state one. The test of "can this kit be built"."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    array, inputs = array_of(case), Inputs()
    if array is None or array.layouts is None or not array.complete:
        if array is None:
            inputs.of_kit("module_models", 1 if len(kit.panels) == 1 else None)
            inputs.of_kit("modules", kit.module_count or None)
        for pairing in array.pairings if array else ():
            inputs.given.update(pairing.inputs.given)
            inputs.missing += pairing.inputs.missing
        yield rule.unknown(inputs)
        return
    inputs.note("modules", array.count, "", "kit")
    for pairing in array.pairings:
        inputs.given.update(pairing.inputs.given)
    layouts = array.layouts
    if layouts.best is not None:
        shown = [described(layout) for layout in layouts.found]
        inputs.note("layouts", "; ".join(shown), "", "layout")
        params = {"modules": array.count, "layout": shown[0], "others": len(shown) - 1, "more": layouts.more}
        yield rule.finding(Outcome.PASS, "layout_found", inputs, params=params, value=array.count)
        return
    nearest = [count for count in (layouts.below, layouts.above) if count]
    params = {"modules": array.count, "temperature": case.site.min_ambient_c, "nearest": nearest}
    code = "layout_none" if nearest else "layout_never"
    fix = Message("other_count", {"nearest": nearest}) if nearest else Message("other_inverter")
    yield rule.finding(Outcome.FAIL, code, inputs, params=params, fix=fix, value=array.count, limit=layouts.below)
