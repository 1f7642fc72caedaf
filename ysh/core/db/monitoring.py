"""What an operator asks PostgreSQL about: sizes, index use, slow queries. Read-only; one query each."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table, its partitions added up.

    Attributes:
        table: qualified name.
        rows: live rows as PostgreSQL's statistics estimate them.
        dead_rows: rows VACUUM has yet to clear.
        table_bytes, index_bytes, total_bytes: on disk; the total includes TOAST.
        last_analyzed: ISO 8601, None when never.
    """

    table: str
    rows: int
    dead_rows: int
    table_bytes: int
    index_bytes: int
    total_bytes: int
    last_analyzed: str | None


@dataclass(frozen=True, slots=True)
class IndexUse:
    """One index, its partitions added up.

    Attributes:
        index, table: qualified names.
        scans: how often it was used since the statistics were reset.
        bytes: on disk.
        unique: it enforces a constraint, so it has its worth without any scan.
    """

    index: str
    table: str
    scans: int
    bytes: int
    unique: bool


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """One kind of statement, by the time it took in all.

    Attributes:
        query: its text, constants replaced by $1, $2 ...; cut to 300 characters.
        calls, rows: how often it ran, and the rows it gave or wrote.
        total_ms, mean_ms, max_ms: milliseconds.
        cache_hit_percent: share of its blocks found in shared memory; None when it read none.
    """

    query: str
    calls: int
    rows: int
    total_ms: float
    mean_ms: float
    max_ms: float
    cache_hit_percent: float | None


# Each partition counts for the table it belongs to.
_SIZES = """
WITH owned AS (
    SELECT c.oid, coalesce(p.relnamespace, c.relnamespace)::regnamespace || '.' || coalesce(p.relname, c.relname) AS name
    FROM pg_class c
    LEFT JOIN pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
    LEFT JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relkind IN ('r', 'm') AND c.relnamespace::regnamespace::text = ANY (%s)
)
SELECT o.name, coalesce(sum(s.n_live_tup), 0)::bigint, coalesce(sum(s.n_dead_tup), 0)::bigint, sum(pg_table_size(o.oid))::bigint,
       sum(pg_indexes_size(o.oid))::bigint, sum(pg_total_relation_size(o.oid))::bigint,
       max(greatest(s.last_analyze, s.last_autoanalyze))
FROM owned o LEFT JOIN pg_stat_all_tables s ON s.relid = o.oid
GROUP BY o.name ORDER BY 6 DESC, 1
"""
_INDEXES = """
WITH owned AS (
    SELECT x.indexrelid, x.indrelid, x.indisunique, coalesce(p.oid, x.indexrelid) AS root
    FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
    LEFT JOIN pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
    LEFT JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relkind = 'i' AND c.relnamespace::regnamespace::text = ANY (%s)
)
SELECT c.relnamespace::regnamespace || '.' || c.relname, t.relnamespace::regnamespace || '.' || t.relname,
       coalesce(sum(s.idx_scan), 0)::bigint, sum(pg_relation_size(o.indexrelid))::bigint, bool_or(o.indisunique)
FROM owned o JOIN pg_class c ON c.oid = o.root JOIN pg_index r ON r.indexrelid = o.root JOIN pg_class t ON t.oid = r.indrelid
LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = o.indexrelid
GROUP BY 1, 2 ORDER BY 3, 4 DESC, 1
"""
_SLOW = """
SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 300), calls, rows, total_exec_time, mean_exec_time, max_exec_time,
       100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0)
FROM public.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query NOT ILIKE '%%pg_stat_statements%%'
ORDER BY total_exec_time DESC LIMIT %s
"""


def table_sizes(connection: Any) -> list[TableSize]:
    """Tables and materialized views of our schemas, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [list(settings.SCHEMAS)])
        return [
            TableSize(table, rows, dead, heap, indexes, total, analyzed.isoformat() if analyzed else None)
            for table, rows, dead, heap, indexes, total, analyzed in cursor.fetchall()
        ]


def index_use(connection: Any) -> list[IndexUse]:
    """Indexes of our schemas, the least used first."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [list(settings.SCHEMAS)])
        return [IndexUse(*row) for row in cursor.fetchall()]


def slow_queries(connection: Any, limit: int = 10) -> list[SlowQuery] | None:
    """The statements that took the most time in all; None where PostgreSQL does not keep count (no pg_stat_statements)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') "
            "AND EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.track')"
        )
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_SLOW, [limit])
        return [
            SlowQuery(
                query, calls, rows, round(total, 1), round(mean, 3), round(peak, 3), None if hit is None else round(float(hit), 1)
            )
            for query, calls, rows, total, mean, peak, hit in cursor.fetchall()
        ]
