"""What the prices of a product or kit say: their history, how far suppliers lie apart, and R$/Wp against its power band."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from products.choices import PriceKind, ProductCategory
from products.models import Price, Product, SolarKit
from products.rules.totals import price_per_wp

# Lower ends of the kits' power bands in kWp; a band ends where the next begins.
KIT_BANDS = (0, 2, 4, 6, 8, 10, 15, 25, 50, 75, 150, 500)
PANEL_BAND_WP = 50
MOST_POINTS = 300


@dataclass(frozen=True, slots=True)
class Series:
    """Prices of one supplier and kind, oldest first."""

    supplier: str
    kind: str
    points: Sequence[tuple[datetime, Decimal]]


@dataclass(frozen=True, slots=True)
class Spread:
    """The price in force of one supplier, and how far above the cheapest it lies in percent."""

    supplier: str
    amount: Decimal
    above_percent: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """R$/Wp beside the median of the power band low..high (kWp of kits, Wp of panels; high None: open) over `count` others."""

    low: int
    high: int | None
    unit: str
    own: Decimal | None
    median: Decimal | None
    count: int

    @property
    def difference_percent(self) -> Decimal | None:
        """How far above (below when negative) the median; None when either is unknown."""
        return None if self.own is None or not self.median else (self.own - self.median) / self.median * 100


@dataclass(frozen=True, slots=True)
class PricePanel:
    series: Sequence[Series]
    spread: Sequence[Spread]
    band: Band | None


def price_panel(owner: Product | SolarKit) -> PricePanel:
    """Two queries, and one for the band of a kit or panel."""
    prices = list(owner.prices.select_related("supplier").order_by("-valid_from", "-id")[:MOST_POINTS])
    return PricePanel(_series(prices), _spread(prices), _band(owner))


def _series(prices: Sequence[Price]) -> list[Series]:
    lines: dict[tuple[str, str], list[tuple[datetime, Decimal]]] = {}
    for price in reversed(prices):
        lines.setdefault((_name(price), price.kind), []).append((price.valid_from, price.amount))
    return [Series(supplier, str(PriceKind(kind).label), points) for (supplier, kind), points in sorted(lines.items())]


def _spread(prices: Sequence[Price]) -> list[Spread]:
    """What each supplier asks us now, cheapest first."""
    now = timezone.now()
    latest: dict[str, Decimal] = {}
    for price in prices:  # newest first
        if price.kind == PriceKind.COST and price.supplier_id and price.valid_from <= now:
            latest.setdefault(_name(price), price.amount)
    ranked = sorted(latest.items(), key=lambda item: (item[1], item[0]))
    cheapest = ranked[0][1] if ranked else Decimal(0)
    return [Spread(name, amount, (amount - cheapest) / cheapest * 100 if cheapest else Decimal(0)) for name, amount in ranked]


def _name(price: Price) -> str:
    return price.supplier.name if price.supplier else ""


def _band(owner: Product | SolarKit) -> Band | None:
    if isinstance(owner, SolarKit):
        low = max(bound for bound in KIT_BANDS if bound <= owner.power_kwp)
        high = next((bound for bound in KIT_BANDS if bound > owner.power_kwp), None)
        median, count = _median(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price_per_wp), count(*) FROM products.solar_kits "
            "WHERE price_per_wp > 0 AND system_type = %s AND power_kwp >= %s AND (%s::numeric IS NULL OR power_kwp < %s) "
            "AND review_state <> 'ARCHIVED' AND status <> 'DISCONTINUED' AND id <> %s",
            [owner.system_type, low, high, high, owner.pk],
        )
        return Band(low, high, "kWp", owner.price_per_wp, median, count)
    watts = owner.specifications.get("power_wp")
    if owner.category != ProductCategory.PANELS or not isinstance(watts, int | float):
        return None
    low = int(watts // PANEL_BAND_WP * PANEL_BAND_WP)
    median, count = _median(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY cost_price / (specifications ->> 'power_wp')::numeric), count(*) "
        "FROM products.products WHERE category = 'paineis' AND cost_price > 0 AND status <> 'DISCONTINUED' AND id <> %s "
        "AND jsonb_typeof(specifications -> 'power_wp') = 'number' "
        "AND CASE WHEN jsonb_typeof(specifications -> 'power_wp') = 'number' "
        "THEN (specifications ->> 'power_wp')::numeric >= %s AND (specifications ->> 'power_wp')::numeric < %s END",
        [owner.pk, max(low, 1), low + PANEL_BAND_WP],
    )
    own = price_per_wp(owner.cost_price, Decimal(str(watts)) / 1000)
    return Band(low, low + PANEL_BAND_WP, "Wp", own, median, count)


def _median(sql: str, parameters: list[Any]) -> tuple[Decimal | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        median, count = cursor.fetchone()
    return (None if median is None else Decimal(str(median)), count)
