"""Reading kits from the database as the rules see them: a fixed number of queries, however many kits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max

from products.choices import PriceKind
from products.models import KitComponent, Price, Product, SolarKit
from products.rules.kit_facts import Article, Kit, Part, Registration

BRAZIL = ZoneInfo("America/Sao_Paulo")

_KIT_FIELDS = (
    "id", "kit_id", "system_type", "voltage_phase", "roof_type", "power_kwp", "declared_power_kwp", "kit_cost",
    "regional_adjustments", "check_state", "avg_monthly_generation_kwh", "estimated_coverage_percent",
    "recommended_consumption_min_kwh", "recommended_consumption_max_kwh",
)  # fmt: skip
_PRODUCT_FIELDS = (
    "id", "sku", "name", "category", "specifications", "specification_sources", "brand", "model", "inmetro_certificate_number",
    "datasheet_url", "status", "stock_quantity", "certification__certificate_type", "certification__certificate_number",
    "certification__status",
    "certification__expiry_date", "certification__manufacturer", "certification__model", "certification__ordinance",
    "certification__power_rating_w", "certification__efficiency_percent", "certification__standards_compliance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredKit:
    """A kit as read.

    Attributes:
        key: primary key.
        state: its check_state when it was read.
        row: its columns, for what is worked out beside the rules.
    """

    key: int
    state: str
    kit: Kit
    row: Mapping[str, Any]


def today_in_brazil() -> date:
    """The day by which certificates and prices age."""
    return datetime.now(BRAZIL).date()


def read_kits(keys: Sequence[int]) -> list[StoredKit]:
    """The kits with these primary keys, by key; five queries. Call it inside a transaction that has locked them."""
    components = list(
        KitComponent.objects.filter(kit_id__in=keys)
        .order_by("kit_id", "display_order", "id")
        .values_list("kit_id", "product_id", "component_type", "quantity", "is_optional")
    )
    articles = read_articles(sorted({row[1] for row in components}))
    sale, dates = _prices(keys)
    parts: dict[int, list[Part]] = defaultdict(list)
    for kit_key, product_key, role, quantity, optional in components:
        parts[kit_key].append(Part(role, articles[product_key], quantity, optional))
    found = []
    for row in SolarKit.objects.filter(pk__in=keys).order_by("pk").values(*_KIT_FIELDS):
        key = row["id"]
        kit = Kit(
            row["kit_id"],
            row["system_type"],
            tuple(parts[key]),
            voltage_phase=row["voltage_phase"],
            roof_type=row["roof_type"],
            power_kwp=_float(row["power_kwp"]),
            declared_power_kwp=_float(row["declared_power_kwp"]),
            cost_brl=_float(row["kit_cost"]),
            sale_brl=sale.get(key),
            price_date=dates.get(key),
            sold_in=frozenset(row["regional_adjustments"]) if isinstance(row["regional_adjustments"], dict) else frozenset(),
        )
        found.append(StoredKit(key, row["check_state"], kit, row))
    return found


def read_articles(keys: Sequence[int]) -> dict[int, Article]:
    """Products by primary key, as the rules see them; one query."""
    return {row["id"]: _article(row) for row in Product.objects.filter(pk__in=keys).order_by("pk").values(*_PRODUCT_FIELDS)}


def _article(row: dict[str, Any]) -> Article:
    registration = None
    if row["certification__certificate_number"] is not None:
        registration = Registration(
            row["certification__certificate_type"],
            row["certification__certificate_number"],
            row["certification__status"],
            row["certification__expiry_date"],
            row["certification__manufacturer"],
            row["certification__model"],
            row["certification__ordinance"],
            _float(row["certification__power_rating_w"]),
            _float(row["certification__efficiency_percent"]),
            tuple(row["certification__standards_compliance"] or ()),
        )
    specifications, sources = row["specifications"], row["specification_sources"]
    return Article(
        row["id"],
        row["sku"],
        row["name"],
        row["category"],
        specifications if isinstance(specifications, dict) else {},
        row["brand"],
        row["model"],
        registration,
        row["inmetro_certificate_number"],
        row["datasheet_url"],
        row["status"],
        row["stock_quantity"],
        {name: _origin(told) for name, told in sources.items() if isinstance(told, dict)} if isinstance(sources, dict) else {},
    )


def _origin(told: dict[str, Any]) -> str:
    """Where one attribute came from, in a few words: what kind of source, and which document."""
    words = [str(told[key]) for key in ("source", "document") if told.get(key)]
    if told.get("reviewed_by"):
        words.append(f"reviewed by {told['reviewed_by']}")
    return ", ".join(words)


def _prices(keys: Sequence[int]) -> tuple[dict[int, float], dict[int, date]]:
    """The sale price in force and the day of the newest price of any kind, by kit."""
    prices = Price.objects.filter(kit_id__in=keys)
    newest = prices.order_by("kit_id").values_list("kit_id").annotate(newest=Max("valid_from"))
    dates = {key: instant.astimezone(BRAZIL).date() for key, instant in newest}
    sale = (
        prices.filter(kind=PriceKind.SALE)
        .order_by("kit_id", "-valid_from", "-id")
        .distinct("kit_id")
        .values_list("kit_id", "amount")
    )
    return {key: float(amount) for key, amount in sale}, dates


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
