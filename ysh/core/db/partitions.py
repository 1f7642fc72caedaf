"""Tables partitioned by month: create ahead, and drop past the retention. Plain PostgreSQL, no extension.

Every partitioned table has a DEFAULT partition, so an insert of any date succeeds. Rows that landed there because their month
did not exist yet are moved when the month's partition is made.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from psycopg import sql


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """What maintenance did, or would do, to one table.

    Attributes:
        table: qualified name of the partitioned table.
        created: names of the new monthly partitions.
        dropped: names of the partitions past the retention.
        moved: rows taken out of the default partition into a new month.
    """

    table: str
    created: tuple[str, ...]
    dropped: tuple[str, ...]
    moved: int = 0


def month_start(day: date, months: int = 0) -> date:
    """First day of the month that lies `months` after that of `day` (before, when negative)."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _names(table: str) -> tuple[str, str]:
    schema, name = table.split(".")
    return schema, name


def _partition_key(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT a.attname FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] "
        "WHERE p.partrelid = %s::regclass",
        [table],
    )
    row = cursor.fetchone()
    if row is None:
        raise ValueError(f"{table} is not a partitioned table.")
    return str(row[0])


def list_partitions(connection: Any, table: str) -> dict[str, date | None]:
    """Monthly partitions of the table with their first day; None for the default partition."""
    schema, name = _names(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        children = [row[0] for row in cursor.fetchall()]
    found: dict[str, date | None] = {}
    for child in children:
        suffix = child.removeprefix(f"{name}_")
        found[f"{schema}.{child}"] = None if suffix == "default" else datetime.strptime(suffix, "y%Ym%m").replace(tzinfo=UTC).date()
    return found


def _create_month(connection: Any, table: str, first: date) -> int:
    """Create one month's partition; rows of that month move there from the default partition. Returns how many moved."""
    schema, name = _names(table)
    partition, default = f"{name}_y{first:%Y}m{first:%m}", f"{name}_default"
    start, end = f"{first:%Y-%m-%d} 00:00:00+00", f"{month_start(first, 1):%Y-%m-%d} 00:00:00+00"
    with connection.cursor() as cursor:
        key = sql.Identifier(_partition_key(cursor, table))
        names = {
            "new": sql.Identifier(schema, partition),
            "parent": sql.Identifier(schema, name),
            "default": sql.Identifier(schema, default),
            "key": key,
            "start": sql.Literal(start),
            "end": sql.Literal(end),
        }
        cursor.execute(sql.SQL("CREATE TABLE {new} (LIKE {parent} INCLUDING ALL EXCLUDING IDENTITY)").format(**names))
        cursor.execute(sql.SQL("LOCK TABLE {default} IN SHARE ROW EXCLUSIVE MODE").format(**names))
        # The moved rows must be gone from the default before the month is attached, and never be in both.
        cursor.execute(sql.SQL("CREATE TEMP TABLE moving ON COMMIT DROP AS SELECT * FROM {default} WHERE {key} >= {start} AND {key} < {end}").format(**names))
        cursor.execute("SELECT count(*) FROM moving")
        moved = int(cursor.fetchone()[0])
        if moved:
            cursor.execute(sql.SQL("DELETE FROM {default} WHERE {key} >= {start} AND {key} < {end}").format(**names))
        cursor.execute(sql.SQL("ALTER TABLE {parent} ATTACH PARTITION {new} FOR VALUES FROM ({start}) TO ({end})").format(**names))
        if moved:
            columns = _insertable_columns(cursor, table)
            cursor.execute(
                sql.SQL("INSERT INTO {parent} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM moving").format(columns=columns, **names)
            )
        cursor.execute("DROP TABLE moving")
    return moved


def _insertable_columns(cursor: Any, table: str) -> sql.Composed:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(row[0]) for row in cursor.fetchall())


def create_initial_partitions(connection: Any, table: str) -> None:
    """Default partition, this month's and the next `PARTITION_MONTHS_AHEAD`; for migrations."""
    schema, name = _names(table)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF {} DEFAULT").format(sql.Identifier(schema, f"{name}_default"), sql.Identifier(schema, name))
        )
    today = datetime.now(UTC).date()
    for ahead in range(settings.PARTITION_MONTHS_AHEAD + 1):
        _create_month(connection, table, month_start(today, ahead))


def maintain_partitions(connection: Any, table: str, *, today: date, keep_months: int, dry_run: bool = False) -> PartitionReport:
    """Create the months ahead and those that rows in the default partition need; detach and drop months past the retention.

    Args:
        connection: a Django database connection.
        table: qualified name, e.g. "pipeline.ingestion_log".
        today: the day to count from (UTC).
        keep_months: how many full months before this one are kept.
        dry_run: only say what would be done.

    Raises:
        ValueError: the table is not partitioned, or `keep_months` is negative.
    """
    from django.db import transaction

    if keep_months < 0:
        raise ValueError(f"keep_months must be 0 or more, not {keep_months}.")
    present = list_partitions(connection, table)
    have = {first for first in present.values() if first}
    oldest_kept = month_start(today, -keep_months)
    wanted = {month_start(today, ahead) for ahead in range(settings.PARTITION_MONTHS_AHEAD + 1)}
    with connection.cursor() as cursor:
        key = _partition_key(cursor, table)
        cursor.execute(
            sql.SQL("SELECT DISTINCT date_trunc('month', {} AT TIME ZONE 'UTC')::date FROM {}").format(
                sql.Identifier(key), sql.Identifier(*_names(f"{table}_default"))
            )
        )
        stray = {row[0] for row in cursor.fetchall()}
    create = sorted((wanted | {first for first in stray if first >= oldest_kept}) - have)
    expired = sorted(name for name, first in present.items() if first and first < oldest_kept)
    moved = 0
    schema, name = _names(table)
    if not dry_run:
        for first in create:
            with transaction.atomic(using=connection.alias):
                moved += _create_month(connection, table, first)
        for partition in expired:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                child = sql.Identifier(*_names(partition))
                cursor.execute(sql.SQL("ALTER TABLE {} DETACH PARTITION {}").format(sql.Identifier(schema, name), child))
                cursor.execute(sql.SQL("DROP TABLE {}").format(child))
    return PartitionReport(table, tuple(f"{table}_y{first:%Y}m{first:%m}" for first in create), tuple(expired), moved)
