"""The tables that the draws of demo units are looked up in; a few megabytes, made once."""

from functools import lru_cache

import polars as pl

from pipeline.demo.distributions import CLASSES, COMPANY_COUNT, date_table, power_table
from pipeline.demo.draws import cnpj_with_check_digits, slots
from pipeline.demo.places import places

# Eight digits of the company, then the branch: no company reaches this many branches, so none of the numbers is a real one.
FIRST_COMPANY = 90_000_000
BRANCH = 9001


class Lookups:
    """Places, classes, powers, dates and companies as columns to gather from."""

    def __init__(self) -> None:
        self.places, weights = places()
        self.place_slots = slots(weights)
        self.class_slots = slots([profile.weight for profile in CLASSES])
        self.classes = pl.DataFrame(
            {
                "class_code": [profile.code for profile in CLASSES],
                "class_name": [profile.name for profile in CLASSES],
                "company_share": pl.Series([profile.company_share for profile in CLASSES], dtype=pl.UInt32),
                "first": pl.Series([profile.first for profile in CLASSES], dtype=pl.UInt32),
                "companies": pl.Series([profile.companies for profile in CLASSES], dtype=pl.UInt64),
                "low_voltage_subgroup": [profile.subgroup for profile in CLASSES],
            }
        )
        self.powers = pl.Series([power for profile in CLASSES for power in power_table(profile.power_kw)], dtype=pl.Int64)
        self.dates = pl.Series(date_table(), dtype=pl.Date)
        company = pl.DataFrame({"i": pl.int_range(COMPANY_COUNT, dtype=pl.Int64, eager=True)})
        base = (FIRST_COMPANY + pl.col("i") * 97) * 10_000 + BRANCH
        self.company_cnpj = company.select(cnpj_with_check_digits(base)).to_series()
        self.company_names = pl.Series([f"DEMONSTRAÇÃO {_word(i)} {i:05} LTDA" for i in range(COMPANY_COUNT)])


def _word(company: int) -> str:
    """The line of business of an invented company, by its number."""
    return next((p.word for p in CLASSES if p.word and p.first <= company < p.first + p.companies), "SERVIÇOS")


@lru_cache(maxsize=1)
def lookups() -> Lookups:
    """The tables; the same for every seed and file."""
    return Lookups()
