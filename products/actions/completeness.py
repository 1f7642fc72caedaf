"""Keeping `completeness` and `missing` true, for whole catalogues in one statement each."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from products.choices import ProductCategory
from products.models import Product, SolarKit
from products.rules.completeness import KIT_FIELDS, essential_attributes, kit_completeness, product_completeness

_PRODUCTS = """
UPDATE products.products AS p SET missing = told.missing, completeness = told.score
FROM (
    SELECT q.id, absent.names AS missing,
           CASE WHEN cardinality(wanted.names) = 0 THEN 1
                ELSE round(1 - cardinality(absent.names)::numeric / cardinality(wanted.names), 3) END AS score
    FROM products.products q
    JOIN (
        SELECT key AS category, ARRAY(SELECT jsonb_array_elements_text(value)) AS names FROM jsonb_each(%(wanted)s::jsonb)
    ) wanted ON wanted.category = q.category
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT name FROM unnest(wanted.names) WITH ORDINALITY AS listed (name, place)
            WHERE coalesce(q.specifications -> name, 'null'::jsonb) = 'null'::jsonb ORDER BY place
        ) AS names
    ) absent
    WHERE %(ids)s::bigint[] IS NULL OR q.id = ANY (%(ids)s::bigint[])
) told
WHERE p.id = told.id AND (p.missing, p.completeness) IS DISTINCT FROM (told.missing, told.score)
"""

_KITS = """
UPDATE products.solar_kits AS k SET missing = told.missing, completeness = told.score
FROM (
    SELECT q.id, absent.names AS missing, round(1 - cardinality(absent.names)::numeric / %(total)s, 3) AS score
    FROM products.solar_kits q
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT name FROM unnest(%(fields)s::text[]) WITH ORDINALITY AS listed (name, place)
            WHERE coalesce(to_jsonb(q) -> name, 'null'::jsonb) IN ('null'::jsonb, '""'::jsonb, '[]'::jsonb, '0'::jsonb)
            ORDER BY place
        ) AS names
    ) absent
    WHERE %(ids)s::bigint[] IS NULL OR q.id = ANY (%(ids)s::bigint[])
) told
WHERE k.id = told.id AND (k.missing, k.completeness) IS DISTINCT FROM (told.missing, told.score)
"""


def refresh_completeness(*, product_ids: Sequence[int] | None = (), kit_ids: Sequence[int] | None = ()) -> int:
    """Work the scores out again after products or kits changed in bulk.

    Args:
        product_ids, kit_ids: primary keys; None for all of them. Nothing by default.

    Returns:
        How many rows changed.
    """
    changed = 0
    with connection.cursor() as cursor:
        if product_ids is None or product_ids:
            wanted = {category: essential_attributes(category) for category in ProductCategory.values}
            cursor.execute(_PRODUCTS, {"wanted": json.dumps(wanted), "ids": None if product_ids is None else list(product_ids)})
            changed += cursor.rowcount
        if kit_ids is None or kit_ids:
            values: dict[str, Any] = {
                "fields": list(KIT_FIELDS),
                "total": len(KIT_FIELDS),
                "ids": None if kit_ids is None else list(kit_ids),
            }
            cursor.execute(_KITS, values)
            changed += cursor.rowcount
    return changed


def rate_product(product: Product) -> None:
    """Set the two columns on one product about to be saved."""
    product.completeness, product.missing = product_completeness(product.category, product.specifications)


def rate_kit(kit: SolarKit) -> None:
    """Set the two columns on one kit about to be saved."""
    kit.completeness, kit.missing = kit_completeness({name: getattr(kit, name) for name in KIT_FIELDS})
