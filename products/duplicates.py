"""Groups of products or kits that look alike and that nobody has looked at yet, as of the last refresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count

from products.models import Product

# Model -> its column in the view, its table, which of its rows are still there.
_OF = {
    "product": ("product_id", "products.products", "merged_into_id IS NULL"),
    "solarkit": ("kit_id", "products.solar_kits", "review_state <> 'ARCHIVED'"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that look alike: their keys in order, and how alike the most alike are (0..1)."""

    key: str
    rows: tuple[int, ...]
    likeness: float


def open_groups(model: Any) -> list[Group]:
    """Groups nobody dismissed with at least two rows still there, the most alike first. One query."""
    column, table, there = _OF[model._meta.model_name]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d.group_key, array_agg(d.{column} ORDER BY d.{column}), max(d.likeness) "  # noqa: S608  (our own names)
            f"FROM products.mv_possible_duplicates d JOIN {table} r ON r.id = d.{column} AND r.{there} "
            "WHERE NOT EXISTS (SELECT 1 FROM products.duplicate_dismissals x WHERE x.group_key = d.group_key) "
            "GROUP BY d.group_key HAVING count(*) > 1 ORDER BY max(d.likeness) DESC, d.group_key"
        )
        return [Group(key, tuple(rows), likeness) for key, rows, likeness in cursor.fetchall()]


def products_of(keys: Sequence[int]) -> list[Product]:
    """The products, not merged yet, with maker and in how many kits each is (`kits`)."""
    found = Product.objects.filter(pk__in=keys, merged_into=None).select_related("manufacturer", "certification")
    return list(
        found.defer("raw_data", "search_vector").annotate(kits=Count("kit_components__kit", distinct=True)).order_by("pk")
    )
