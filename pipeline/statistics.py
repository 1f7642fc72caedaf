"""What is computed from a table after a load."""

from django.db import connection

from pipeline.sources.base import Source

MATERIALIZED = {"aneel.generation_units": "aneel.mv_gen_units_statistics"}


def refresh_statistics(source: Source) -> None:
    """Refresh the source's materialized view without locking out its readers, and the planner's statistics."""
    view = MATERIALIZED.get(source.table)
    if view is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT relispopulated FROM pg_class WHERE oid = %s::regclass", [view])
        concurrently = "CONCURRENTLY" if cursor.fetchone()[0] else ""
        cursor.execute(f"REFRESH MATERIALIZED VIEW {concurrently} {view}")
