"""R11, R15 to R17: fuses, structure, DC protection, cables and connectors."""

from collections.abc import Iterator
from typing import Any

from products.rules.comparisons import at_least, at_most
from products.rules.electrical import (
    SHORT_CIRCUIT_FACTOR,
    cable_drop_v,
    fuse_needed,
    fuse_range,
)
from products.rules.findings import Finding, Message, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case
from products.rules.registry import Rule, kit_rule
from products.rules.scope import CABLED, CLAMPED, CONNECTED, HELD, PROTECTED
from products.rules.string_limits import Array, array_of, cold_voc

HOT_CONDUCTOR_C = 70.0


def _laid_out(case: Case, inputs: Inputs) -> Array | None:
    """The kit's array with strings; None, and noted as missing, when no layout can be named."""
    array = array_of(case)
    if array is None or not array.strings:
        inputs.of_kit("layout", None)
        return None
    inputs.note("modules_in_series", max(longest for longest, _, _ in array.strings), "", "layout")
    inputs.note("strings_per_mppt", max(parallel for _, _, parallel in array.strings), "", "layout")
    return array


def _absent(rule: Rule, case: Case, inputs: Inputs, code: str, part: str, **more: Any) -> Finding:
    """A part the list does not name: FAIL when the list goes into such detail, else UNKNOWN."""
    if case.kit.lists_small_parts:
        return rule.finding(Outcome.FAIL, code, inputs, fix=Message("add_part", {"part": part}), **more)
    inputs.missing.append(part)
    return rule.unknown(inputs)


@kit_rule(
    Rule(
        "R11",
        "String fuses",
        "needed when (Sa − 1) × Isc > largest series fuse; 1.5 × Isc < In ≤ 2.4 × Isc and In ≤ largest series fuse",
        "ABNT NBR 16690, 5.3.9; IEC 60269-6 (gPV), ABNT NBR IEC 60947-2 or 60898-2 (DC breakers)",
        Severity.ERROR,
        True,
        "FAIL when fuses or DC breakers are needed and the kit has none, or when AC breakers "
        "(ABNT NBR NM 60898) stand on the DC side; "
        "WARN when their rating is outside the range",
        version=2,
    ),
    PROTECTED,
)
def string_fuses(rule: Rule, case: Case) -> Iterator[Finding]:
    """Strings in parallel feed a faulty one: above the module's series fuse they need gPV fuses or DC breakers.

    AC breakers cannot break direct current: NBR 16690, 5.3.9, does not admit them, needed or not.
    """
    if not case.kit.has_strings or not case.kit.panels:
        return
    inputs = Inputs()
    for box in case.kit.of("STRING_BOX"):
        if box.article.specifications.get("overcurrent_device") == "ac_breaker":
            inputs.word(box.article, "overcurrent_device")
            fix = Message("replace_part")
            yield rule.finding(Outcome.FAIL, "breaker_of_ac", inputs, fix=fix, part_sku=box.article.sku)
            return
    array = _laid_out(case, inputs)
    if array is None:
        yield rule.unknown(inputs)
        return
    parallel = max(np for _, _, np in array.strings)
    isc, largest = inputs.number(array.panel, "isc_a"), inputs.number(array.panel, "max_series_fuse_a")
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    value = (parallel - 1) * isc
    params = {"parallel": parallel, "value": value, "limit": largest}
    if not fuse_needed(parallel, isc, largest):
        yield rule.finding(Outcome.PASS, "fuse_not_needed", inputs, params=params, value=value, limit=largest, unit="A")
        return
    boxes = case.kit.of("STRING_BOX")
    if not boxes:
        yield _absent(rule, case, inputs, "fuse_missing", "gpv_fuses", params=params, value=value, limit=largest, unit="A")
        return
    rating = inputs.number(boxes[0].article, "fuse_rating_a")
    if inputs.missing:
        yield rule.unknown(inputs, part_sku=boxes[0].article.sku)
        return
    low, high = fuse_range(isc, largest)
    sound = low < rating <= high
    code, outcome = ("fuse_ok", Outcome.PASS) if sound else ("fuse_rating", Outcome.WARN)
    params = {"value": rating, "low": low, "high": high}
    yield rule.finding(outcome, code, inputs, params=params, value=rating, limit=high, unit="A", part_sku=boxes[0].article.sku)


@kit_rule(
    Rule(
        "R15",
        "Structure for every module",
        "sum of quantity × modules held ≥ number of modules",
        "Structure data sheet",
        Severity.WARNING,
        False,
        "WARN when the structure holds fewer modules; UNKNOWN when the list does not say",
    ),
    HELD,
)
def structure_holds(rule: Rule, case: Case) -> Iterator[Finding]:
    """Rails without a number of modules of their own are left out of the sum; a kit sold without structure is not looked at."""
    kit = case.kit
    if kit.roof_type == "WITHOUT_STRUCTURE" or not kit.panels:
        return
    inputs = Inputs()
    modules = sum(inputs.quantity(part, "modules") for part in kit.panels)
    structures = kit.of("STRUCTURE")
    if not structures:
        yield _absent(rule, case, inputs, "structure_missing", "structure")
        return
    counted = [part for part in structures if inputs.optional(part.article, "module_count") is not None] or list(structures)
    held = sum(inputs.quantity(part, "structures") * inputs.number(part.article, "module_count") for part in counted)
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    yield at_least(rule, inputs, held, modules, "", Outcome.WARN, "structure")


@kit_rule(
    Rule(
        "R15b",
        "Structure for the kit's roof",
        "",
        "Structure data sheet",
        Severity.WARNING,
        False,
        "WARN when a structure is made for another roof",
    ),
    CLAMPED,
)
def structure_roof(rule: Rule, case: Case) -> Iterator[Finding]:
    """The roof each structure is made for against the roof the kit is sold for; fibre cement stands for its variants."""
    kit = case.kit
    structures = [part for part in kit.of("STRUCTURE") if "module_count" in part.article.specifications] or list(
        kit.of("STRUCTURE")
    )
    if kit.roof_type == "WITHOUT_STRUCTURE" or not structures:
        return
    inputs = Inputs()
    inputs.of_kit("roof_type", kit.roof_type)
    made_for = {inputs.word(part.article, "roof_type") for part in structures}
    if inputs.missing:
        yield rule.unknown(inputs)
        return
    wrong = sorted(roof for roof in made_for if not _same_roof(roof, kit.roof_type or ""))
    params = {"roof": kit.roof_type, "made_for": sorted(made_for)}
    yield rule.finding(Outcome.WARN if wrong else Outcome.PASS, "roof_differs" if wrong else "roof_ok", inputs, params=params)


def _same_roof(one: str, other: str) -> bool:
    general = "FIBER_CEMENT"
    return one == other or (general in {one, other} and one.startswith(general) and other.startswith(general))


@kit_rule(
    Rule(
        "R15c",
        "Module's frame fits the clamps",
        "clamp minimum ≤ thickness ≤ clamp maximum",
        "Structure data sheet: clamp range",
        Severity.WARNING,
        False,
        "WARN outside the range",
    ),
    CLAMPED,
)
def clamp_range(rule: Rule, case: Case) -> Iterator[Finding]:
    """Thickness of each module against the range of each structure that states one."""
    kit = case.kit
    for structure in kit.of("STRUCTURE"):
        if "module_thickness_max_mm" not in structure.article.specifications:
            continue
        for panel in kit.panels:
            inputs = Inputs()
            thickness = inputs.number(panel.article, "thickness_mm")
            low, high = (inputs.number(structure.article, f"module_thickness_{end}_mm") for end in ("min", "max"))
            subject = f"{structure.article.sku} {panel.article.sku}"
            if inputs.missing:
                yield rule.unknown(inputs, subject=subject, part_sku=structure.article.sku)
                continue
            sound = low <= thickness <= high
            yield rule.finding(
                Outcome.PASS if sound else Outcome.WARN,
                "clamp_ok" if sound else "clamp_wrong",
                inputs,
                params={"value": thickness, "low": low, "high": high},
                value=thickness,
                limit=high if thickness > low else low,
                unit="mm",
                subject=subject,
                part_sku=structure.article.sku,
            )


@kit_rule(
    Rule(
        "R16",
        "DC switch and surge protection",
        "string box, or inverter with DC switch and surge protection",
        "ABNT NBR 16690: disconnection and overvoltage protection on the DC side",
        Severity.ERROR,
        True,
        "FAIL when neither is in the kit; UNKNOWN when the data sheet does not say",
    ),
    PROTECTED,
)
def dc_protection(rule: Rule, case: Case) -> Iterator[Finding]:
    """For kits with strings; microinverters need no DC string box."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    inputs = Inputs()
    boxes = kit.of("STRING_BOX")
    inputs.note("string_boxes", sum(part.quantity or 0 for part in boxes), "", "kit")
    if boxes:
        yield rule.finding(Outcome.PASS, "protection_by_box", inputs)
        return
    flags = [inputs.flag(part.article, name) for part in kit.inverters for name in ("dc_switch", "dc_surge_protection")]
    if inputs.missing:
        yield rule.unknown(inputs)
    elif all(flags):
        yield rule.finding(Outcome.PASS, "protection_in_inverter", inputs)
    else:
        yield _absent(rule, case, inputs, "protection_missing", "string_box")


@kit_rule(
    Rule(
        "R16a",
        "String box and surge protection for the array's voltage",
        "Ns × Voc(Tmin) ≤ rated DC voltage and Ucpv",
        "ABNT NBR 16690: rated voltages on the DC side",
        Severity.WARNING,
        False,
        "WARN when the array's cold voltage is above the box's or its surge protection's voltage",
    ),
    PROTECTED,
)
def box_voltage(rule: Rule, case: Case) -> Iterator[Finding]:
    """The lower of the box's voltage and its surge protection's Ucpv."""
    boxes = case.kit.of("STRING_BOX")
    if not boxes or not case.kit.has_strings or not case.kit.panels:
        return
    inputs = Inputs()
    array, box = _laid_out(case, inputs), boxes[0].article
    limit = min(inputs.number(box, "max_dc_voltage_v"), inputs.number(box, "surge_protection_voltage_v"))
    inputs.note("min_temperature_c", case.site.min_ambient_c, "°C", case.site.source)
    module = cold_voc(array.panel, inputs, case.site.min_ambient_c) if array else float("nan")
    if inputs.missing or array is None:
        yield rule.unknown(inputs, part_sku=box.sku)
        return
    series = max(longest for longest, _, _ in array.strings)
    yield at_most(rule, inputs, series * module, limit, "V", Outcome.WARN, "box_voltage")


@kit_rule(
    Rule(
        "R16b",
        "Solar cable in two colours",
        "",
        "ABNT NBR 16612 (cables), ABNT NBR 16690",
        Severity.ERROR,
        True,
        "FAIL when the list of parts has no DC solar cable in red and black",
    ),
    CABLED,
)
def solar_cable(rule: Rule, case: Case) -> Iterator[Finding]:
    """A red and a black solar cable."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    inputs = Inputs()
    cables = [part for part in kit.of("CABLE") if part.article.specifications.get("purpose") in {None, "dc_solar"}]
    if not cables:
        yield _absent(rule, case, inputs, "cable_missing", "solar_cable")
        return
    for part in cables:
        inputs.word(part.article, "purpose")
    colours = {inputs.word(part.article, "colour") for part in cables}
    if {"red", "black"} <= colours and "purpose" not in inputs.missing:
        inputs.missing.clear()
        yield rule.finding(Outcome.PASS, "cable_ok", inputs)
    elif inputs.missing:
        yield rule.unknown(inputs)
    else:
        fix = Message("add_part", {"part": "solar_cable"})
        yield rule.finding(Outcome.FAIL, "cable_colour", inputs, params={"found": sorted(colours)}, fix=fix)


@kit_rule(
    Rule(
        "R16c",
        "Connectors for every string",
        "connectors ≥ 2 × strings",
        "Practice: one pair at each end of a string",
        Severity.WARNING,
        False,
        "WARN when there are fewer",
    ),
    CONNECTED,
)
def connectors(rule: Rule, case: Case) -> Iterator[Finding]:
    """Pieces of all connectors in the kit against two for each string of the layout."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    inputs = Inputs()
    array = _laid_out(case, inputs)
    found = kit.of("CONNECTOR")
    if not found:
        yield _absent(rule, case, inputs, "connectors_missing", "connectors")
        return
    pieces = sum(inputs.quantity(part, "connectors") * (inputs.optional(part.article, "pieces") or 1) for part in found)
    if inputs.missing or array is None:
        yield rule.unknown(inputs)
        return
    strings = _strings(array)
    inputs.note("strings", strings, "", "layout")
    yield at_least(rule, inputs, pieces, 2 * strings, "", Outcome.WARN, "connectors")


def _strings(array: Array) -> int:
    if array.layouts is not None and array.layouts.best is not None:
        return sum(np for group in array.layouts.best for _, np in group)
    longest = max(ns for ns, _, _ in array.strings)
    return -(-array.count // longest)


def _dc_cable(case: Case) -> Article | None:
    """The thinnest; one of unknown section comes first."""
    cables = [part.article for part in case.kit.of("CABLE") if part.article.specifications.get("purpose") in {None, "dc_solar"}]
    thinnest = [(Inputs().optional(cable, "section_mm2") or 0.0, cable) for cable in cables]
    return min(thinnest, key=lambda pair: pair[0])[1] if thinnest else None


@kit_rule(
    Rule(
        "R17",
        "Voltage drop of the DC cable",
        "2 × L × I × ρ(70 °C) / S / V × 100 ≤ 3 %, run of 30 m",
        "ABNT NBR 16690 and practice: 1 to 3 %",
        Severity.WARNING,
        False,
        "WARN above the limit",
    ),
    CABLED,
)
def cable_drop(rule: Rule, case: Case) -> Iterator[Finding]:
    """Drop over an assumed run at 70 °C conductor temperature, for one string. 30 m, 13 A, 6 mm² at 20 °C: 2.33 V."""
    kit = case.kit
    if not kit.has_strings or not kit.panels:
        return
    inputs = Inputs()
    cable = _dc_cable(case)
    if cable is None:
        return
    array = _laid_out(case, inputs)
    inputs.note("cable_run_m", case.bands.cable_run_m, "m", "default")
    section = inputs.number(cable, "section_mm2")
    panel = kit.panels[0].article
    current, volts = inputs.number(panel, "imp_a"), inputs.number(panel, "vmp_v")
    if inputs.missing or array is None:
        yield rule.unknown(inputs, part_sku=cable.sku)
        return
    series = min(shortest for _, shortest, _ in array.strings)
    drop = cable_drop_v(case.bands.cable_run_m, current, section, conductor_c=HOT_CONDUCTOR_C)
    value = drop / (series * volts) * 100
    more = {"run": case.bands.cable_run_m, "section": section}
    yield at_most(rule, inputs, value, case.bands.cable_drop_percent, "%", Outcome.WARN, "cable_drop", **more)


@kit_rule(
    Rule(
        "R17b",
        "Current of the DC cable",
        "rated current ≥ 1.25 × Isc",
        "ABNT NBR 16612; IEC 62548",
        Severity.WARNING,
        False,
        "WARN below it",
    ),
    CABLED,
)
def cable_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """One string on each cable. Only for cables with a rated current on record."""
    kit = case.kit
    if not kit.has_strings or len(kit.panels) != 1:
        return
    inputs = Inputs()
    cable = _dc_cable(case)
    if cable is None or "rated_current_a" not in cable.specifications:
        return
    rated, isc = inputs.number(cable, "rated_current_a"), inputs.number(kit.panels[0].article, "isc_a")
    if inputs.missing:
        yield rule.unknown(inputs, part_sku=cable.sku)
        return
    yield at_least(rule, inputs, rated, SHORT_CIRCUIT_FACTOR * isc, "A", Outcome.WARN, "cable_current")
