"""How many rows, without counting them."""

import json
from typing import Any


def estimated_row_count(connection: Any, table: str) -> int:
    """The planner's figure for a table (its partitions included), as of the last ANALYZE; 0 when never analysed.

    Args:
        connection: a Django database connection.
        table: the table's name, qualified or found through the search path.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c "
            "WHERE c.oid = %s::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree(%s::regclass) WHERE isleaf)",
            [table, table],
        )
        return int(cursor.fetchone()[0])


def estimated_query_count(connection: Any, query: Any, params: Any = ()) -> int:
    """The planner's figure for a query's result, from EXPLAIN; good to an order of magnitude."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", params)
        plan = cursor.fetchone()[0]
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return int(parsed[0]["Plan"]["Plan Rows"])
