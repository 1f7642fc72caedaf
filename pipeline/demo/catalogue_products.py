"""Invented articles of the demo catalogue: real brands, invented models and SKUs. Pure data, written by `catalogue`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from pipeline.demo import catalogue_generators as generators
from pipeline.demo import catalogue_parts as parts
from pipeline.demo.catalogue_article import Article

# The order in which articles are made: whoever asks for few gets the parts of a kit first.
PATTERN = (
    *("panel", "string", "structure", "red_cable", "black_cable", "connector", "protection", "micro"),
    *("panel", "string", "three_phase", "structure", "hybrid", "battery", "string_box", "panel"),
    *("string", "structure", "three_phase", "micro", "controller", "off_grid", "charger", "panel"),
    *("string", "three_phase", "structure", "panel", "trunk", "meter", "string", "string_box"),
    *("panel", "three_phase", "battery", "structure", "string", "panel", "ac_cable", "micro"),
)
SMALLEST_CATALOGUE = 8  # articles that a kit needs


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One article. `kind` is an entry of `PATTERN`; money in R$, powers in the units of the specification's names."""

    sku: str
    kind: str
    category: str
    subcategory: str
    brand: str
    model: str
    name: str
    specifications: dict[str, object]
    cost_price: Decimal
    sale_price: Decimal
    stock_quantity: int | None
    status: str

    def number(self, name: str) -> float:
        """A numeric attribute of the specification.

        Raises:
            KeyError: the article does not have it.
        """
        return float(str(self.specifications[name]))


def demo_products(count: int, seed: int) -> list[DemoProduct]:
    """The first `count` articles of a seed; fewer are the beginning of more."""
    return list(_made(count, seed))


def _made(count: int, seed: int) -> Iterator[DemoProduct]:
    made: dict[str, int] = {}
    for number in range(count):
        kind = PATTERN[number % len(PATTERN)]
        position = made.get(kind, 0)
        made[kind] = position + 1
        random = Random(f"{seed}:product:{number}")  # noqa: S311  (demo data, not a secret)
        article = _MAKERS[kind](random, position)
        cost = article.cost.quantize(Decimal("0.01"))
        markup = Decimal(random.randrange(18, 42)) / 100
        specifications = {name: value for name, value in article.specifications.items() if value is not None}
        stock = random.choice([None, 0, *range(3, 120, 7)])
        yield DemoProduct(
            sku=f"DEMO-{article.code}-{number + 1:04}",
            kind=kind,
            category=article.category,
            subcategory=article.subcategory,
            brand=article.brand,
            model=article.model,
            name=article.name,
            specifications=specifications,
            cost_price=cost,
            sale_price=(cost * (1 + markup)).quantize(Decimal("0.01")),
            stock_quantity=stock,
            status="OUT_OF_STOCK" if stock == 0 else "ACTIVE",
        )


_MAKERS: dict[str, Callable[[Random, int], Article]] = {
    "panel": generators.panel,
    "string": generators.string,
    "three_phase": generators.three_phase,
    "micro": generators.micro,
    "hybrid": generators.hybrid,
    "off_grid": generators.off_grid,
    "battery": parts.battery,
    "structure": parts.structure,
    "red_cable": parts.cable("red", "vermelho"),
    "black_cable": parts.cable("black", "preto"),
    "ac_cable": parts.other_cable("ac", "CA", 50, 10),
    "trunk": parts.other_cable("trunk", "tronco para microinversor", 3, 4),
    "connector": parts.accessory(
        "connector", "Conector MC4 par macho e fêmea", parts.PARTS_BRAND, 9, pieces=1, rated_voltage_v=1500, rated_current_a=35
    ),
    "protection": parts.accessory(
        "protection", "Proteção CA com disjuntor e DPS", parts.PROTECTION_BRAND, 260, rated_voltage_v=275, rated_current_a=63
    ),
    "meter": parts.accessory("meter", "Medidor inteligente monofásico", "Growatt", 690, rated_voltage_v=220, rated_current_a=63),
    "string_box": parts.string_box,
    "charger": parts.charger,
    "controller": parts.controller,
}
