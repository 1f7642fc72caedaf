"""How much energy a kit gives, from irradiation and losses. Energy in kWh, power in kWp, irradiation in kWh/m² a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PERFORMANCE_RATIO = 0.80

# PVWatts' default losses in percent (pvlib.pvsystem.pvwatts_losses); the inverter's own efficiency comes on top.
PVWATTS_LOSSES: Mapping[str, float] = MappingProxyType({
    "soiling": 2.0, "shading": 3.0, "snow": 0.0, "mismatch": 2.0, "wiring": 2.0, "connections": 0.5, "lid": 1.5, "nameplate": 1.0,
    "age": 0.0, "availability": 3.0,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Irradiation:
    """What the sun gives in the plane of the modules.

    Attributes:
        months: mean kWh/m² a day, January first (hours of full sun, HSP).
        uncertainty_percent: of the yearly sum, to both sides.
        place: code of the place: BR, a state, a municipality.
    """

    months: tuple[float, ...]
    uncertainty_percent: float
    source: str
    licence: str = ""
    place: str = "BR"


# Systems in Brazil give 1150 to 1750 kWh/kWp a year; the middle at PR 0.80 is 4.966 h of full sun, and the band is +-20.7 %.
NATIONAL = Irradiation(
    (1450 / 365 / PERFORMANCE_RATIO,) * 12,
    20.7,
    "national range of 1150 to 1750 kWh/kWp a year, the same every month; load irradiation of the place for a real estimate",
)


@dataclass(frozen=True, slots=True)
class Generation:
    """An estimate with its range.

    Attributes:
        months: kWh of each month, January first.
        low, high: yearly kWh at the ends of the irradiation's uncertainty.
        ratio: performance ratio used.
    """

    months: tuple[float, ...]
    low: float
    high: float
    ratio: float
    irradiation: Irradiation

    @property
    def year(self) -> float:
        return sum(self.months)

    @property
    def month(self) -> float:
        """Mean of the months."""
        return self.year / 12


def estimate(kwp: float, irradiation: Irradiation, *, ratio: float = PERFORMANCE_RATIO) -> Generation:
    """E_month = kWp * HSP(month) * days * PR; twelve months are a year.

    Args:
        kwp: power of the modules.
        ratio: performance ratio, 0.75 to 0.82 in practice.

    Raises:
        ValueError: a negative power, a ratio outside 0..1, or not twelve months.
    """
    if kwp < 0 or not 0 < ratio <= 1 or len(irradiation.months) != len(DAYS):
        raise ValueError(f"Expected power >= 0, 0 < PR <= 1 and 12 months; found {kwp}, {ratio}, {len(irradiation.months)}.")
    months = tuple(kwp * sun * days * ratio for sun, days in zip(irradiation.months, DAYS, strict=True))
    off = irradiation.uncertainty_percent / 100
    return Generation(months, sum(months) * (1 - off), sum(months) * (1 + off), ratio, irradiation)


def losses_percent(losses: Mapping[str, float] = PVWATTS_LOSSES) -> float:
    """Losses taken together: 1 - product of (1 - each). PVWatts' defaults give 14.08 %."""
    return (1 - prod(1 - percent / 100 for percent in losses.values())) * 100


def ratio_of_losses(losses: Mapping[str, float] = PVWATTS_LOSSES, *, inverter_efficiency_percent: float = 96.0) -> float:
    """A performance ratio from losses and the inverter's efficiency: 0.825 with PVWatts' defaults. Heat is not in it."""
    return (1 - losses_percent(losses) / 100) * inverter_efficiency_percent / 100


def power_when_hot(kwp: float, irradiance_w_m2: float, cell_c: float, coefficient_pct_per_c: float) -> float:
    """DC power at an instant: G / 1000 * Pdc0 * (1 + g / 100 * (Tc - 25)), in kW."""
    return irradiance_w_m2 / 1000 * kwp * (1 + coefficient_pct_per_c / 100 * (cell_c - 25))


def share_left(year: int, *, first_percent: float = 2.0, later_percent: float = 0.55) -> float:
    """Share of the initial power in a year of operation (1 is the first): loss of the first year, then of each further one."""
    return max(0.0, 1 - (first_percent + later_percent * (year - 1)) / 100) if year > 0 else 1.0


def coverage_percent(generation_kwh: float, consumption_kwh: float) -> float | None:
    """Share of a consumption the generation covers, in percent; None without consumption. May exceed 100."""
    return generation_kwh / consumption_kwh * 100 if consumption_kwh > 0 else None


def mean_by_month(years: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Monthly means over several years or several points."""
    return tuple(sum(month) / len(month) for month in zip(*years, strict=True))
