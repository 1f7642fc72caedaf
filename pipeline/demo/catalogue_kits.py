"""Kits of the demo catalogue, put together from its articles so that they could be built. Pure data, written by `catalogue`.

A string kit's modules form equal strings within the inverter's voltage window; a microinverter kit has one module an input.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from random import Random

from pipeline.demo.catalogue_article import brazilian
from pipeline.demo.catalogue_parts import ROOFS
from pipeline.demo.catalogue_products import SMALLEST_CATALOGUE, DemoProduct

# Of every ten kits: what the inverter is.
MIX = ("string", "micro", "string", "three_phase", "string", "hybrid", "micro", "string", "three_phase", "off_grid")
SYSTEM_TYPES = {"hybrid": "HYBRID", "off_grid": "OFF_GRID"}
# Module voltage at 0 °C and at 70 °C cell temperature against its rating, rounded to the safe side.
COLD_VOC, HOT_VMP = 1.12, 0.85
MONTHLY_KWH_PER_KWP = 115  # about 4.8 h of full sun a day at a performance ratio of 0.8


@dataclass(frozen=True, slots=True)
class DemoComponent:
    product: DemoProduct
    component_type: str
    quantity: int


@dataclass(frozen=True, slots=True)
class DemoKit:
    """One kit. Powers in kW and kWp, money in R$, `consumption` in kWh a month."""

    kit_id: str
    name: str
    description: str
    system_type: str
    voltage_phase: str
    roof_type: str
    power_kwp: Decimal
    inverter_power_kw: Decimal
    kit_cost: Decimal
    installation_cost: Decimal
    documentation_cost: Decimal
    consumption: tuple[Decimal, Decimal]
    target_consumer_class: str
    review_state: str
    components: tuple[DemoComponent, ...]


def demo_kits(count: int, seed: int, products: Sequence[DemoProduct]) -> list[DemoKit]:
    """`count` kits made of `products`.

    Raises:
        ValueError: there are too few articles for a kit.
    """
    if count and len(products) < SMALLEST_CATALOGUE:
        raise ValueError(f"kits: expected at least {SMALLEST_CATALOGUE} products to make them of, found {len(products)}.")
    by_kind: dict[str, list[DemoProduct]] = {}
    for product in products:
        by_kind.setdefault(product.kind, []).append(product)
    return [_kit(number, by_kind, Random(f"{seed}:kit:{number}")) for number in range(count)]  # noqa: S311  (demo data)


def _kit(number: int, by_kind: dict[str, list[DemoProduct]], random: Random) -> DemoKit:
    wanted = MIX[number % len(MIX)]
    kind = wanted if wanted in by_kind and (wanted not in SYSTEM_TYPES or "battery" in by_kind) else "string"
    inverter, panel = random.choice(by_kind[kind]), random.choice(by_kind["panel"])
    inverters = random.randint(1, 6) if kind == "micro" else 1
    panels = inverters * round(inverter.number("mppt_count")) if kind == "micro" else _string_modules(panel, inverter, random)
    structure = random.choice(by_kind["structure"])
    roof = str(structure.specifications["roof_type"])
    components = tuple(
        _components(
            kind, by_kind=by_kind, panel=panel, panels=panels, inverter=inverter, inverters=inverters, structure=structure
        )
    )
    power_kwp = Decimal(str(panel.specifications["power_wp"])) * panels / 1000
    ac_kw = Decimal(str(inverter.specifications["ac_power_kw"])) * inverters
    generation = (power_kwp * MONTHLY_KWH_PER_KWP).quantize(Decimal("0.01"))
    label = f"{inverters} microinversores" if kind == "micro" else f"inversor {brazilian(float(ac_kw))} kW"
    kwp = f"{power_kwp:.2f}".replace(".", ",")
    small = power_kwp <= 15
    return DemoKit(
        kit_id=f"DEMO-KIT-{number + 1:04}",
        name=f"Kit {kwp} kWp {inverter.brand} {label} com {panels} módulos {panel.brand} – {ROOFS[roof]} (demonstração)",
        description=f"Kit de demonstração: {panels} × {panel.name}; {inverters} × {inverter.name}. Dados inventados.",
        system_type=SYSTEM_TYPES.get(kind, "ON_GRID"),
        voltage_phase="TRI_380" if kind == "three_phase" else "MONO_220",
        roof_type=roof,
        power_kwp=power_kwp.quantize(Decimal("0.001")),
        inverter_power_kw=ac_kw.quantize(Decimal("0.001")),
        kit_cost=sum((part.product.cost_price * part.quantity for part in components), Decimal(0)),
        installation_cost=(power_kwp * random.randrange(380, 620)).quantize(Decimal("0.01")),
        documentation_cost=Decimal(random.randrange(600, 1_600, 50)),
        consumption=((generation * Decimal("0.8")).quantize(Decimal("0.01")), generation),
        target_consumer_class="RESIDENTIAL" if small else random.choice(["COMMERCIAL", "INDUSTRIAL", "RURAL"]),
        review_state=random.choices(["PUBLISHED", "IN_REVIEW", "DRAFT"], weights=[8, 1, 1])[0],
        components=components,
    )


def _string_modules(panel: DemoProduct, inverter: DemoProduct, random: Random) -> int:
    """How many modules: equal strings in the inverter's window, as near as possible to the drawn ratio of DC to AC power."""
    wanted = random.uniform(1.05, 1.4) * inverter.number("ac_power_kw") * 1000 / panel.number("power_wp")
    coldest, hottest = panel.number("voc_v") * COLD_VOC, panel.number("vmp_v") * HOT_VMP
    shortest = max(1, ceil(inverter.number("start_voltage_v") / hottest), ceil(inverter.number("mppt_min_v") / hottest))
    longest = floor(min(inverter.number("max_dc_voltage_v"), panel.number("max_system_voltage_v")) / coldest)
    strings = round(inverter.number("mppt_count") * inverter.number("inputs_per_mppt"))
    layouts = [length * parallel for length in range(shortest, longest + 1) for parallel in range(1, strings + 1)]
    return min(layouts, key=lambda modules: (abs(modules - wanted), modules))


def _components(
    kind: str,
    *,
    by_kind: dict[str, list[DemoProduct]],
    panel: DemoProduct,
    panels: int,
    inverter: DemoProduct,
    inverters: int,
    structure: DemoProduct,
) -> Iterator[DemoComponent]:
    yield DemoComponent(panel, "PANEL", panels)
    yield DemoComponent(inverter, "MICROINVERTER" if kind == "micro" else "INVERTER", inverters)
    if kind in SYSTEM_TYPES:
        yield DemoComponent(by_kind["battery"][0], "BATTERY", 2 if kind == "off_grid" else 1)
    yield DemoComponent(structure, "STRUCTURE", ceil(panels / structure.number("module_count")))
    rolls = max(1, ceil(panels / 24))
    yield DemoComponent(by_kind["red_cable"][0], "CABLE", rolls)
    yield DemoComponent(by_kind["black_cable"][0], "CABLE", rolls)
    yield DemoComponent(by_kind["connector"][0], "CONNECTOR", max(4, ceil(panels / 3)))
    yield DemoComponent(by_kind["protection"][0], "PROTECTION", 1)
    if kind == "micro" and "trunk" in by_kind:
        yield DemoComponent(by_kind["trunk"][0], "CABLE", inverters)
