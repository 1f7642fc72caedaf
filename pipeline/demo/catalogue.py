"""Writes the demo catalogue through the ORM. Running it again with the same seed changes nothing.

The suppliers' own formats are not used: articles and kits are made directly, under SKUs that begin with DEMO.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from pipeline.demo.catalogue_kits import DemoKit, demo_kits
from pipeline.demo.catalogue_products import DemoProduct, demo_products
from products.choices import PriceKind
from products.models import KitComponent, Manufacturer, Price, Product, SolarKit, Supplier
from products.rules.families import FAMILIES, missing_attributes

SUPPLIER_CODE = "demo"
_Row = TypeVar("_Row", Product, SolarKit)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one kind of row came to."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


@transaction.atomic
def write_catalogue(*, products: int, kits: int, seed: int) -> dict[str, Counts]:
    """Bring the demo articles and kits of a seed into the catalogue, all or nothing.

    Args:
        products, kits: how many of each; articles of an earlier, larger catalogue stay.
        seed: what decides everything about them.

    Returns:
        Counts by "products" and "kits".

    Raises:
        ValueError: kits are wanted of too few products.
    """
    articles = demo_products(products, seed)
    wanted_kits = demo_kits(kits, seed, articles)
    supplier, _ = Supplier.objects.get_or_create(
        code=SUPPLIER_CODE, defaults={"name": "Demonstração", "mapping_notes": "manage.py seed_demo"}
    )
    stored, product_counts = _write_products(articles, supplier)
    return {"products": product_counts, "kits": _write_kits(wanted_kits, stored, supplier)}


def _write_products(articles: Sequence[DemoProduct], supplier: Supplier) -> tuple[dict[str, Product], Counts]:
    makers = _manufacturers({article.brand for article in articles})
    known = Product.objects.in_bulk([article.sku for article in articles], field_name="sku")
    before = {sku: (product.cost_price, product.sale_price) for sku, product in known.items()}
    values = [_product_values(article, makers) for article in articles]
    rows = [_merged(known.get(each["sku"]), Product, each) for each in values]
    counts = _save(Product, rows, values)
    stored = {row.sku: row for row, _ in rows}
    Price.objects.bulk_create(
        Price(product=product, supplier=supplier if kind == PriceKind.COST else None, kind=kind, amount=amount)
        for product in stored.values()
        for position, (kind, amount) in enumerate(((PriceKind.COST, product.cost_price), (PriceKind.SALE, product.sale_price)))
        if amount is not None and before.get(product.sku, (None, None))[position] != amount
    )
    return stored, counts


def _product_values(article: DemoProduct, makers: dict[str, Manufacturer]) -> dict[str, Any]:
    essential = [attribute for attribute in FAMILIES[article.category].values() if attribute.essential]
    missing = missing_attributes(article.category, article.specifications)
    return {
        "sku": article.sku,
        "name": article.name,
        "description": f"{article.name}. Artigo inventado para demonstração.",
        "category": article.category,
        "subcategory": article.subcategory,
        "manufacturer_id": makers[article.brand].pk,
        "model": article.model,
        "brand": article.brand,
        "specifications": article.specifications,
        "completeness": (1 - Decimal(len(missing)) / len(essential)).quantize(Decimal("0.001")),
        "missing": missing,
        "cost_price": article.cost_price,
        "sale_price": article.sale_price,
        "markup_percent": ((article.sale_price / article.cost_price - 1) * 100).quantize(Decimal("0.01")),
        "stock_quantity": article.stock_quantity,
        "min_stock_level": 5,
        "max_stock_level": 100,
        "reorder_point": 10,
        "status": article.status,
        "seo_slug": article.sku.lower(),
    }


def _manufacturers(brands: Iterable[str]) -> dict[str, Manufacturer]:
    """The brand's manufacturer, made where the catalogue has none of that name or alias, whatever the case and the accents."""
    found = {}
    for brand in sorted(brands):  # some twenty brands
        found[brand] = Manufacturer.objects.named(brand).first() or Manufacturer.objects.create(name=brand)
    return found


def _write_kits(kits: Sequence[DemoKit], products: dict[str, Product], supplier: Supplier) -> Counts:
    known = SolarKit.objects.in_bulk([kit.kit_id for kit in kits], field_name="kit_id")
    before = {kit_id: kit.kit_cost for kit_id, kit in known.items()}
    stored_parts = _stored_parts(known)
    wanted_parts = {kit.kit_id: _wanted_parts(kit, products) for kit in kits}
    rewritten = {kit_id for kit_id, parts in wanted_parts.items() if stored_parts.get(kit_id, set()) != parts}
    # A kit whose parts differ counts as updated even when its own columns stay.
    values = [_kit_values(kit, supplier) for kit in kits]
    merged = [_merged(known.get(each["kit_id"]), SolarKit, each) for each in values]
    rows = [(row, changed or row.kit_id in rewritten) for row, changed in merged]
    counts = _save(SolarKit, rows, values)
    KitComponent.objects.filter(kit__kit_id__in=rewritten).delete()
    KitComponent.objects.bulk_create(
        KitComponent(kit=row, product_id=product, component_type=part, quantity=quantity, unit_price=price, display_order=order)
        for row, _ in rows
        if row.kit_id in rewritten
        for product, part, quantity, price, order in sorted(wanted_parts[row.kit_id], key=lambda each: each[4])
    )
    Price.objects.bulk_create(
        Price(kit=row, supplier=supplier, kind=PriceKind.COST, amount=row.kit_cost)
        for row, _ in rows
        if row.kit_cost is not None and before.get(row.kit_id) != row.kit_cost
    )
    return counts


_Part = tuple[int, str, int | None, Decimal | None, int]


def _wanted_parts(kit: DemoKit, products: dict[str, Product]) -> set[_Part]:
    return {
        (products[part.product.sku].pk, part.component_type, part.quantity, part.product.cost_price, order)
        for order, part in enumerate(kit.components)
    }


def _stored_parts(known: dict[str, SolarKit]) -> dict[str, set[_Part]]:
    parts: dict[str, set[_Part]] = {}
    columns = ("kit__kit_id", "product_id", "component_type", "quantity", "unit_price", "display_order")
    for kit_id, *part in KitComponent.objects.filter(kit__in=known.values()).values_list(*columns):
        parts.setdefault(kit_id, set()).add(tuple(part))  # type: ignore[arg-type]
    return parts


def _kit_values(kit: DemoKit, supplier: Supplier) -> dict[str, Any]:
    low, high = kit.consumption
    return {
        "kit_id": kit.kit_id,
        "sku": kit.kit_id,
        "name": kit.name,
        "description": kit.description,
        "system_type": kit.system_type,
        "power_kwp": kit.power_kwp,
        "declared_power_kwp": kit.power_kwp,
        "inverter_power_kw": kit.inverter_power_kw,
        "voltage_phase": kit.voltage_phase,
        "roof_type": kit.roof_type,
        "avg_monthly_generation_kwh": kit.monthly_generation_kwh,
        "kit_cost": kit.kit_cost,
        "installation_cost": kit.installation_cost,
        "documentation_cost": kit.documentation_cost,
        "recommended_consumption_min_kwh": low,
        "recommended_consumption_max_kwh": high,
        "target_consumer_class": kit.target_consumer_class,
        "warranty_years": 10,
        "review_state": kit.review_state,
        "status": "ACTIVE",
        "supplier_id": supplier.pk,
        "seo_slug": kit.kit_id.lower(),
    }


def _merged(existing: _Row | None, model: type[_Row], values: dict[str, Any]) -> tuple[_Row, bool]:
    """The row with the values, and whether it is new or differs from what is stored."""
    if existing is None:
        return model(**values), True
    changed = any(getattr(existing, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(existing, name, value)
    return existing, changed


def _save(model: type[_Row], rows: Sequence[tuple[_Row, bool]], values: Sequence[dict[str, Any]]) -> Counts:
    """Insert the new rows, update those that differ in the columns of `values`, leave the rest alone."""
    new = [row for row, _ in rows if row.pk is None]
    changed = [row for row, differs in rows if differs and row.pk is not None]
    model._default_manager.bulk_create(new)
    if changed:
        model._default_manager.bulk_update(changed, list(values[0]))
    return Counts(inserted=len(new), updated=len(changed), unchanged=len(rows) - len(new) - len(changed))
