"""Reading the feed of changes so that a consumer neither misses one nor gets one twice, whoever writes meanwhile.

Rows get their id when they are written and are seen when their transaction commits, so "id greater than the last one" would miss
the rows of a transaction that took its ids early and commits late. Instead the feed is read in windows of finished transactions:

* `horizon`: the smallest transaction id that may still be running. Everything below it has ended, for good.
* A window is the rows whose transaction id lies from the previous horizon up to, not including, the horizon of now. No row can
  join it any more. It is read by id, in pages.
* Then the next window begins where this one ended.

Within a window ids order the changes of one object, because its writers queue for its row's lock. Across windows too: had the
later writer's transaction ended in an earlier window, the earlier writer's would have ended before it. So the order is one in
which the commits could have happened, and for each object the one in which they did. A writer that takes long holds the feed up;
it breaks nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from pipeline.models import Change

# Of each kept row: how long a transaction may run and still be read by everybody who polls within `CHANGES_KEEP_DAYS`.
_SPARE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a consumer stands.

    Attributes:
        low, high: its window of transaction ids, `high` excluded.
        last: id of the last row of the window it was given; 0 before the first.
        at: when the window was opened.
    """

    low: int
    high: int
    last: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes.

    Attributes:
        rows: in order.
        place: where to go on.
        has_more: whether to ask again at once.
    """

    rows: list[Change]
    place: Place
    has_more: bool


class PlaceLost(Exception):  # noqa: N818  (it says what happened)
    """The place is older than what is kept, or of another life of this database: start again with a full copy."""


# Transactions of the cluster's other databases are left out: they write none of our rows. One that ended meanwhile is not
# known to be another's, and counts: the horizon is then lower than it could be, never higher. So a horizon may lie below an
# earlier one; what the earlier one said stays true.
#
# `xmax` is one more than the latest transaction that ENDED, not the next one to begin: transactions at or above it may be running
# already. As an upper bound that is left out it is right; as "everything that has begun" it would be wrong.
_HORIZON = """
SELECT coalesce(min(running.id), max(now.ended)), max(now.ended)
FROM (SELECT snapshot, pg_snapshot_xmax(snapshot)::text::bigint AS ended FROM pg_current_snapshot() AS snapshot) now
LEFT JOIN LATERAL (
    SELECT xid::text::bigint AS id FROM pg_snapshot_xip(now.snapshot) AS xid
    WHERE NOT EXISTS (
        SELECT FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
        WHERE a.backend_xid::text::bigint = xid::text::bigint % 4294967296 AND d.datname <> current_database()
    )
) running ON true
"""


def horizon() -> tuple[int, int]:
    """The smallest transaction id that may still be running in this database; and one that no horizon so far lies above."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        lowest, ended = cursor.fetchone()
        return int(lowest), int(ended)


def beginning() -> Place:
    """The oldest change that is kept."""
    return Place(0, horizon()[0], 0, datetime.now(UTC))


def latest() -> Place:
    """Now: only what comes from here on."""
    now, _ended = horizon()
    return Place(now, now, 0, datetime.now(UTC))


def read_changes(place: Place, *, limit: int, kinds: Collection[str] = ()) -> ChangePage:
    """The changes after a place.

    Args:
        place: from `beginning`, `latest` or an earlier page.
        limit: how many at most.
        kinds: only these kinds; all without any.

    Raises:
        PlaceLost: see there.
    """
    now = datetime.now(UTC)
    if place.at < now - timedelta(days=settings.CHANGES_KEEP_DAYS):
        raise PlaceLost
    current, ended = horizon()
    if place.high > ended:  # a backup was restored into a cluster with fewer transactions behind it
        raise PlaceLost
    current = max(current, place.high)
    is_finished = place.low == place.high
    if is_finished:
        place = Place(place.high, current, 0, now)
    rows = list(_window(place, kinds)[: limit + 1])
    if len(rows) > limit:
        rows = rows[:limit]
        return ChangePage(rows, replace(place, last=rows[-1].pk), has_more=True)
    # An old window came to its end: newer ones may be waiting.
    return ChangePage(rows, Place(place.high, place.high, 0, now), has_more=place.high < current)


def _window(place: Place, kinds: Collection[str]) -> "QuerySet[Change]":
    rows = Change.objects.filter(transaction_id__gte=place.low, transaction_id__lt=place.high, pk__gt=place.last)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return rows.order_by("pk")


def forget_old_changes() -> int:
    """Delete changes nobody may ask for any more. Returns how many."""
    before = datetime.now(UTC) - timedelta(days=settings.CHANGES_KEEP_DAYS) - _SPARE
    deleted, _by_model = Change.objects.filter(changed_at__lt=before).delete()
    return deleted


def shown(change: Change) -> dict[str, Any]:
    """A change as readers get it; `path` is the object's address under /api/v1/."""
    data = change.data or {}
    of = data.get("of", change.kind)
    paths = {"product": f"products/{change.key}/", "kit": f"kits/{change.key}/"}
    return {
        "type": change.kind,
        "key": change.key,
        "operation": change.operation,
        "changed_at": change.changed_at,
        "path": paths.get(of, "certifications/"),
        "data": change.data,
    }
