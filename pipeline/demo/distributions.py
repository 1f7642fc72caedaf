"""How demo units are spread over classes, powers and dates, after ANEEL's units of 2026-06 (2,393,981 units of 18 states)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

MICRO_LIMIT_CENTI_KW = 75_00  # Lei 14.300/2022, art. 1º, XI: microgeneration up to 75 kW
LARGEST_CENTI_KW = 5_000_00

# Powers that stand out in the real data because they are inverter ratings, kW.
RATINGS_KW = (
    *(0.6, 1, 1.5, 2, 3, 3.3, 3.6, 4, 4.4, 4.5, 5, 6, 7, 7.5, 8, 9, 10, 12, 15, 18, 20, 25, 30, 33, 36, 40, 50, 60, 75),
    *(100, 110, 112.5, 125, 150, 200, 250, 300, 375, 400, 500, 600, 750, 1000, 1250, 1500, 2000, 2500, 3000, 5000),
)


@dataclass(frozen=True, slots=True)
class ClassProfile:
    """One consumer class as ANEEL writes it.

    Attributes:
        code, name: CodClasseConsumo and DscClasseConsumo.
        weight: real count of units.
        company_share: how many of 10,000 holders are companies.
        subgroup: tariff subgroup of units connected at low voltage.
        word, first, companies: the invented companies' word and their block of numbers.
        power_kw: quantiles of the installed power, (probability, kW).
    """

    code: str
    name: str
    weight: int
    company_share: int
    subgroup: str
    word: str
    first: int
    companies: int
    power_kw: tuple[tuple[float, float], ...]


_HOME = (
    (0, 0.2),
    (0.01, 0.6),
    (0.05, 2.24),
    (0.25, 4),
    (0.5, 5),
    (0.75, 8),
    (0.95, 16.97),
    (0.99, 47.25),
    (0.9997, 75),
    (1, 600),
)
_FARM = ((0, 0.2), (0.01, 0.58), (0.05, 3), (0.25, 5), (0.5, 8), (0.75, 15), (0.95, 74.7), (0.99, 75), (0.9902, 80), (1, 2500))
_SHOP = (
    (0, 0.3),
    (0.01, 1.11),
    (0.05, 3.3),
    (0.25, 7.77),
    (0.5, 15),
    (0.75, 30),
    (0.95, 75),
    (0.965, 75),
    (0.9652, 80),
    (0.99, 660),
)
_PLANT = (
    (0, 0.3),
    (0.01, 0.55),
    (0.05, 2.5),
    (0.25, 6),
    (0.5, 15),
    (0.75, 50),
    (0.907, 75),
    (0.9072, 80),
    (0.95, 180),
    (0.99, 1000),
)
_LOW_INCOME = ((0, 1), (0.01, 2), (0.05, 3), (0.25, 4), (0.5, 5.25), (0.75, 6.4), (0.95, 10), (1, 30))
_PUBLIC = (
    (0, 0.5),
    (0.01, 1.5),
    (0.05, 3),
    (0.25, 10),
    (0.5, 26.39),
    (0.75, 52.5),
    (0.929, 75),
    (0.9292, 80),
    (0.99, 375),
    (1, 3000),
)
_SERVICE = ((0, 1.2), (0.05, 3.25), (0.25, 12), (0.5, 36), (0.75, 75), (0.84, 75), (0.8402, 80), (1, 1000))
_LIGHTING = ((0, 2), (0.05, 3), (0.25, 4.5), (0.5, 15), (0.75, 49.5), (0.91, 75), (0.9102, 80), (1, 300))
_OWN = ((0, 2.4), (0.25, 6), (0.4, 75), (0.4002, 80), (0.75, 625), (1, 1375))
_LARGEST = (1, 5000)

CLASSES = (
    ClassProfile("RE", "Residencial", 1_881_246, 238, "B1", "CONDOMÍNIO", 70_000, 10_000, _HOME),
    ClassProfile("RU", "Rural", 243_178, 363, "B2", "AGROPECUÁRIA", 60_000, 10_000, _FARM),
    ClassProfile("CO", "Comercial", 213_780, 4_869, "B3", "COMÉRCIO", 0, 50_000, (*_SHOP, _LARGEST)),
    ClassProfile("IN", "Industrial", 39_016, 4_602, "B3", "INDÚSTRIA", 50_000, 10_000, (*_PLANT, _LARGEST)),
    ClassProfile("RE", "REBR", 8_741, 0, "B1", "", 0, 1, _LOW_INCOME),
    ClassProfile("PP", "Poder Público", 7_644, 8_556, "B3", "ÓRGÃO PÚBLICO", 80_000, 10_000, _PUBLIC),
    ClassProfile("SP", "Serviço Público", 276, 8_804, "B3", "SANEAMENTO", 90_000, 5_000, _SERVICE),
    ClassProfile("IP", "Iluminação pública", 94, 10_000, "B4", "MUNICÍPIO", 95_000, 3_000, _LIGHTING),
    ClassProfile("CP", "Consumo Próprio", 5, 10_000, "B3", "DISTRIBUIDORA", 98_000, 2_000, _OWN),
)
COMPANY_COUNT = 100_000

# Units connected in each year; 2026 up to the end of June.
UNITS_BY_YEAR = {
    2012: 6,
    2013: 30,
    2014: 167,
    2015: 860,
    2016: 4_220,
    2017: 8_285,
    2018: 21_139,
    2019: 73_601,
    2020: 128_883,
    2021: 248_931,
    2022: 415_234,
    2023: 356_531,
    2024: 478_912,
    2025: 499_764,
    2026: 157_400,
}
LAST_CONNECTION = date(2026, 6, 30)

POWER_SLOTS = 4096
DATE_SLOTS = 1 << 14


def power_table(quantiles: Sequence[tuple[float, float]], size: int = POWER_SLOTS) -> list[int]:
    """`size` equally likely powers in hundredths of a kW: interpolated between the quantiles, two of three at a rating.

    A power never crosses the limit of microgeneration by being moved to a rating.
    """
    table = []
    for slot in range(size):
        power_kw = _interpolated(quantiles, (slot + 0.5) / size)
        exact = min(max(1, round(power_kw * 100)), LARGEST_CENTI_KW)
        if slot % 3:
            rating = round(min(RATINGS_KW, key=lambda kw: (abs(math.log(kw / power_kw)), kw)) * 100)
            if (rating > MICRO_LIMIT_CENTI_KW) == (exact > MICRO_LIMIT_CENTI_KW):
                exact = rating
        table.append(exact)
    return table


def _interpolated(quantiles: Sequence[tuple[float, float]], probability: float) -> float:
    """Geometric between two quantiles."""
    for (low_p, low), (high_p, high) in pairwise(quantiles):
        if probability <= high_p:
            return low * (high / low) ** ((probability - low_p) / (high_p - low_p))
    return quantiles[-1][1]


def date_table(size: int = DATE_SLOTS) -> list[date]:
    """`size` equally likely connection dates from 2012 to `LAST_CONNECTION`, spread evenly within each year."""
    total = sum(UNITS_BY_YEAR.values())
    table: list[date] = []
    cumulated = 0
    for year, count in UNITS_BY_YEAR.items():
        cumulated += count
        slots = max(1, round(size * cumulated / total) - len(table))
        days = (min(date(year, 12, 31), LAST_CONNECTION) - date(year, 1, 1)).days + 1
        table.extend(date(year, 1, 1) + timedelta(days=slot * days // slots) for slot in range(slots))
    return table[-size:]
