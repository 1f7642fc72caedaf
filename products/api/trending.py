"""What storefronts' readers look at most: ranks from Redis's daily counts, the products from cards kept there too."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from products.choices import ProductCategory, StockStatus
from products.models import Product
from ysh.core.api.rows import Choice, Money, RowSerializer, Text, Whole
from ysh.core.cache import structures, versions

#: What a card shows; all of it is the same in every language.
CARD = ("sku", "name", "category", "manufacturer", "model", "sale_price", "stock_status")
NAMESPACES = ("prices", "products")


class TrendingProductSerializer(RowSerializer):
    sku = Text()
    name = Text()
    category = Choice(choices=ProductCategory.choices)
    manufacturer = Text(column="manufacturer__name", allow_null=True)
    model = Text()
    sale_price = Money(allow_null=True, help_text="R$; null while there is none.")
    stock_status = Choice(choices=StockStatus.choices)
    views = Whole(help_text="How often it was read through the API within these days.")


def trending(on: date, *, days: int, limit: int) -> list[dict[str, Any]]:
    """Products in the catalogue that were looked at most, with their views; none without Redis.

    Args:
        on: the last day.
        days: how many of them.
        limit: how many products at most.
    """
    # Some may have left the catalogue since.
    ranked = structures.trending(on, days=days, limit=2 * limit)
    cards = _cards([sku for sku, _views in ranked])
    return [{**cards[sku], "views": views} for sku, views in ranked if sku in cards][:limit]


def _cards(skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    under = versions.under(NAMESPACES)  # before anything is read
    found = structures.cards(skus, under=under)
    missing = [sku for sku in skus if sku not in found]
    if missing:
        rows: Any = Product.objects.with_stock_status().in_catalogue().filter(sku__in=missing)
        columns = TrendingProductSerializer.expressions(CARD)
        made = {row[0]: dict(zip(CARD, row, strict=True)) for row in rows.values_list(*columns)}
        plain: dict[str, dict[str, Any]] = json.loads(json.dumps(made, cls=DjangoJSONEncoder))
        structures.set_cards(plain, under=under)
        found |= plain
    return found
