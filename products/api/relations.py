"""What belongs to products and kits: parts, findings, prices, energy labels. One query each, however many rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import FloatField, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from rest_framework.request import Request

from products.api.serializers import CERTIFIED_TODAY, KitCheckSerializer, KitComponentSerializer
from products.choices import PriceKind
from products.models import KitCheck, KitComponent, Price, Product

REGULATION = "Portaria INMETRO 140/2022"
# Of the product itself, in this order; `_ence` reads them.
_LABEL = (
    "certification__certificate_number",
    "certification__expiry_date",
    "certification__manufacturer",
    "certification__model",
    Cast("certification__efficiency_percent", FloatField()),
    "certification__ordinance",
    "inmetro_certificate_number",
)


def _ence(in_force: bool, label: Sequence[Any]) -> dict[str, Any] | None:
    """The label's text; None when no registration is known. A number that only the supplier states is never in force."""
    number, valid_until, manufacturer, model, efficiency, ordinance, stated = label
    if not number and not stated:
        return None
    return {
        "registration": number or stated,
        "in_force": in_force,
        "valid_until": valid_until,
        "manufacturer": manufacturer,
        "model": model,
        "efficiency_percent": efficiency,
        "regulation": ordinance or REGULATION,
        "source": "registry" if number else "supplier",
    }


def labels(products: Sequence[int], request: Request | None = None) -> Mapping[int, Any]:
    """Energy labels by product."""
    rows = Product.objects.filter(pk__in=products).order_by().values_list("pk", CERTIFIED_TODAY, *_LABEL)
    return {pk: _ence(in_force, label) for pk, in_force, *label in rows}


def parts(kits: Sequence[int], request: Request) -> Mapping[int, Any]:
    """Components by kit, in the order of display, each with its product's energy label."""
    names = KitComponentSerializer.names()
    rows = list(
        KitComponent.objects.filter(kit__in=kits)
        .order_by("kit_id", "display_order", "id")
        .values_list("kit_id", "product_id", *KitComponentSerializer.expressions(names))
    )
    label = labels(list({row[1] for row in rows}))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for kit, product, *values in rows:
        found[kit].append({**dict(zip(names, values, strict=True)), "ence": label.get(product)})
    return found


def findings(kits: Sequence[int], request: Request | None = None) -> Mapping[int, Any]:
    """Findings of the rules by kit, the worst first."""
    names = KitCheckSerializer.names()
    rows = KitCheck.objects.filter(kit__in=kits).worst_first().values_list("kit_id", *KitCheckSerializer.expressions(names))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for kit, *values in rows:
        found[kit].append(dict(zip(names, values, strict=True)))
    return found


def _sale_prices(of: str, keys: Sequence[int]) -> Mapping[int, Any]:
    rows = (
        Price.objects.filter(**{f"{of}__in": keys}, kind=PriceKind.SALE)
        .in_force(timezone.now())
        .values_list(of, "kind", Cast("amount", TextField()), "valid_from")
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for key, kind, amount, valid_from in rows:
        found[key].append({"kind": kind, "amount": amount, "valid_from": valid_from})
    return found


def product_prices(products: Sequence[int], request: Request) -> Mapping[int, Any]:
    """Sale prices in force by product. What we pay is never shown."""
    return _sale_prices("product_id", products)


def kit_prices(kits: Sequence[int], request: Request) -> Mapping[int, Any]:
    """Sale prices in force by kit."""
    return _sale_prices("kit_id", kits)
