"""A value against a limit, as a finding."""

from products.rules.findings import Finding, Message, Outcome, margin_above, margin_below
from products.rules.inputs import Inputs
from products.rules.registry import Rule


def at_most(
    rule: Rule, inputs: Inputs, value: float, limit: float, unit: str, bad: Outcome, code: str, **more: object
) -> Finding:
    """PASS up to the limit, else `bad`; message codes `code`_ok and `code`_over, with `more` as further parameters."""
    params = {"value": value, "limit": limit, **more}
    outcome, ending, fix = Outcome.PASS, "ok", None
    if value > limit:
        outcome, ending = bad, "over"
        if params.get("most"):
            fix = Message("fewer_in_series", {"most": params["most"]})
    margin = margin_below(value, limit)
    return rule.finding(
        outcome, f"{code}_{ending}", inputs, params=params, fix=fix, value=value, limit=limit, margin_percent=margin, unit=unit
    )


def at_least(
    rule: Rule, inputs: Inputs, value: float, limit: float, unit: str, bad: Outcome, code: str, **more: object
) -> Finding:
    """PASS from the limit on, else `bad`; message codes `code`_ok and `code`_under."""
    params = {"value": value, "limit": limit, **more}
    outcome, ending, fix = Outcome.PASS, "ok", None
    if value < limit:
        outcome, ending = bad, "under"
        if params.get("least"):
            fix = Message("more_in_series", {"least": params["least"]})
    margin = margin_above(value, limit)
    return rule.finding(
        outcome, f"{code}_{ending}", inputs, params=params, fix=fix, value=value, limit=limit, margin_percent=margin, unit=unit
    )
