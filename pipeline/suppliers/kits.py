"""What a kit is, from its parts: power, system, grid, roof. Pure. A title's figures are kept beside it and compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.suppliers.parts import Part
from pipeline.suppliers.roofs import roof_of
from pipeline.suppliers.text import fold

DECLARED_TOLERANCE = Decimal("0.03")
DECLARED_TOLERANCE_KWP = Decimal("0.01")
HIGH_DC_AC = Decimal("1.5")

_OFF_GRID = re.compile(r"off[ -]?grid|nobreak|inv(?:ersor)?-? ?car(?:regador|\b)|s/ ?inversor|sem inversor|starlink|\bspf ?\d")
_ON_GRID_HYBRID = re.compile(r"on[ -]?grid hibrido|hibrido on[ -]?grid|on ?\+ ?off")
_MULTI_GRID = re.compile(r"\d/220 ?v? ou|ou 220/380|127 ?/ ?220")
_PHASES = {
    (1, 127): "MONO_127", (1, 220): "MONO_220", (1, 230): "MONO_220", (2, 220): "BI_220", (3, 220): "TRI_220",
    (3, 380): "TRI_380", (3, 400): "TRI_380", (3, 600): "TRI_600", (3, 800): "TRI_800",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KitFacts:
    """What the parts say. `problems` are (code, params) of `notes`."""

    power_kwp: Decimal | None
    inverter_kw: Decimal | None
    system_type: str
    voltage_phase: str | None
    roof_type: str | None
    hybrid_ready: bool
    problems: list[tuple[str, dict[str, object]]] = field(default_factory=list)


def facts_of(parts: Sequence[Part], text: str, declared: Decimal | None, roof_text: str = "") -> KitFacts:
    """Put a kit's parts together.

    Args:
        parts: with quantities.
        text: the record's own title and description; never the page's or file's name.
        declared: the title's kWp, for comparison only.
        roof_text: what says the roof, when the parts do not.
    """
    folded = fold(text)
    problems: list[tuple[str, dict[str, object]]] = []
    power = power_of(parts)
    inverters = [part for part in parts if part.is_inverter]
    if power is not None and declared is not None:
        problems += compare_declared(power, declared)
    system, hybrid_ready, found = system_of(parts, folded)
    problems += found
    ac = ac_power_of(inverters)
    for part in inverters:
        if part.quantity is None:
            problems.append(("count_open", {"part": part.name}))
    if power is not None and ac and system != "OFF_GRID" and power / ac > HIGH_DC_AC:
        problems.append(("dc_ac_high", {"ratio": f"{power / ac:.2f}"}))
    problems += _inputs(parts)
    roof, clear = None, [part for part in parts if part.component == "STRUCTURE" and roof_of(part.name)]
    if roof_text:
        roof = roof_of(roof_text)
    elif clear:
        roof = roof_of(clear[0].name)
    return KitFacts(power, ac, system, phase_of(inverters, folded), roof, hybrid_ready, problems)


def power_of(parts: Sequence[Part]) -> Decimal | None:
    """Sum of quantity x Wp in kWp; None while a panel's rating or count is not known, or there is none."""
    panels = [part for part in parts if part.component == "PANEL"]
    if not panels or any(part.power_wp is None or part.quantity is None for part in panels):
        return None
    return sum((part.power_wp * part.quantity for part in panels if part.power_wp and part.quantity), Decimal(0)) / 1000


def ac_power_of(inverters: Sequence[Part]) -> Decimal | None:
    """Sum of quantity x kW AC; None while one is not known."""
    if not inverters or any(part.ac_kw is None or part.quantity is None for part in inverters):
        return None
    return sum((part.ac_kw * part.quantity for part in inverters if part.ac_kw and part.quantity), Decimal(0))


def compare_declared(power: Decimal, declared: Decimal) -> list[tuple[str, dict[str, object]]]:
    """The title's figure against the parts': 3 %, 0.01 kWp for small kits; a factor of a hundred is a wrong unit."""
    params: dict[str, object] = {"declared": f"{declared:f}", "computed": f"{power:f}"}
    if declared <= 0 or declared / power > 100 or power / declared > 100:
        return [("declared_unit", params)]
    difference = abs(declared - power)
    if difference > DECLARED_TOLERANCE_KWP and difference / power > DECLARED_TOLERANCE:
        return [("declared_differs", {**params, "percent": f"{(declared / power - 1) * 100:+.1f}"})]
    return []


def system_of(parts: Sequence[Part], folded: str) -> tuple[str, bool, list[tuple[str, dict[str, object]]]]:
    """(`SystemType`, sold ready for a battery, problems) from the parts and the record's own words."""
    inverters = [part for part in parts if part.is_inverter]
    battery = any(part.component == "BATTERY" for part in parts)
    controller = any(part.component == "CHARGE_CONTROLLER" for part in parts)
    grid_tied_hybrid = bool(_ON_GRID_HYBRID.search(folded))
    hybrid = grid_tied_hybrid or any(part.topology == "hybrid" for part in inverters)
    off_grid = any(part.topology == "off_grid" for part in inverters) or bool(_OFF_GRID.search(folded))
    if off_grid and not grid_tied_hybrid:
        problems: list[tuple[str, dict[str, object]]] = []
        if "hibrid" in folded:
            problems.append(("hybrid_off_grid", {}))
        return "OFF_GRID", False, problems
    if hybrid:
        return ("HYBRID", False, []) if battery else ("ON_GRID", True, [("hybrid_ready", {})])
    grid_inverter = any(part.topology in {"string", "micro"} for part in inverters)
    if controller and not grid_inverter:
        return "OFF_GRID", False, []
    if not inverters:
        system = "ON_GRID" if not battery else "HYBRID" if "hibrid" in folded else "OFF_GRID"
        return system, False, [("no_inverter", {})]
    return "ON_GRID", False, [("battery_without_hybrid", {})] if battery else []


def phase_of(inverters: Sequence[Part], folded: str) -> str | None:
    """A `VoltagePhase`, only where the inverters state voltage and phases (127 V is single-phase, 380 V and more three-phase)."""
    if not inverters or _MULTI_GRID.search(folded):
        return None
    found = set()
    for part in inverters:
        if part.volts is None:
            return None
        volts = int(part.volts)
        phases = part.phases or (1 if volts == 127 else 3 if volts >= 380 else None)
        found.add(_PHASES.get((phases or 0, volts)))
    return found.pop() if len(found) == 1 else None


def _inputs(parts: Sequence[Part]) -> list[tuple[str, dict[str, object]]]:
    """Microinverters whose text states their inputs must have one for each panel."""
    micros = [part for part in parts if part.component == "MICROINVERTER"]
    stated = [re.search(r"(\d) ?mlpe", fold(part.name)) for part in micros]
    if not micros or not all(stated) or any(part.quantity is None for part in micros):
        return []
    # A tracker of today's larger ones takes two panels: only beyond that they cannot all be connected.
    inputs = 2 * sum(int(match[1]) * (part.quantity or 0) for match, part in zip(stated, micros, strict=True) if match)
    panels = sum(part.quantity or 0 for part in parts if part.component == "PANEL")
    return [("inputs_short", {"panels": panels, "inputs": inputs})] if panels > inputs else []
