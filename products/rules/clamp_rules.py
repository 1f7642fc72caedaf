"""R15d: clamps that hold the modules on their rails."""

from collections.abc import Iterator

from products.rules.findings import Finding, Outcome, Severity
from products.rules.inputs import Inputs
from products.rules.kit_facts import Case
from products.rules.registry import Rule, kit_rule
from products.rules.scope import FASTENED

CLAMPS = ("mid_clamp", "end_clamp")
CLAMPS_OF_A_ROW = 4


@kit_rule(
    Rule(
        "R15d",
        "Clamps for every module",
        "mid clamps ≥ 2 × (n − r), end clamps ≥ 4 × r; r = rows the end clamps are enough for",
        "Practice: two rails, two clamps between neighbours, four at the ends of a row",
        Severity.WARNING,
        False,
        "WARN when the clamps listed are too few; kits that list no clamps are not looked at",
    ),
    FASTENED,
)
def clamps(rule: Rule, case: Case) -> Iterator[Finding]:
    """10 modules in 2 rows take 16 mid and 8 end clamps.

    More rows take fewer mid clamps, so as many rows are assumed as the end clamps are enough for.
    """
    kit = case.kit
    held = kit.of("STRUCTURE", "FIXING_KIT", "ACCESSORY")
    listed = [(part, part.article.specifications.get("purpose")) for part in held]
    if not kit.panels or not any(purpose in CLAMPS for _part, purpose in listed):
        return
    inputs, found = Inputs(), dict.fromkeys(CLAMPS, 0.0)
    modules = sum(inputs.quantity(part, "modules") for part in kit.panels)
    for part, purpose in listed:
        if purpose in CLAMPS:
            pieces = inputs.optional(part.article, "pieces") or 1
            found[purpose] += inputs.quantity(part, f"{purpose}s") * pieces
    if inputs.missing or not modules:
        yield rule.unknown(inputs)
        return
    rows = min(max(int(found["end_clamp"]) // CLAMPS_OF_A_ROW, 1), modules)
    need, ends = 2 * (modules - rows), CLAMPS_OF_A_ROW * rows
    sound = found["mid_clamp"] >= need and found["end_clamp"] >= ends
    yield rule.finding(
        Outcome.PASS if sound else Outcome.WARN,
        "clamps_ok" if sound else "clamps_few",
        inputs,
        params={
            "mids": found["mid_clamp"],
            "ends": found["end_clamp"],
            "modules": modules,
            "rows": rows,
            "need": need,
            "need_ends": ends,
        },
        value=found["mid_clamp"] + found["end_clamp"],
        limit=need + ends,
    )
