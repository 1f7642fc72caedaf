"""Totals over the generation units, kept in a materialized view."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection as default_connection

VIEW = "aneel.mv_gen_units_statistics"


@dataclass(frozen=True, slots=True)
class StatisticsRefresh:
    """What a refresh did.

    Attributes:
        rows: combinations of state, class and source in the view.
        seconds: how long the refresh took.
        concurrently: whether readers went on meanwhile; not on the first fill.
    """

    rows: int
    seconds: float
    concurrently: bool


def refresh_statistics(connection: Any = default_connection) -> StatisticsRefresh:
    """Bring the view up to date without stopping its readers. One refresh at a time; a second one waits.

    The first fill of an empty view (as after restoring without data) cannot be concurrent, so it is a plain one.

    Args:
        connection: a Django database connection whose role owns the view.
    """
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relispopulated FROM pg_class WHERE oid = %s::regclass", [VIEW])
        populated = bool(cursor.fetchone()[0])
        cursor.execute(f"REFRESH MATERIALIZED VIEW {'CONCURRENTLY ' if populated else ''}{VIEW}")
        cursor.execute(f"SELECT count(*) FROM {VIEW}")  # noqa: S608  (a constant of ours)
        rows = int(cursor.fetchone()[0])
    return StatisticsRefresh(rows, round(time.monotonic() - started, 3), populated)
