"""From when on the log has every change: months past a model's retention keep only creations, last changes and deletions."""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from audit.models import ChainHead
from audit.registry import policy_of
from ysh.core.db.partitions import month_start


def whole_since(*kinds: type[models.Model]) -> datetime | None:
    """The moment from which on the log has every change of these models; None when it never lost any.

    Args:
        kinds: audited models.
    """
    keep = min(policy_of(kind).keep_months for kind in kinds)
    thinned = [
        head.month
        for head in ChainHead.objects.exclude(pruned_at=None).order_by("-month")
        if head.pruned_at is not None and head.month < month_start(head.pruned_at.date(), -keep)
    ]
    if not thinned:
        return None
    following: Any = month_start(thinned[0], 1)
    return datetime(following.year, following.month, 1, tzinfo=UTC)
