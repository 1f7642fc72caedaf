"""R14, R14b: the inverters' AC side against the grid the kit is declared for."""

from collections.abc import Iterator
from types import MappingProxyType

from products.rules.comparisons import at_most
from products.rules.electrical import ac_current
from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Case
from products.rules.registry import Rule, kit_rule
from products.rules.scope import GRID

# Declared grid -> phases, line voltage, and the voltages a single-phase inverter may be connected at there.
GRIDS = MappingProxyType({
    "MONO_127": (1, 127.0, (127.0,)),
    "MONO_220": (1, 220.0, (220.0,)),
    "BI_220": (2, 220.0, (127.0, 220.0)),
    "TRI_220": (3, 220.0, (127.0, 220.0)),
    "TRI_380": (3, 380.0, (220.0, 380.0)),
    "TRI_600": (3, 600.0, ()),
    "TRI_800": (3, 800.0, ()),
})  # fmt: skip
TOLERANCE = 0.10


def fits_grid(phases: int, volts: float, grid: str) -> bool:
    """Whether an inverter connects to a grid without a transformer: phases, and line voltage within 10 % (230 V is 220 V)."""
    grid_phases, line, single = GRIDS[grid]
    if phases > grid_phases:
        return False
    allowed = (line,) if phases == 3 or not single else single
    return any(abs(volts - one) <= TOLERANCE * one for one in allowed)


@kit_rule(
    Rule(
        "R14b",
        "AC power on a single-phase connection",
        "sum of quantity × kW ≤ 10 kW with one phase",
        "PRODIST module 3: connection by installed power; the distributor's own standard",
        Severity.WARNING,
        False,
        "WARN above the usual limit: the distributor's own table decides; other connections are not looked at",
    ),
    GRID,
)
def connection_power(rule: Rule, case: Case) -> Iterator[Finding]:
    """AC power of all inverters against what a connection of that kind takes; its table (`Bands.grid_power_kw`) is practice."""
    kit, inputs = case.kit, Inputs()
    inverters = () if kit.system_type == "OFF_GRID" else (*kit.inverters, *kit.micros)
    phases = GRIDS.get(kit.voltage_phase or "", (0,))[0]
    limit = case.bands.grid_power_kw.get(phases)
    if not inverters or limit is None:
        return
    inputs.of_kit("grid", kit.voltage_phase)
    inputs.note("connection_limit_kw", limit, "kW", "default")
    value = sum(inputs.quantity(part, "inverters") * inputs.number(part.article, "ac_power_kw") for part in inverters)
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    yield at_most(rule, inputs, value, limit, "kW", Outcome.WARN, "connection_power", phases=phases)


@kit_rule(
    Rule(
        "R14",
        "Inverter fits the grid",
        "phases and voltage of inverter and grid; I = P / V, or P / (√3 × V) with three phases",
        "PRODIST module 3; inverter data sheet: grid connection",
        Severity.ERROR,
        True,
        "FAIL when phases or voltage differ and no transformer is in the kit",
    ),
    GRID,
)
def grid_match(rule: Rule, case: Case) -> Iterator[Finding]:
    """A 380 V inverter on a 220 V three-phase grid needs a transformer in the kit."""
    kit = case.kit
    inverters = (*kit.inverters, *kit.micros)
    for part in inverters:
        inputs, article = Inputs(), part.article
        subject = article.sku if len(inverters) > 1 else ""
        inputs.of_kit("grid", kit.voltage_phase if kit.voltage_phase in GRIDS else None)
        phases, volts, kw = (inputs.number(article, name) for name in ("phases", "ac_voltage_v", "ac_power_kw"))
        units = inputs.quantity(part, "inverters")
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=article.sku)
            continue
        current = ac_current(kw * 1000 * units, volts, int(phases))
        params = {"phases": int(phases), "volts": volts, "grid": kit.voltage_phase, "value": current}
        if fits_grid(int(phases), volts, kit.voltage_phase or ""):
            finding = rule.finding(Outcome.PASS, "grid_ok", inputs, params=params)
        elif kit.of("TRANSFORMER") and int(phases) <= GRIDS[kit.voltage_phase or ""][0]:
            finding = rule.finding(Outcome.PASS, "grid_by_transformer", inputs, params=params)
        else:
            fix = Message("other_grid", {"volts": volts, "phases": int(phases)})
            finding = rule.finding(Outcome.FAIL, "grid_differs", inputs, params=params, fix=fix)
        yield finding._replace(subject=subject, part_sku=article.sku, value=current, unit="A")
