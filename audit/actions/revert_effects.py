"""What follows an undo: the price history gets rows of its own, kits are checked again, what may not be published is refused."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.plans import Action, FieldWrite, RecordPlan
from products.actions.checks import check_kits
from products.actions.review import publish_blockers
from products.choices import PriceKind, ReviewState
from products.models import Price, Product, SolarKit

# Columns that hold the current price: their history is in `products.prices`, which nothing is ever taken out of.
_PRICES: dict[type[models.Model], dict[str, str]] = {
    Product: {"cost_price": PriceKind.COST.value, "sale_price": PriceKind.SALE.value},
    SolarKit: {"kit_cost": PriceKind.COST.value},
}


def after_revert(written: Sequence[RecordPlan], left: set[str]) -> tuple[list[str], list[str]]:
    """Called inside the undo's transaction.

    Args:
        written: the records written.
        left: keys of fields that stayed as they are.

    Returns:
        What else was written, and what forbids the undo, both in words.
    """
    notes = _append_prices([(record, write) for record in written for write in record.fields if write.key not in left])
    return notes, _checked(written, left)


def _append_prices(writes: Sequence[tuple[RecordPlan, FieldWrite]]) -> list[str]:
    """A row for each current price that went back and has a history, so that the history's newest row is what is asked today."""
    added: list[Price] = []
    for model, kinds in _PRICES.items():
        name = "product" if model is Product else "kit"
        wanted: dict[tuple[int, str], Decimal] = {
            (int(record.record_id), kinds[write.field.name]): write.target
            for record, write in writes
            if record.model is model and write.field.name in kinds and write.target is not None
        }
        if not wanted:
            continue
        latest: Any = (
            Price.objects.filter(**{f"{name}__in": {key for key, _kind in wanted}})
            .order_by(f"{name}_id", "kind", "-valid_from", "-id")
            .distinct(f"{name}_id", "kind")
        )
        for row in latest:
            amount = wanted.get((getattr(row, f"{name}_id"), row.kind))
            if amount is not None and amount != row.amount:
                values = {f"{name}_id": getattr(row, f"{name}_id"), "supplier_id": row.supplier_id, "kind": row.kind}
                added.append(Price(**values, amount=amount, valid_from=timezone.now()))
    Price.objects.bulk_create(added)
    if not added:
        return []
    text = ngettext(
        "The price history keeps its rows; %(count)s row was added to it.",
        "The price history keeps its rows; %(count)s rows were added to it.",
        len(added),
    )
    return [text % {"count": len(added)}]


def _checked(written: Sequence[RecordPlan], left: set[str]) -> list[str]:
    """Check the kits that came back or would be published again; what stands against their publication."""
    kits = [record for record in written if record.model is SolarKit]
    again = {int(record.record_id) for record in kits if _is_published_again(record, left)}
    restored = {int(record.record_id) for record in kits if record.action is Action.RESTORE}
    if not again | restored:
        return []
    check_kits(sorted(again | restored))
    faults = []
    for kit in SolarKit.objects.filter(pk__in=again).order_by("pk"):
        if blockers := publish_blockers(kit):
            words = "; ".join(str(blocker.message) for blocker in blockers)
            faults.append(_("%(kit)s may not be published again: %(reasons)s") % {"kit": kit.kit_id, "reasons": words})
    return faults


def _is_published_again(record: RecordPlan, left: set[str]) -> bool:
    if record.action is Action.RESTORE:
        return record.values.get("review_state") == ReviewState.PUBLISHED
    return any(
        write.field.name == "review_state" and write.target == ReviewState.PUBLISHED and write.key not in left
        for write in record.fields
    )
