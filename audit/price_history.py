"""The history of prices in an undo: it keeps every row, and a current price that goes back is one row more.

So what was asked on any day stays what was asked, and the newest row is what is asked today.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import ngettext

from audit.plans import Action, RecordPlan
from products.actions.bulk import PRICE_FIELDS
from products.models import Price, Product


@dataclass(frozen=True, slots=True)
class PriceRows:
    """What an undo does to the history.

    Attributes:
        added: rows to add, not saved: the price that goes back, from now on, of the same supplier as the newest row.
        without_price: current prices that go back to none; their newest row stays the newest.
    """

    added: tuple[Price, ...]
    without_price: int

    def told(self) -> list[str]:
        """In words, one sentence for each kind of row."""
        found = []
        if self.added:
            text = ngettext(
                "The price history keeps its rows; %(count)s row is added to it with the price that goes back.",
                "The price history keeps its rows; %(count)s rows are added to it with the prices that go back.",
                len(self.added),
            )
            found.append(text % {"count": len(self.added)})
        if self.without_price:
            text = ngettext(
                "%(count)s price goes back to none; the history still shows the last one asked.",
                "%(count)s prices go back to none; the history still shows the last ones asked.",
                self.without_price,
            )
            found.append(text % {"count": self.without_price})
        return found


def price_rows(records: Sequence[RecordPlan], left: Collection[str] = ()) -> PriceRows:
    """What becomes of the history when these records are written. Two queries, however many they are.

    Args:
        records: of a plan.
        left: keys of fields and records that stay as they are.
    """
    added: list[Price] = []
    without = 0
    for model, kinds in PRICE_FIELDS.items():
        wanted = _targets(model, kinds, [record for record in records if record.model is model and record.key not in left], left)
        if not wanted:
            continue
        name = "product" if model is Product else "kit"
        latest: Any = (
            Price.objects.filter(**{f"{name}__in": {key for key, _kind in wanted}})
            .order_by(f"{name}_id", "kind", "-valid_from", "-id")
            .distinct(f"{name}_id", "kind")
        )
        for row in latest:
            place = (getattr(row, f"{name}_id"), row.kind)
            if place not in wanted:
                continue
            amount = wanted[place]
            if amount is None:
                without += 1
            elif amount != row.amount:
                values = {f"{name}_id": place[0], "supplier_id": row.supplier_id, "kind": row.kind}
                added.append(Price(**values, amount=amount, valid_from=timezone.now()))
    return PriceRows(tuple(added), without)


def _targets(
    model: type[models.Model], kinds: dict[str, str], records: Sequence[RecordPlan], left: Collection[str]
) -> dict[tuple[int, str], Decimal | None]:
    """(key, kind of price) -> the current price that is written back."""
    return {
        (int(record.record_id), str(kinds[write.field.name])): write.target
        for record in records
        if record.action is Action.UPDATE
        for write in record.fields
        if write.field.name in kinds and not write.path and write.key not in left
    }
