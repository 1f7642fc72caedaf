"""A kit as it was at a moment, in the form in which the API shows kits."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from audit.as_of import Values, as_of, states
from products.api.serializers import KitCheckSerializer, KitComponentSerializer, KitSerializer
from products.choices import PriceKind, ProductStatus, ReviewState
from products.models import KitCheck, KitComponent, Price, Product, SolarKit
from ysh.core.api.rows import Column, Measure, Money

_ON_SALE = {ProductStatus.ACTIVE.value, ProductStatus.OUT_OF_STOCK.value}
_COLUMNS = {str(field.column) for field in SolarKit._meta.concrete_fields}


def kit_as_of(pk: int, moment: datetime) -> dict[str, Any] | None:
    """A kit with its parts, findings and sale prices as they were; None when there was no such kit.

    What follows from the stock or the calendar of today (availability, certification, energy labels) is left out. `checks` is
    null when the rules have run again since: what they found then is not kept, the state it led to (`check_state`) is.

    Args:
        pk: primary key.
        moment: aware, not in the future.

    Raises:
        TerminalError: the moment lies ahead.
    """
    then = as_of(SolarKit, pk, moment)
    if then is None:
        return None
    parts = then.children[KitComponent]
    products = states(Product, {row["product_id"] for row in parts}, moment)
    body = _fields(KitSerializer, then.values, _COLUMNS)
    body["as_of"] = moment
    body["components"] = [
        _part(row, products.get(str(row["product_id"])) or {})
        for row in sorted(parts, key=lambda row: (row["display_order"], row["id"]))
    ]
    checks = then.children[KitCheck]
    known = {str(field.column) for field in KitCheck._meta.concrete_fields}
    body["checks"] = None if KitCheck in then.unknown else [_fields(KitCheckSerializer, row, known) for row in checks]
    prices = Price.objects.filter(kit=pk, kind=PriceKind.SALE).in_force(moment)
    body["prices"] = [{"kind": row.kind, "amount": str(row.amount), "valid_from": row.valid_from} for row in prices]
    return body


def was_published(body: dict[str, Any]) -> bool:
    """Whether the public saw the kit then."""
    return body["review_state"] == ReviewState.PUBLISHED and body["status"] in _ON_SALE


def _fields(serializer: Any, values: Values, known: set[str]) -> dict[str, Any]:
    """The serializer's fields that are columns of the row."""
    found: dict[str, Any] = {}
    for name, field in serializer._declared_fields.items():
        if not isinstance(field, Column):
            continue
        column = field.column if isinstance(field.column, str) else name
        if field.column is not None and not isinstance(field.column, str):
            continue
        if column in known and column in values:
            found[name] = _plain(field, values[column])
    return found


def _plain(field: Column, value: Any) -> Any:
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        if isinstance(field, Measure):
            return float(value)
        if isinstance(field, Money):
            return str(value)
    return value


def _part(row: Values, product: Values) -> dict[str, Any]:
    known = {str(field.column) for field in KitComponent._meta.concrete_fields}
    return {"sku": product.get("sku"), "name": product.get("name")} | _fields(KitComponentSerializer, row, known)
