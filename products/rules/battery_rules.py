"""R18: batteries, hybrid and off-grid kits, charge controllers. Unconfirmed: these rules warn at most."""

from collections.abc import Iterator

from products.rules.comparisons import at_most
from products.rules.electrical import SHORT_CIRCUIT_FACTOR, usable_battery_kwh
from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Case
from products.rules.registry import Rule, kit_rule
from products.rules.scope import STORED
from products.rules.string_limits import cold_voc

STORING = frozenset({"hybrid", "off_grid"})


@kit_rule(
    Rule(
        "R18",
        "Battery and kind of inverter",
        "a battery needs a hybrid or off-grid inverter, or a charge controller",
        "Inverter data sheet: topology",
        Severity.WARNING,
        False,
        "WARN when no inverter of the kit takes a battery, or a hybrid kit has none",
    ),
    STORED,
)
def battery_inverter(rule: Rule, case: Case) -> Iterator[Finding]:
    """A hybrid kit without a battery is only ready for one."""
    kit = case.kit
    batteries = kit.of("BATTERY")
    if not batteries:
        if kit.system_type == "HYBRID":
            inputs = Inputs()
            inputs.note("batteries", 0, "", "kit")
            yield rule.finding(Outcome.WARN, "battery_ready", inputs, fix=Message("add_part", {"part": "battery"}))
        return
    inputs = Inputs()
    inputs.note("charge_controllers", len(kit.controllers), "", "kit")
    if kit.controllers:
        yield rule.finding(Outcome.PASS, "battery_by_controller", inputs)
        return
    kinds = {inputs.word(part.article, "topology") for part in (*kit.inverters, *kit.micros)}
    if inputs.missing or not kinds:
        inputs.missing.extend(() if inputs.missing else ("inverter",))
        yield rule.unknown(inputs)
        return
    sound = bool(kinds & STORING)
    code = "battery_inverter_ok" if sound else "battery_without_inverter"
    yield rule.finding(Outcome.PASS if sound else Outcome.FAIL, code, inputs, params={"topology": sorted(kinds)})


@kit_rule(
    Rule(
        "R18a",
        "Battery voltage in the inverter's window",
        "battery minimum ≤ n × nominal ≤ battery maximum, n in series dividing the number of batteries",
        "Inverter data sheet: battery voltage range",
        Severity.WARNING,
        False,
        "WARN when no number in series fits",
    ),
    STORED,
)
def battery_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """12 V batteries reach a 48 V inverter four in series; the number in series divides the number of batteries."""
    kit = case.kit
    for battery in kit.of("BATTERY"):
        for inverter in kit.inverters:
            if kit.controllers:
                continue
            inputs = Inputs()
            units, volts = inputs.quantity(battery, "batteries"), inputs.number(battery.article, "nominal_voltage_v")
            low, high = inputs.number(inverter.article, "battery_min_v"), inputs.number(inverter.article, "battery_max_v")
            subject = f"{battery.article.sku} {inverter.article.sku}"
            if inputs.missing:
                yield rule.unknown(inputs, subject=subject, part_sku=battery.article.sku)
                continue
            fitting = [n for n in range(1, units + 1) if units % n == 0 and low <= n * volts <= high]
            params = {"value": volts, "low": low, "high": high, "series": fitting[0] if fitting else 0}
            yield rule.finding(
                Outcome.PASS if fitting else Outcome.FAIL,
                "battery_voltage_ok" if fitting else "battery_voltage_off",
                inputs,
                params=params,
                value=volts,
                limit=high,
                unit="V",
                subject=subject,
                part_sku=battery.article.sku,
            )


@kit_rule(
    Rule(
        "R18b",
        "Battery bears the inverter's current",
        "inverter's discharge current ≤ sum of the batteries' (one in series)",
        "Battery data sheet: maximum discharge current",
        Severity.WARNING,
        False,
        "WARN when the inverter may draw more than the batteries give",
    ),
    STORED,
)
def battery_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """Batteries in parallel add their currents; those in series do not."""
    kit = case.kit
    batteries = kit.of("BATTERY")
    if len(batteries) != 1 or len(kit.inverters) != 1 or kit.controllers:
        return
    inputs, inverter, battery = Inputs(), kit.inverters[0], batteries[0]
    units = inputs.quantity(battery, "batteries")
    volts, given = inputs.number(battery.article, "nominal_voltage_v"), inputs.number(battery.article, "max_discharge_current_a")
    low, drawn = inputs.number(inverter.article, "battery_min_v"), inputs.number(inverter.article, "max_discharge_current_a")
    inverters = inputs.quantity(inverter, "inverters")
    if inputs.missing:
        yield rule.unknown(inputs, part_sku=battery.article.sku)
        return
    series = max(1, -(-int(low) // max(int(volts), 1)))
    parallel = max(units // series, 1)
    finding = at_most(rule, inputs, drawn * inverters, given * parallel, "A", Outcome.WARN, "battery_current")
    yield finding._replace(part_sku=battery.article.sku)


@kit_rule(
    Rule(
        "R18c",
        "Battery and inverter speak the same protocol",
        "",
        "Makers' compatibility lists",
        Severity.WARNING,
        False,
        "WARN when the battery's protocol is not among the inverter's",
    ),
    STORED,
)
def battery_protocol(rule: Rule, case: Case) -> Iterator[Finding]:
    """For lithium batteries, whose BMS talks to the inverter."""
    kit = case.kit
    for battery in kit.of("BATTERY"):
        if battery.article.specifications.get("chemistry") in {"lead_acid", "gel", "agm"} or kit.controllers:
            continue
        for inverter in kit.inverters:
            inputs = Inputs()
            spoken, known = inputs.word(battery.article, "protocol"), inputs.word(inverter.article, "battery_protocols")
            subject = f"{battery.article.sku} {inverter.article.sku}"
            if inputs.missing:
                yield rule.unknown(inputs, subject=subject, part_sku=battery.article.sku)
                continue
            sound = any(word.strip().casefold() in known.casefold() for word in spoken.split(",") if word.strip())
            yield rule.finding(
                Outcome.PASS if sound else Outcome.WARN,
                "protocol_ok" if sound else "protocol_differs",
                inputs,
                params={"battery": spoken, "inverter": known},
                subject=subject,
                part_sku=battery.article.sku,
            )


@kit_rule(
    Rule(
        "R18d",
        "Usable energy of the batteries",
        "quantity × nominal × depth of discharge × efficiency",
        "Battery data sheet",
        Severity.INFO,
        False,
        "PASS gives the usable energy",
    ),
    STORED,
)
def battery_energy(rule: Rule, case: Case) -> Iterator[Finding]:
    """nominal kWh * DoD * efficiency; autonomy is this over the daily load."""
    for battery in case.kit.of("BATTERY"):
        inputs = Inputs()
        units, nominal = inputs.quantity(battery, "batteries"), inputs.number(battery.article, "capacity_kwh")
        depth, efficiency = (inputs.number(battery.article, f"{name}_percent") for name in ("depth_of_discharge", "efficiency"))
        sku = battery.article.sku
        if inputs.missing:
            yield rule.unknown(inputs, subject=sku, part_sku=sku)
            continue
        value = usable_battery_kwh(units * nominal, depth, efficiency)
        params = {"value": value}
        yield rule.finding(
            Outcome.PASS, "battery_energy", inputs, params=params, value=value, unit="kWh", subject=sku, part_sku=sku
        )


@kit_rule(
    Rule(
        "R18e",
        "Charge controller bears the modules' current or power",
        "PWM: rated current ≥ 1.25 × Isc × modules in parallel; MPPT: largest PV power ≥ sum of Wp",
        "Controller data sheet",
        Severity.WARNING,
        False,
        "WARN when the modules give more than the controllers take",
    ),
    STORED,
)
def controller_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """PWM controllers by current with all modules in parallel; MPPT controllers by power."""
    kit = case.kit
    if len(kit.controllers) != 1 or len(kit.panels) != 1:
        return
    inputs, controller, panel = Inputs(), kit.controllers[0], kit.panels[0]
    units, modules = inputs.quantity(controller, "controllers"), inputs.quantity(panel, "modules")
    kind = inputs.word(controller.article, "technology")
    if kind == "pwm":
        value = SHORT_CIRCUIT_FACTOR * inputs.number(panel.article, "isc_a") * modules
        limit, unit = inputs.number(controller.article, "rated_current_a") * units, "A"
    else:
        value = inputs.number(panel.article, "power_wp") * modules
        limit, unit = inputs.number(controller.article, "max_pv_power_w") * units, "W"
    sku = controller.article.sku
    if inputs.missing:
        yield rule.unknown(inputs, part_sku=sku)
        return
    yield at_most(rule, inputs, value, limit, unit, Outcome.WARN, "controller")._replace(part_sku=sku)


@kit_rule(
    Rule(
        "R18f",
        "Charge controller bears a module's cold voltage",
        "Voc × (1 + β/100 × (Tmin − 25)) ≤ largest PV voltage",
        "Controller data sheet: maximum PV voltage",
        Severity.WARNING,
        False,
        "WARN when even one module is above the controller's voltage",
    ),
    STORED,
)
def controller_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """One module's Voc(Tmin): how many go in series is the installer's choice below the limit."""
    kit = case.kit
    for controller in kit.controllers:
        for panel in kit.panels:
            inputs, article = Inputs(), controller.article
            inputs.note("min_temperature_c", case.site.min_ambient_c, "°C", case.site.source)
            value = cold_voc(panel.article, inputs, case.site.min_ambient_c)
            limit = inputs.number(article, "max_pv_voltage_v")
            subject = f"{article.sku} {panel.article.sku}"
            if inputs.missing:
                yield rule.unknown(inputs, subject=subject, part_sku=article.sku)
                continue
            finding = at_most(rule, inputs, value, limit, "V", Outcome.WARN, "controller_voltage")
            yield finding._replace(subject=subject, part_sku=article.sku)


@kit_rule(
    Rule(
        "R18g",
        "Charge controller and battery of one voltage",
        "n × nominal battery voltage = system voltage",
        "Controller data sheet: system voltage",
        Severity.WARNING,
        False,
        "WARN when no number in series gives the controller's voltage",
    ),
    STORED,
)
def controller_battery(rule: Rule, case: Case) -> Iterator[Finding]:
    """Nominal classes: 12.8 V lithium counts as 12 V, 51.2 V as 48 V (within 10 %)."""
    kit = case.kit
    if len(kit.controllers) != 1:
        return
    for battery in kit.of("BATTERY"):
        inputs, controller = Inputs(), kit.controllers[0].article
        units, volts = inputs.quantity(battery, "batteries"), inputs.number(battery.article, "nominal_voltage_v")
        system = inputs.number(controller, "system_voltage_v")
        subject = battery.article.sku
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=controller.sku)
            continue
        fitting = [n for n in range(1, units + 1) if units % n == 0 and abs(n * volts - system) <= 0.1 * system]
        yield at_least_one(rule, inputs, fitting, volts, system, subject, controller.sku)


def at_least_one(rule: Rule, inputs: Inputs, fitting: list[int], volts: float, system: float, subject: str, sku: str) -> Finding:
    """The finding of a battery bank that reaches the system voltage, or not."""
    return rule.finding(
        Outcome.PASS if fitting else Outcome.WARN,
        "bank_voltage_ok" if fitting else "bank_voltage_off",
        inputs,
        params={"value": volts, "limit": system, "series": fitting[0] if fitting else 0},
        value=volts,
        limit=system,
        unit="V",
        subject=subject,
        part_sku=sku,
    )
