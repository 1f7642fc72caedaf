"""Prices of kits. Decimal throughout; each step that makes a price rounds it to cents, halves up (as invoices do)."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def to_cents(amount: Decimal) -> Decimal:
    """R$ with two places, halves away from zero: 0.125 is 0.13."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def price_by_markup(cost_brl: Decimal, markup_percent: Decimal) -> Decimal:
    """cost * (1 + markup / 100): what is added on top of the cost."""
    return to_cents(cost_brl * (1 + markup_percent / HUNDRED))


def price_by_margin(cost_brl: Decimal, margin_percent: Decimal) -> Decimal:
    """cost / (1 - margin / 100): the margin is a share of the price. 20 % on R$ 8,000.00 are R$ 10,000.00.

    Raises:
        ValueError: a margin of 100 % or more, for which there is no price.
    """
    if margin_percent >= HUNDRED:
        raise ValueError(f"Expected a margin below 100 %, found {margin_percent} %.")
    return to_cents(cost_brl / (1 - margin_percent / HUNDRED))


def margin_of(price_brl: Decimal, cost_brl: Decimal) -> Decimal | None:
    """The margin in percent of the price, two places; None for a price of 0."""
    return to_cents((price_brl - cost_brl) / price_brl * HUNDRED) if price_brl else None


def total_price(kit_brl: Decimal, installation_brl: Decimal | None = None, documentation_brl: Decimal | None = None) -> Decimal:
    """Kit, installation and documentation; what is not charged counts as 0."""
    return to_cents(kit_brl + (installation_brl or 0) + (documentation_brl or 0))


def regional_price(price_brl: Decimal, adjustments: Mapping[str, float], state: str) -> Decimal:
    """The price in a state: percent of the kit's adjustments, 0 where none is given. {"AM": 12.5}: R$ 100.00 are R$ 112.50."""
    percent = Decimal(str(adjustments.get(state, 0)))
    return to_cents(price_brl * (1 + percent / HUNDRED))


def price_per_wp(price_brl: Decimal, kwp: Decimal) -> Decimal | None:
    """R$/Wp with four places; None without power."""
    if kwp <= 0:
        return None
    return (price_brl / (kwp * 1000)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
