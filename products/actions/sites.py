"""Temperatures and irradiation of places, from the table where a person set them, else the documented defaults."""

from products.models import SiteConditions
from products.rules.generation import NATIONAL, Irradiation
from products.rules.kit_facts import Site

COUNTRY = "BR"
DEFAULT = Site(source="default: 0 °C and 70 °C (docs/kit-rules.md)")


def national_site() -> Site:
    """What kits are checked at: they are sold everywhere, so the country's row or the default."""
    return site_at(COUNTRY)


def site_at(*codes: str) -> Site:
    """Temperatures by the first of the places that says them; the country and the default come last.

    Args:
        codes: from the smallest place to the largest: municipality's IBGE code, state.
    """
    wanted = [*codes, *(() if COUNTRY in codes else (COUNTRY,))]
    rows = {row.code: row for row in SiteConditions.objects.filter(code__in=wanted)}
    chosen = [rows[code] for code in wanted if code in rows]
    coldest = next((row for row in chosen if row.min_ambient_c is not None), None)
    hottest = next((row for row in chosen if row.max_cell_c is not None), None)
    if coldest is None and hottest is None:
        return DEFAULT
    sources = [f"{row.code}: {row.temperature_source}" for row in (coldest, hottest) if row is not None]
    minimum = DEFAULT.min_ambient_c if coldest is None or coldest.min_ambient_c is None else float(coldest.min_ambient_c)
    maximum = DEFAULT.max_cell_c if hottest is None or hottest.max_cell_c is None else float(hottest.max_cell_c)
    return Site(minimum, maximum, min(DEFAULT.cold_region_c, minimum), "; ".join(dict.fromkeys(sources)))


def irradiation_at(*codes: str) -> Irradiation:
    """Irradiation of the first of the places that has it; the country and the national range come last.

    Args:
        codes: from the smallest place to the largest: municipality's IBGE code, state.
    """
    wanted = [*codes, *(() if COUNTRY in codes else (COUNTRY,))]
    rows = {row.code: row for row in SiteConditions.objects.filter(code__in=wanted, irradiation_kwh_m2_day__isnull=False)}
    for code in wanted:
        row = rows.get(code)
        if row is not None and row.irradiation_kwh_m2_day:
            uncertainty = NATIONAL.uncertainty_percent if row.uncertainty_percent is None else float(row.uncertainty_percent)
            months = tuple(float(value) for value in row.irradiation_kwh_m2_day)
            return Irradiation(months, uncertainty, row.irradiation_source, row.irradiation_licence, row.code)
    return NATIONAL
