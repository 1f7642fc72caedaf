"""What a kit saves on the bill under Lei 14.300/2022, when it has paid for itself, and the CO2 it avoids. Money in Decimal R$.

Group B, compensation. GD I: connection requested up to 7 January 2023. GD II: later. GD III is not computed: what it charges
(Fio A, TFSEE, R&D) is not in the tariffs at hand.
"""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from products.rules.generation import share_left
from products.rules.pricing import to_cents

# Share of Fio B that is charged on compensated energy (Lei 14.300/2022, art. 27).
FIO_B_SHARE = MappingProxyType({
    2023: Decimal("0.15"), 2024: Decimal("0.30"), 2025: Decimal("0.45"), 2026: Decimal("0.60"), 2027: Decimal("0.75"),
    2028: Decimal("0.90"),
})  # fmt: skip
# From 2029 on ANEEL's rule under art. 17 decides; nobody knows it yet. 90 % is 2028's share kept, 100 % all of it.
FIO_B_LATER = (Decimal("0.90"), Decimal("1.00"))
GD_I_UNTIL = 2045

# kWh billed at least, by phases (REN ANEEL 1.000/2021, art. 291).
AVAILABILITY_KWH = MappingProxyType({1: Decimal(30), 2: Decimal(50), 3: Decimal(100)})

# Mean factor of the interconnected grid, tCO2/MWh, by year (MCTI, inventory factor; the marginal CDM factor is another number).
SIN_FACTOR = MappingProxyType({2011: 0.0292, 2023: 0.0385})
SIN_SOURCE = "MCTI, mean factor of the SIN for inventories"
YEARS = 25


@dataclass(frozen=True, slots=True)
class Tariff:
    """Energy prices in R$/kWh. ANEEL publishes them without taxes and in R$/MWh.

    Attributes:
        te, tusd: components.
        fio_b: the part of TUSD that is Fio B; None when it is not known, then only the range of nothing to all of TUSD is.
        taxes: ICMS, PIS and COFINS together, as a share of the final price (0.25 for 25 %).
        source: distributor, resolution, day.
    """

    te: Decimal
    tusd: Decimal
    fio_b: Decimal | None = None
    taxes: Decimal = Decimal(0)
    source: str = ""

    @property
    def full(self) -> Decimal:
        """(TE + TUSD) / (1 - taxes)."""
        return (self.te + self.tusd) / (1 - self.taxes)

    def fio_b_range(self) -> tuple[Decimal, Decimal]:
        """Fio B with taxes, lowest and highest."""
        low, high = (self.fio_b, self.fio_b) if self.fio_b is not None else (Decimal(0), self.tusd)
        return low / (1 - self.taxes), high / (1 - self.taxes)


@dataclass(frozen=True, slots=True)
class Use:
    """How the energy is used.

    Attributes:
        consumption_kwh: of a year.
        simultaneity: share of the generation used at once, 0.3 in homes, 0.5 in commerce.
        phases: of the connection, for the least that is billed.
        connected_in: year the system starts; later years follow.
        modality: "GD_I" or "GD_II".
    """

    consumption_kwh: Decimal
    simultaneity: Decimal = Decimal("0.30")
    phases: int = 1
    connected_in: int = 2026
    modality: str = "GD_II"


@dataclass(frozen=True, slots=True)
class Payback:
    """Years until the savings have paid the price: best and worst case; None when they never do within 25 years."""

    best_years: Decimal | None
    worst_years: Decimal | None
    first_year_low_brl: Decimal
    first_year_high_brl: Decimal
    total_low_brl: Decimal
    total_high_brl: Decimal


def fio_b_share(year: int, modality: str = "GD_II") -> tuple[Decimal, Decimal]:
    """Lowest and highest share of Fio B charged in a year; the same twice while the law says it.

    Raises:
        ValueError: another modality.
    """
    if modality == "GD_I" and year <= GD_I_UNTIL:
        return Decimal(0), Decimal(0)
    if modality not in {"GD_I", "GD_II"}:
        raise ValueError(f"Expected GD_I or GD_II, found {modality!r}: other modalities are not computed.")
    if year < min(FIO_B_SHARE):
        return Decimal(0), Decimal(0)
    known = FIO_B_SHARE.get(year)
    return (known, known) if known is not None else FIO_B_LATER


def credit_value(tariff: Tariff, share: Decimal) -> Decimal:
    """Worth of a compensated kWh: T_full - share * Fio B.

    TE 0.30, TUSD 0.38, Fio B 0.22: 0.647 in 2023, 0.614, 0.581, 0.548, 0.515, 0.482 in 2028.
    """
    return tariff.full - share * tariff.fio_b_range()[1]


def yearly_saving(generation_kwh: Decimal, tariff: Tariff, use: Use, year: int) -> tuple[Decimal, Decimal]:
    """Lowest and highest saving of a year (R$, cents).

    Used at once: E_self = s * E, saves T_full. The rest is injected and compensated up to what is still consumed, and pays the
    share of Fio B. The bill is at least the availability cost, which is compared with it, not added (Lei 14.300/2022).
    """
    at_once = min(use.simultaneity * generation_kwh, use.consumption_kwh)
    compensated = min(generation_kwh - at_once, use.consumption_kwh - at_once)
    bought = use.consumption_kwh - at_once - compensated
    least = 12 * AVAILABILITY_KWH[use.phases] * tariff.full
    before = max(use.consumption_kwh * tariff.full, least)
    shares, fio_b = fio_b_share(year, use.modality), tariff.fio_b_range()
    bills = [max(bought * tariff.full + compensated * share * wire, least) for share, wire in zip(shares, fio_b, strict=True)]
    return to_cents(before - max(bills)), to_cents(before - min(bills))


def payback(
    price_brl: Decimal,
    generation_kwh: tuple[Decimal, Decimal],
    tariff: Tariff,
    use: Use,
    *,
    maintenance_brl: Decimal = Decimal(0),
) -> Payback:
    """Simple payback over 25 years with degradation, as a range.

    Args:
        price_brl: all that is paid at the start.
        generation_kwh: lowest and highest generation of the first year.
        maintenance_brl: a year.
    """
    low, high = [], []
    for year in range(1, YEARS + 1):
        left = Decimal(str(share_left(year)))
        calendar = use.connected_in + year - 1
        low.append(yearly_saving(generation_kwh[0] * left, tariff, use, calendar)[0] - maintenance_brl)
        high.append(yearly_saving(generation_kwh[1] * left, tariff, use, calendar)[1] - maintenance_brl)
    return Payback(
        _years(price_brl, high),
        _years(price_brl, low),
        low[0],
        high[0],
        to_cents(sum(low, Decimal(0))),
        to_cents(sum(high, Decimal(0))),
    )


def net_present_value(price_brl: Decimal, savings: list[Decimal], rate: Decimal) -> Decimal:
    """Savings of the years (the first a year from now) at a discount rate (0.08 for 8 %), less the price."""
    return to_cents(sum((saving / (1 + rate) ** year for year, saving in enumerate(savings, 1)), Decimal(0)) - price_brl)


def levelised_cost(price_brl: Decimal, first_year_kwh: Decimal, *, maintenance_brl: Decimal = Decimal(0)) -> Decimal | None:
    """R$/kWh over 25 years, not discounted: all costs over all energy; None without energy."""
    energy = sum((first_year_kwh * Decimal(str(share_left(year))) for year in range(1, YEARS + 1)), Decimal(0))
    return ((price_brl + YEARS * maintenance_brl) / energy).quantize(Decimal("0.0001")) if energy > 0 else None


def co2_kg(generation_kwh: float, year: int) -> tuple[float, int]:
    """CO2 avoided (kg) by the grid's mean factor, and the year of the factor: that year's, else the latest one before it.

    70,825 kWh at 2023's 0.0385 t/MWh are 2,726.8 kg.

    Raises:
        ValueError: before the first year with a factor.
    """
    known = [one for one in SIN_FACTOR if one <= year]
    if not known:
        raise ValueError(f"Expected a year from {min(SIN_FACTOR)} on, found {year}.")
    return generation_kwh * SIN_FACTOR[max(known)], max(known)


def _years(price: Decimal, savings: list[Decimal]) -> Decimal | None:
    """When the sum of the savings reaches the price, within a year in proportion; one place."""
    paid = Decimal(0)
    for year, saving in enumerate(savings):
        if saving > 0 and paid + saving >= price:
            return (year + (price - paid) / saving).quantize(Decimal("0.1"))
        paid += saving
    return None
