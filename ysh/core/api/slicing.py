"""How the rows of one page are read from the database.

`direct` is for small tables, and for orders with an index and filters that hardly narrow.

`ProbeThenGather` is for tables of millions with many filters. `WHERE filters ORDER BY id LIMIT 50` leaves the planner a bet:
walk the index of the order until 50 rows pass the filters, or collect all rows that pass and sort them. It bets on estimates
that take columns for independent of each other and of the order. Files come sorted by distributor and state, so the bet is often
lost, and the loss is a walk over millions of rows. Instead of betting:

1. Glance, where a filter is served by an index (below): the next few of its rows, eight times the page. Mostly that is all.
2. Probe: the next `window` rows of the order, filtered. Common filters fill the page here, whatever the statistics say.
3. Gather: the page not being full, matches beyond the window are rare, or sit together further on. Collect them through the
   filters' own indexes, and sort. When even the planner counts more than `gather_limit` of them, walk on after all.

A filter whose column leads an index (column, id) is read in order from that index: the window then spans that column's rows
only. With n rows a page of N, a window of sqrt(n N) rows bounds the last two steps by about that many rows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isqrt
from typing import Any

from django.db import connections
from django.db.models import F, QuerySet, Value

from ysh.core.api.ordering import KeyOrder
from ysh.core.db.expressions import RowComparison, Unindexed

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Slice:
    """What a page, or the rest of one, needs.

    Attributes:
        queryset: filtered, without order.
        order: the order; its columns are selected after `columns`.
        columns: expressions to select.
        limit: how many rows at most.
        after: values of the order's columns; only rows beyond them. None from the start.
        equalities: column -> value, filters (applied already) that an index (column, key) may serve in order.
        is_narrowed: whether any filter is applied that may leave few rows.
        bounds: lookup -> value, filters (applied already) on the order's first column: its rows outside of them are no part of
            the order, so the first window does not begin among them.
        shortcut: a way to these rows that only the list knows, tried first; it gives None where it does not lead there.
    """

    queryset: QuerySet[Any]
    order: KeyOrder
    columns: Sequence[Any]
    limit: int
    after: tuple[Any, ...] | None
    equalities: Mapping[str, Any]
    is_narrowed: bool
    bounds: Mapping[str, Any] = field(default_factory=dict)
    shortcut: "Shortcut | None" = None

    def beyond(self, queryset: QuerySet[Any], key: tuple[Any, ...] | None) -> QuerySet[Any]:
        """The rows beyond a key."""
        return queryset if key is None else queryset.filter(self.compare(key, self.order.beyond))

    def compare(self, key: tuple[Any, ...], operator: str) -> RowComparison:
        return RowComparison(self.order.columns, [Value(value) for value in key], operator)

    def read(self, queryset: QuerySet[Any], limit: int) -> Rows:
        """The first rows in order, each with its key at the end."""
        return list(queryset.order_by(*self.order.order_by()).values_list(*self.columns, *map(F, self.order.columns))[:limit])


Slicer = Callable[[Slice], Rows]
Shortcut = Callable[[Slice], Rows | None]


def direct(wanted: Slice) -> Rows:
    """One query; the planner decides."""
    return wanted.read(wanted.beyond(wanted.queryset, wanted.after), wanted.limit)


@dataclass(frozen=True, slots=True)
class ProbeThenGather:
    """Bounded steps for tables of millions; see the module's text.

    Attributes:
        expected_rows: the size the table is built for.
        gather_limit: estimated matches above which the last step walks instead of collecting.
        glance: rows of the first step, in pages.
    """

    expected_rows: int
    gather_limit: int = 500_000
    glance: int = 8

    def __call__(self, wanted: Slice) -> Rows:
        if not wanted.is_narrowed:
            return direct(wanted)
        if wanted.queryset.query.is_empty():
            return []
        if wanted.shortcut is not None and (known := wanted.shortcut(wanted)) is not None:
            return known
        rows: Rows = []
        windows = [isqrt(wanted.limit * self.expected_rows)]
        if _served(wanted):
            windows.insert(0, wanted.limit * self.glance)
        for window in windows:
            left = wanted.limit - len(rows)
            end = self._window_end(wanted, window)
            matches = wanted.beyond(wanted.queryset, wanted.after)
            if end is None:  # the window holds all there is
                return rows + wanted.read(matches, left)
            rows += wanted.read(matches.filter(wanted.compare(end, wanted.order.up_to)), left)
            if len(rows) == wanted.limit:
                return rows
            wanted = replace(wanted, after=end)
        return rows + self._gather(wanted, wanted.beyond(wanted.queryset, wanted.after), wanted.limit - len(rows))

    def _window_end(self, wanted: Slice, window: int) -> tuple[Any, ...] | None:
        """Key of the last row of the window; None when fewer rows than that are left."""
        model = wanted.queryset.model
        rows = model._default_manager.using(wanted.queryset.db).all()
        if len(wanted.order.columns) == 1:
            rows = rows.filter(**_served(wanted))
        else:
            # Rows without a value in the order's column are no part of it.
            rows = rows.filter(**{f"{wanted.order.columns[0]}__isnull": False}, **wanted.bounds)
        keys = wanted.beyond(rows, wanted.after).order_by(*wanted.order.order_by()).values_list(*wanted.order.columns)
        return keys[window - 1 : window].first()

    def _gather(self, wanted: Slice, matches: QuerySet[Any], limit: int) -> Rows:
        if _estimate(matches) > self.gather_limit:
            return wanted.read(matches, limit)
        found = matches.order_by(*wanted.order.order_by(Unindexed)).values("pk")[:limit]
        return wanted.read(matches.model._default_manager.using(matches.db).filter(pk__in=found), limit)


def _served(wanted: Slice) -> dict[str, Any]:
    """The filters by which an index gives rows in the wanted order."""
    if len(wanted.order.columns) > 1:
        return {}
    served = ordered_columns(wanted.queryset.db, wanted.queryset.model._meta.db_table, wanted.order.columns[0])
    return {column: value for column, value in wanted.equalities.items() if column in served}


def _estimate(queryset: QuerySet[Any]) -> int:
    """How many rows the planner expects."""
    plan = json.loads(queryset.order_by().values("pk").explain(format="JSON"))
    return int(plan[0]["Plan"]["Plan Rows"])


@lru_cache(maxsize=64)
def ordered_columns(alias: str, table: str, key: str) -> frozenset[str]:
    """Columns that lead a complete B-tree index (column, key): rows of one value can be read from it in the key's order.

    Read once per process: an index that is added later is used after the next start.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT first.attname FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree' "
            "JOIN pg_attribute first ON first.attrelid = i.indrelid AND first.attnum = i.indkey[0] "
            "JOIN pg_attribute second ON second.attrelid = i.indrelid AND second.attnum = i.indkey[1] "
            "WHERE i.indrelid = %s::regclass AND second.attname = %s "
            "AND i.indnkeyatts = 2 AND i.indpred IS NULL AND i.indisvalid",
            [table, key],
        )
        return frozenset(row[0] for row in cursor.fetchall())
