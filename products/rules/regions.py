"""Price adjustments by state."""

from collections.abc import Mapping

# ISO 3166-2:BR, without the prefix.
STATES = frozenset({
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ", "RN", "RO",
    "RR", "RS", "SC", "SE", "SP", "TO",
})  # fmt: skip


def regional_adjustment_faults(adjustments: object) -> list[str]:
    """What is wrong with a map of price adjustments.

    Args:
        adjustments: percent of the price by state, {"SP": 0, "AM": 12.5}; a discount is negative, above -100.

    Returns:
        The offending entries as text, in order; empty when the map is sound.
    """
    if not isinstance(adjustments, Mapping):
        return [repr(adjustments)]
    faults = []
    for state, percent in adjustments.items():
        number = isinstance(percent, int | float) and not isinstance(percent, bool)
        if state not in STATES or not number or not -100 < percent < float("inf"):
            faults.append(f"{state}: {percent!r}")
    return faults
