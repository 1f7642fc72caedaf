"""The declared checks over what is stored, whenever somebody asks: not part of a run, so nothing is stopped by them."""

from django.db import connection
from psycopg import sql

from pipeline.quality.run_checks import CheckResult, run_checks
from pipeline.run_record import store_checks
from pipeline.sources.base import Source


def check_stored(source: Source) -> list[CheckResult]:
    """Check the stored rows of a source (of units those that are active), and keep the results."""
    with connection.cursor() as cursor:
        results = run_checks(
            cursor.cursor,
            source.checks,
            table=sql.Identifier(*source.table.split(".")),
            name=source.table,
            key=source.table_key,
            where="status = 'ACTIVE'" if source.vanished == "mark" else "true",
        )
    store_checks(None, source.table, results)
    return results
