"""The catalogue in figures: kits by review and checks, R$/Wp by power band, completeness, suppliers' freshness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from products.choices import ReviewState

# Lower ends of the bands in kWp, as the list's filter has them.
BANDS = (0.0, 3.0, 5.0, 7.5, 10.0, 20.0, 75.0)


@dataclass(frozen=True, slots=True)
class PriceBand:
    """R$/Wp of the kits on offer from `low` kWp: their number, the tenth, the half and nine tenths of them."""

    low: float
    high: float | None
    count: int
    p10: Decimal
    median: Decimal
    p90: Decimal


@dataclass(frozen=True, slots=True)
class SupplierAge:
    code: str
    name: str
    kits: int
    last_seen: datetime | None


def kits_by_review_and_checks() -> dict[str, dict[str, int]]:
    """Review state -> check state -> kits; every review state is there."""
    counts: dict[str, dict[str, int]] = {state: {} for state in ReviewState.values}
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_state, check_state, count(*) FROM products.solar_kits GROUP BY 1, 2 ORDER BY 1, 2")
        for review, checks, count in cursor.fetchall():
            counts[review][checks] = count
    return counts


def kits_by_band_and_review() -> list[dict[str, int]]:
    """Review state -> kits, for each of `BANDS`; the archived are counted too."""
    bands: list[dict[str, int]] = [{} for _low in BANDS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT width_bucket(power_kwp, %s::numeric[]) AS band, review_state, count(*) "
            "FROM products.solar_kits GROUP BY 1, 2",
            [list(BANDS)],
        )
        for band, review, count in cursor.fetchall():
            bands[band - 1][review] = count
    return bands


def price_bands() -> list[PriceBand]:
    """Bands with at least one priced kit that is not archived, smallest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT width_bucket(power_kwp, %s::numeric[]) AS band, count(*), "
            "percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY price_per_wp) "
            "FROM products.solar_kits WHERE price_per_wp > 0 AND review_state <> 'ARCHIVED' GROUP BY 1 ORDER BY 1",
            [list(BANDS)],
        )
        return [
            PriceBand(
                BANDS[band - 1], BANDS[band] if band < len(BANDS) else None, count, *(Decimal(str(value)) for value in points)
            )
            for band, count, points in cursor.fetchall()
        ]


def completeness_quarters(table: str) -> list[int]:
    """How many rows are complete to less than 25, 50, 75, 100 %, fully, and not rated yet (six numbers).

    Args:
        table: products or solar_kits.
    """
    if table not in {"products", "solar_kits"}:
        raise ValueError(f"expected products or solar_kits, found {table!r}")
    counts = [0] * 6
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(width_bucket(completeness, ARRAY[0, 0.25, 0.5, 0.75, 1]::numeric[]), 6), count(*) "  # noqa: S608  (checked)
            f"FROM products.{table} GROUP BY 1"
        )
        for quarter, count in cursor.fetchall():
            counts[max(quarter, 1) - 1] += count
    return counts


def supplier_ages() -> Sequence[SupplierAge]:
    """When each supplier's prices were last seen, the oldest first; those never seen come first of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code, s.name, (SELECT count(*) FROM products.solar_kits k WHERE k.supplier_id = s.code), "
            "(SELECT max(valid_from) FROM products.prices p WHERE p.supplier_id = s.code) AS seen "
            "FROM products.suppliers s ORDER BY seen NULLS FIRST, s.code"
        )
        return [SupplierAge(*row) for row in cursor.fetchall()]
