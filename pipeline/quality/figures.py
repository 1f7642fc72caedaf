"""Measure the declared figures of a source: one query a figure."""

from typing import Any

from psycopg import sql

from pipeline.quality.metric import SHARE, Metric
from pipeline.sources.base import Source

#: a figure's name, or `name[group]`, and its value
Figures = dict[str, float]


def measure(cursor: Any, source: Source) -> Figures:
    """All figures of a source, `rows` first."""
    table = sql.Identifier(*source.table.split("."))
    cursor.execute(sql.SQL("SELECT count(*)::float8 FROM {} WHERE {}").format(table, sql.SQL(in_use(source))))
    figures: Figures = {"rows": cursor.fetchone()[0]}
    for metric in source.metrics:
        figures |= _measure(cursor, metric, table, in_use(source))
    return figures


def in_use(source: Source) -> str:
    """SQL condition on the rows that count as there."""
    return "status = 'ACTIVE'" if source.vanished == "mark" else "true"


def _measure(cursor: Any, metric: Metric, table: sql.Identifier, base: str) -> Figures:
    where = sql.SQL(f"({base}) AND ({metric.where})")
    if not metric.by:
        cursor.execute(sql.SQL("SELECT ({})::float8 FROM {} WHERE {}").format(sql.SQL(metric.value), table, where))
        value = cursor.fetchone()[0]
        return {metric.name: value} if value is not None else {}
    share = sql.SQL("count(*)::float8 / sum(count(*)) OVER ()")
    value = share if metric.value == SHARE else sql.SQL(f"({metric.value})::float8")
    cursor.execute(
        sql.SQL("SELECT ({})::text, {}, {} FROM {} WHERE {} GROUP BY 1").format(sql.SQL(metric.by), value, share, table, where)
    )
    return {
        f"{metric.name}[{group}]": found
        for group, found, part in cursor.fetchall()
        if group is not None and found is not None and part >= metric.group_at_least
    }
