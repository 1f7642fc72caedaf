"""Two records of one article become one. Nothing is lost, and one undo brings everything back.

The product kept takes the others' places in kits and fills its own gaps from them. The others stay as rows, INACTIVE and with
`merged_into` set: their SKUs (the suppliers' codes) still lead to the product kept, and their prices, which are append-only, stay
where they were seen. `Price.objects.of_product` reads the history of a product together with that of those merged into it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from products.actions.bulk import BulkRefusedError, BulkResult, one_unit
from products.choices import ProductStatus
from products.models import DuplicateDismissal, PossibleDuplicate, Product
from products.rules.completeness import product_completeness

MOST_MERGED = 50
# Taken over where the product kept has nothing.
_GAPS = (
    "manufacturer_id", "brand", "model", "subcategory", "description", "cost_price", "sale_price", "certification_id",
    "inmetro_certificate_number", "image_urls", "datasheet_url", "manual_url", "stock_quantity",
)  # fmt: skip


# What a person may take from either of them, besides the attributes ("spec." and the name).
CHOSEN = ("name", *_GAPS)
SPEC = "spec."


def merge_products(
    *, keep: Product, others: Sequence[Product], by: User, reason: str, values: Mapping[str, int] | None = None
) -> BulkResult:
    """Merge products into one.

    Args:
        keep: the product that stays.
        others: of the same category; they become aliases.
        values: whose value the product kept gets: a name of `CHOSEN` or "spec.voc_v" -> primary key of one of them. What is not
            named stays as the product kept has it; its gaps are filled from the others.
        by: who.
        reason: why.

    Raises:
        BulkRefusedError: nothing to merge, another category, one that was merged already, no reason.
    """
    keys = sorted({other.pk for other in others} - {keep.pk})
    if not keys or len(keys) > MOST_MERGED:
        raise BulkRefusedError(
            _("Expected 1 to %(most)d products to merge, found %(found)d.") % {"most": MOST_MERGED, "found": len(keys)},
            code="nothing_to_merge",
        )
    with one_unit(by, reason) as request_id:
        rows = Product.objects.select_for_update().filter(pk__in=[keep.pk, *keys]).order_by("pk").in_bulk()
        kept = rows.pop(keep.pk, None)
        gone = [rows[key] for key in keys if key in rows]
        if kept is None or len(gone) != len(keys):
            raise BulkRefusedError(_("A product is no longer there: look for duplicates again."), code="gone")
        _require_mergeable(kept, gone)
        _fill_gaps(kept, gone, values or {})
        with connection.cursor() as cursor:
            _move_parts(cursor, kept.pk, keys)
        # Aliases of aliases lead straight to the product kept.
        Product.objects.filter(merged_into__in=keys).update(merged_into=kept)
        Product.objects.filter(pk__in=keys).update(merged_into=kept, status=ProductStatus.INACTIVE)
    return BulkResult(len(keys), request_id)


def dismiss_duplicates(*, group_key: str, by: User, reason: str) -> DuplicateDismissal:
    """Say that the rows of a group are not the same; it is listed no more unless another row joins it.

    Raises:
        BulkRefusedError: there is no such group, or no reason.
    """
    if not PossibleDuplicate.objects.filter(group_key=group_key).exists():
        raise BulkRefusedError(_("There is no such group (any more): look for duplicates again."), code="gone")
    with one_unit(by, reason):
        dismissal, _created = DuplicateDismissal.objects.update_or_create(
            group_key=group_key, defaults={"dismissed_by": by.get_username(), "reason": reason.strip()}
        )
    return dismissal


def _require_mergeable(kept: Product, gone: Sequence[Product]) -> None:
    merged = [product.sku for product in (kept, *gone) if product.merged_into_id is not None]
    if merged:
        raise BulkRefusedError(_("Merged already: %(skus)s.") % {"skus": ", ".join(merged)}, code="merged")
    unlike = [product.sku for product in gone if product.category != kept.category]
    if unlike:
        raise BulkRefusedError(
            _("Of another category than %(sku)s: %(unlike)s.") % {"sku": kept.sku, "unlike": ", ".join(unlike)},
            code="other_category",
        )


def _fill_gaps(kept: Product, gone: Sequence[Product], values: Mapping[str, int]) -> None:
    changed: dict[str, Any] = {}
    specifications, sources = dict(kept.specifications), dict(kept.specification_sources)
    for other in gone:
        for name in _GAPS:
            if getattr(kept, name) in (None, "", []) and getattr(other, name) not in (None, "", []):
                changed.setdefault(name, getattr(other, name))
        for attribute, value in other.specifications.items():
            if attribute not in specifications and value is not None:
                _take_attribute(attribute, other, specifications, sources)
    everyone = {product.pk: product for product in (kept, *gone)}
    for name, key in values.items():
        chosen = everyone.get(key)
        if chosen is None or (name not in CHOSEN and not name.startswith(SPEC)):
            raise BulkRefusedError(_("“%(name)s” cannot be taken from there.") % {"name": name}, code="unknown_value")
        if name in CHOSEN:
            changed[name] = getattr(chosen, name)
        elif name.removeprefix(SPEC) in chosen.specifications:
            _take_attribute(name.removeprefix(SPEC), chosen, specifications, sources)
    if specifications != kept.specifications:
        score, missing = product_completeness(kept.category, specifications)
        changed |= {
            "specifications": specifications, "specification_sources": sources, "completeness": score, "missing": missing,
        }  # fmt: skip
    changed = {name: value for name, value in changed.items() if getattr(kept, name) != value}
    if changed:
        Product.objects.filter(pk=kept.pk).update(**changed)


def _take_attribute(attribute: str, product: Product, specifications: dict[str, Any], sources: dict[str, Any]) -> None:
    """A value with where it comes from."""
    specifications[attribute] = product.specifications[attribute]
    sources.pop(attribute, None)
    if attribute in product.specification_sources:
        sources[attribute] = product.specification_sources[attribute]


def _move_parts(cursor: Any, kept: int, gone: list[int]) -> None:
    """The kits' parts lead to the product kept; where a kit would have it twice in one part, quantities add up in one row."""
    cursor.execute(
        "WITH doubled AS ("
        "  SELECT kit_id, component_type, sum(quantity) AS quantity, bool_or(quantity IS NULL) AS is_open, "
        "         (array_agg(id ORDER BY product_id <> %s, id))[1] AS stays "
        "  FROM products.kit_components WHERE product_id = ANY(%s) GROUP BY kit_id, component_type HAVING count(*) > 1"
        "), removed AS ("
        "  DELETE FROM products.kit_components c USING doubled d "
        "  WHERE c.kit_id = d.kit_id AND c.component_type = d.component_type "
        "  AND c.product_id = ANY(%s) AND c.id <> d.stays RETURNING c.id"
        ") UPDATE products.kit_components c SET quantity = CASE WHEN d.is_open THEN NULL ELSE d.quantity END "
        "FROM doubled d WHERE c.id = d.stays AND (SELECT count(*) FROM removed) >= 0",
        [kept, [kept, *gone], [kept, *gone]],
    )
    cursor.execute("UPDATE products.kit_components SET product_id = %s WHERE product_id = ANY(%s)", [kept, gone])
