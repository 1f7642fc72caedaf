"""What a kit gives, costs, saves and avoids at a place, for pages and programs. Computed when asked; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from products.actions.sites import irradiation_at
from products.models import SolarKit
from products.rules.generation import PERFORMANCE_RATIO, Generation, coverage_percent, estimate
from products.rules.pricing import price_per_wp, regional_price
from products.rules.savings import SIN_SOURCE, Payback, Tariff, Use, co2_kg, levelised_cost, payback

DATA_YEAR = 2026


@dataclass(frozen=True, slots=True)
class KitSummary:
    """A kit at a place.

    Attributes:
        place: code of the place the irradiation is of: BR, a state, a municipality.
        generation: with range, source and uncertainty.
        coverage_percent: of the consumption given; None without one.
        price_brl: in the state, adjustments included; None without a price.
        co2_kg_year, co2_factor_year: avoided, and the year of the factor, which may be older than the year asked for.
        payback: range of years; None without price, tariff or consumption: see `missing`.
        levelised_brl_kwh: price over the energy of 25 years.
        missing: what could not be computed for lack of: price, tariff, consumption, fio_b.
    """

    kit_id: str
    place: str
    generation: Generation
    coverage_percent: float | None
    price_brl: Decimal | None
    price_per_wp_brl: Decimal | None
    co2_kg_year: float
    co2_factor_year: int
    co2_source: str
    payback: Payback | None
    levelised_brl_kwh: Decimal | None
    missing: tuple[str, ...]


def kit_summary(
    kit: SolarKit,
    *,
    state: str = "",
    municipality: str = "",
    consumption_kwh_month: Decimal | None = None,
    tariff: Tariff | None = None,
    use: Use | None = None,
    ratio: float = PERFORMANCE_RATIO,
    year: int = DATA_YEAR,
) -> KitSummary:
    """Everything that can be told of a kit at a place from what is known; what cannot is None and named in `missing`.

    Args:
        kit: with `power_kwp`, `total_price`, `regional_adjustments`.
        state: two letters; sets irradiation and price adjustment.
        municipality: IBGE code; sets irradiation where it is known.
        consumption_kwh_month: to cover and to save on.
        tariff: of the distributor, in R$/kWh; read it where tariffs are known and pass its numbers.
        use: simultaneity, phases, year of connection; its consumption is set from `consumption_kwh_month`.
        ratio: performance ratio.
        year: for the CO2 factor.
    """
    sun = irradiation_at(*(code for code in (municipality, state) if code))
    generation = estimate(float(kit.power_kwp), sun, ratio=ratio)
    adjustments: Mapping[str, float] = kit.regional_adjustments if isinstance(kit.regional_adjustments, dict) else {}
    price = None if kit.total_price is None else regional_price(kit.total_price, adjustments, state)
    co2, factor_year = co2_kg(generation.year, year)
    missing = tuple(
        name for name, value in (("price", price), ("tariff", tariff), ("consumption", consumption_kwh_month)) if value is None
    )
    if tariff is not None and tariff.fio_b is None:
        missing = (*missing, "fio_b")
    years = None
    if price is not None and tariff is not None and consumption_kwh_month is not None:
        given = use or Use(Decimal(0), connected_in=year)
        used = Use(consumption_kwh_month * 12, given.simultaneity, given.phases, given.connected_in, given.modality)
        energy = Decimal(str(generation.low)), Decimal(str(generation.high))
        years = payback(price, energy, tariff, used)
    return KitSummary(
        kit.kit_id,
        sun.place,
        generation,
        None if consumption_kwh_month is None else coverage_percent(generation.month, float(consumption_kwh_month)),
        price,
        None if price is None else price_per_wp(price, kit.power_kwp),
        co2,
        factor_year,
        SIN_SOURCE,
        years,
        None if price is None else levelised_cost(price, Decimal(str(generation.year))),
        missing,
    )
