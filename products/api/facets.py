"""How many rows of a filtered list have each value: one scan of the filtered rows for all facets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from ysh.core.db.expressions import as_expression

MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet; its values are what the filter of the same name takes.

    Attributes:
        name: the filter's name.
        column: the ORM path or expression of the value.
        labels: value -> label for people; a value without one is its own.
        split: turns a stored value into the filter's value; several stored values may become one.
    """

    name: str
    column: Any
    labels: Any = None
    split: Any = None


def count_facets(queryset: QuerySet[Any], facets: Sequence[Facet], ranges: dict[str, Any]) -> dict[str, Any]:
    """Counts by facet, and the least and greatest value of each range, over the rows of a queryset.

    Args:
        queryset: filtered; its order does not matter.
        facets: what to count by.
        ranges: name -> numeric column.
    """
    columns: dict[str, Any] = {
        f"facet_{number}": Cast(as_expression(facet.column), TextField()) for number, facet in enumerate(facets)
    }
    columns |= {f"range_{number}": as_expression(column) for number, column in enumerate(ranges.values())}
    try:
        inner, params = queryset.order_by().annotate(**columns).values_list(*map(F, columns)).query.sql_with_params()
    except EmptyResultSet:  # Django knows without asking: a search for no words
        return _answer(0, facets, [{} for _ in facets], ranges, [None] * (2 * len(ranges)))
    names = [f'"{name}"' for name in columns]
    keys, bounds = names[: len(facets)], names[len(facets) :]
    # First by all facets together: what has the same values is one row from then on, and rows are many more than such.
    least, most = ([f'"{side}_{number}"' for number in range(len(bounds))] for side in ("least", "most"))
    each = "".join(f", min({name}) AS {low}, max({name}) AS {high}" for name, low, high in zip(bounds, least, most, strict=True))
    # To a float the two that are shown only: of a decimal that is made by way of its text.
    extremes = "".join(f", min({low})::float8, max({high})::float8" for low, high in zip(least, most, strict=True))
    same = (
        f"SELECT {', '.join(keys)}, count(*) AS times{each} "  # noqa: S608 (our own names)
        f"FROM ({inner}) AS found ({', '.join(names)}) GROUP BY {', '.join(keys)}"
    )
    sql = (
        f"SELECT GROUPING({', '.join(keys)}), COALESCE({', '.join(keys)}), COALESCE(sum(times), 0)::bigint{extremes} "  # noqa: S608
        f"FROM ({same}) AS same GROUP BY GROUPING SETS ({', '.join(f'({key})' for key in keys)}, ()) ORDER BY 3 DESC, 2"
    )
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    everything = (1 << len(facets)) - 1
    counted: list[dict[str | None, int]] = [{} for _ in facets]
    total = 0
    extents: Sequence[float | None] = [None] * (2 * len(ranges))
    for grouping, value, count, *extremes_found in rows:
        if grouping == everything:
            total, extents = count, extremes_found
            continue
        # GROUPING has a bit for each column that is NOT grouped by; the first column is the highest bit.
        position = len(facets) - (everything ^ grouping).bit_length()
        split = facets[position].split
        shown = split(value) if split is not None and value is not None else value
        counted[position][shown] = counted[position].get(shown, 0) + count
    return _answer(total, facets, counted, ranges, extents)


def _answer(
    total: int,
    facets: Sequence[Facet],
    counted: Sequence[dict[str | None, int]],
    ranges: Iterable[str],
    extents: Sequence[float | None],
) -> dict[str, Any]:
    return {
        "count": total,
        "facets": {facet.name: _values(facet, values) for facet, values in zip(facets, counted, strict=True)},
        "ranges": {name: {"min": extents[2 * number], "max": extents[2 * number + 1]} for number, name in enumerate(ranges)},
    }


def _values(facet: Facet, counted: dict[str | None, int]) -> list[dict[str, Any]]:
    labels = dict(facet.labels or ())
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))
    return [
        {"value": value, "label": None if value is None else str(labels.get(value, value)), "count": count}
        for value, count in ordered[:MOST_VALUES]
    ]
