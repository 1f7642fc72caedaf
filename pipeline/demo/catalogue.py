"""The demo catalogue, imported from price lists through the same code as any supplier's.

What no supplier's list says is added afterwards as a curator would: sale prices, installation, target. Running it again with the
same seed changes nothing.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction

from pipeline.choices import GOOD_STATUSES
from pipeline.demo.catalogue_kits import DemoKit, demo_kits
from pipeline.demo.catalogue_products import DemoProduct, demo_products
from pipeline.demo.price_lists import SUPPLIER_CODE, demo_mapping, write_price_lists
from pipeline.errors import SourceFileError
from pipeline.suppliers.report import ImportReport
from pipeline.suppliers.run import ImportOptions, run_import
from products.choices import PriceKind
from products.models import Price, Product, SolarKit

COMMAND = "seed_demo"
NO_PHOTO = "Kit de demonstração: não há foto"
_Row = TypeVar("_Row", Product, SolarKit)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one kind of row came to."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


def write_catalogue(*, products: int, kits: int, seed: int, folder: Path | None = None) -> dict[str, Counts]:
    """Write the lists of a seed, import them, and add what lists do not say.

    Args:
        products, kits: how many of each; articles of an earlier, larger catalogue stay.
        seed: what decides everything about them.
        folder: where the lists stay; None for nowhere.

    Returns:
        The import's counts by "products" and "kits".

    Raises:
        ValueError: kits are wanted of too few products.
        SourceFileError: the import failed.
        RunAlreadyActiveError: another import of the demo is at work.
    """
    articles = demo_products(products, seed)
    wanted = demo_kits(kits, seed, articles)
    report = import_lists(articles, wanted, folder=folder)
    with transaction.atomic():
        _complete_products(articles)
        _complete_kits(wanted)
    return {
        name: Counts(counts["inserted"], counts["updated"], counts["unchanged"])
        for name, counts in (("products", report.products), ("kits", report.kits))
    }


def import_lists(
    products: Sequence[DemoProduct],
    kits: Sequence[DemoKit],
    *,
    supplier: str = SUPPLIER_CODE,
    supplier_name: str = "",
    folder: Path | None = None,
    priced_at: datetime | None = None,
) -> ImportReport:
    """Write a supplier's lists and import them. See `write_catalogue` for what is raised.

    Args:
        supplier, supplier_name: whose lists they are. priced_at: when they were given out; None for now.
    """
    mapping = demo_mapping()
    if supplier != SUPPLIER_CODE:
        mapping = replace(mapping, supplier=supplier, name=supplier_name)
    with tempfile.TemporaryDirectory(prefix="ysh-demo-") as spare:
        paths = write_price_lists(folder or Path(spare), products=products, kits=kits, name=supplier)
        report = run_import(
            ImportOptions(supplier, tuple((path, path.name) for path in paths), mapping=mapping, by=COMMAND, priced_at=priced_at)
        )
    if report.status not in GOOD_STATUSES:
        raise SourceFileError(f"The demo's lists were not imported: {report.error}", code=report.error_code or "demo")
    return report


def _complete_products(articles: Sequence[DemoProduct]) -> None:
    known = Product.objects.in_bulk([article.sku for article in articles], field_name="sku")
    moved = [
        Price(product=known[article.sku], kind=PriceKind.SALE, amount=article.sale_price)
        for article in articles
        if known[article.sku].sale_price != article.sale_price
    ]
    _save(Product, [(known[article.sku], _product_values(article)) for article in articles])
    Price.objects.bulk_create(moved)


def _product_values(article: DemoProduct) -> dict[str, Any]:
    return {
        "subcategory": article.subcategory,
        "sale_price": article.sale_price,
        "markup_percent": ((article.sale_price / article.cost_price - 1) * 100).quantize(Decimal("0.01")),
        "min_stock_level": 5,
        "max_stock_level": 100,
        "reorder_point": 10,
        "seo_slug": article.sku.lower(),
    }


def _complete_kits(kits: Sequence[DemoKit]) -> None:
    known = SolarKit.objects.in_bulk([kit.kit_id for kit in kits], field_name="kit_id")
    _save(SolarKit, [(known[kit.kit_id], _kit_values(kit)) for kit in kits])


def _kit_values(kit: DemoKit) -> dict[str, Any]:
    low, high = kit.consumption
    return {
        "installation_cost": kit.installation_cost,
        "documentation_cost": kit.documentation_cost,
        "recommended_consumption_min_kwh": low,
        "recommended_consumption_max_kwh": high,
        "target_consumer_class": kit.target_consumer_class,
        "voltage_phase": kit.voltage_phase,
        "photo_exception": NO_PHOTO,
        "warranty_years": 10,
        "seo_slug": kit.kit_id.lower(),
    }


def _save(model: type[_Row], rows: Sequence[tuple[_Row, dict[str, Any]]]) -> None:
    """Update the rows that differ, in the columns of the values."""
    changed = [row for row, values in rows if any(getattr(row, name) != value for name, value in values.items())]
    for row, values in rows:
        for name, value in values.items():
            setattr(row, name, value)
    if changed:
        model._default_manager.bulk_update(changed, list(rows[0][1]), batch_size=500)
