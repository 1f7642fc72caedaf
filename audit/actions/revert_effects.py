"""What follows an undo: the price history gets rows of its own, kits are checked again, what may not be published is refused."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.plans import Action, RecordPlan
from audit.price_history import price_rows
from products.actions.checks import check_kits
from products.actions.review import publish_blockers
from products.choices import ReviewState
from products.models import Price, SolarKit


def after_revert(written: Sequence[RecordPlan], left: set[str]) -> tuple[list[str], list[str]]:
    """Called inside the undo's transaction.

    Args:
        written: the records written.
        left: keys of fields that stayed as they are.

    Returns:
        What else was written, and what forbids the undo, both in words.
    """
    prices = price_rows(written, left)
    Price.objects.bulk_create(prices.added)
    return prices.told(), _checked(written, left)


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
