"""What an invented article is, before it gets its number, price and stock."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `cost` in R$; a None in `specifications` is left out, as a data sheet would."""

    code: str
    category: str
    subcategory: str
    brand: str
    model: str
    name: str
    specifications: dict[str, object]
    cost: Decimal


def brazilian(value: float) -> str:
    """7.5 -> "7,5"; 10.0 -> "10"."""
    return f"{value:g}".replace(".", ",")
