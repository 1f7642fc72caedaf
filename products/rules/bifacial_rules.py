"""R08b and R13f: what the light behind a bifacial module adds to its short-circuit current."""

from collections.abc import Iterator

from products.rules.comparisons import at_most
from products.rules.findings import Finding, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Article, Case
from products.rules.micro_rules import each_pair
from products.rules.registry import Rule, kit_rule
from products.rules.scope import GENERATORS, PAIRS
from products.rules.string_limits import Array, Pairing, design_isc
from products.rules.string_rules import Strings, each_inverter


def rear_gain(panel: Article, inputs: Inputs, case: Case) -> float:
    """How much a bifacial module's Isc grows by the light behind it: bifaciality x rear irradiance ratio; NaN when not known."""
    ratio = case.bands.rear_irradiance_percent
    inputs.note("rear_irradiance_percent", ratio, "%", "default")
    return inputs.number(panel, "bifaciality_percent") / 100 * ratio / 100


@kit_rule(
    Rule(
        "R08b",
        "Short-circuit current of bifacial modules",
        "as R08, Isc × (1 + φ × Grear), Grear = 13.5 %",
        "IEC 62548-1: rear irradiance of bifacial modules; inverter data sheet",
        Severity.WARNING,
        False,
        "WARN above the inverter's limit; UNKNOWN when it is not stated whether the module is bifacial, or how much",
    ),
    GENERATORS,
)
def bifacial_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """Np * 1.25 * Isc * (1 + phi * G_rear) <= Isc_max; with phi * G_rear = 0.1 the factor is the published 1.375."""

    def answer(rule: Rule, case: Case, array: Array, pairing: Pairing, strings: Strings) -> Finding:
        inputs, inverter = Inputs(), pairing.inverter.article
        inputs.flag(array.panel, "bifacial")
        inputs.note("strings_per_mppt", strings[2], "", "layout")
        string = design_isc(array.panel, inverter, inputs) * (1 + rear_gain(array.panel, inputs, case))
        limit = inputs.number(inverter, "max_short_circuit_current_per_mppt_a")
        if inputs.missing:
            return rule.unknown(inputs)
        return at_most(rule, inputs, strings[2] * string, limit, "A", Outcome.WARN, "bifacial_current", parallel=strings[2])

    if all(part.article.specifications.get("bifacial") is False for part in case.kit.panels):
        return iter(())
    return each_inverter(rule, case, answer)


@kit_rule(
    Rule(
        "R13f",
        "Short-circuit current of a bifacial module on a microinverter",
        "as R13b, Isc × (1 + φ × Grear), Grear = 13.5 %",
        "IEC 62548-1: rear irradiance of bifacial modules; microinverter data sheet",
        Severity.WARNING,
        False,
        "WARN above the input's limit; UNKNOWN when it is not stated whether the module is bifacial, or how much",
    ),
    PAIRS,
)
def micro_bifacial_current(rule: Rule, case: Case) -> Iterator[Finding]:
    """1.25 * Isc * (1 + phi * G_rear) <= Isc_max of the input."""
    for panel, micro, subject in each_pair(case):
        inputs = Inputs()
        if inputs.flag(panel, "bifacial") is False:
            continue
        value = design_isc(panel, micro, inputs) * (1 + rear_gain(panel, inputs, case))
        limit = inputs.number(micro, "max_short_circuit_current_per_mppt_a")
        if inputs.missing:
            yield rule.unknown(inputs, subject=subject, part_sku=micro.sku)
            continue
        finding = at_most(rule, inputs, value, limit, "A", Outcome.WARN, "bifacial_current", parallel=1)
        yield finding._replace(subject=subject, part_sku=micro.sku)
