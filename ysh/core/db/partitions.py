"""Tables partitioned by month (UTC): create ahead, and drop past the retention. Plain PostgreSQL, no extension.

Every partitioned table has a DEFAULT partition, so an insert of any date succeeds. Rows that landed there because their month
did not exist yet are moved when the month's partition is made. Maintenance needs the table's owner.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.db import connection as default_connection
from django.db import transaction
from psycopg import sql

from ysh.core.db.locks import lock_key
from ysh.core.errors import TerminalError

# Maintenance gives up, until the next day, rather than let writers queue behind it while it waits for a long transaction.
LOCK_TIMEOUT = "10s"
# What a Python date can hold, with room for the month's end. Rows dated outside, and `infinity`, stay in the default partition.
FIRST_DATE, LAST_DATE = "0001-01-01", "9999-12-01"


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """What maintenance did, or would do, to one table.

    Attributes:
        table: qualified name of the partitioned table.
        created: qualified names of the new monthly partitions.
        dropped: qualified names of the partitions past the retention.
        moved: rows taken out of the default partition into a new month.
        purged: rows past the retention deleted from the default partition.
    """

    table: str
    created: tuple[str, ...]
    dropped: tuple[str, ...]
    moved: int = 0
    purged: int = 0


def month_start(day: date, months: int = 0) -> date:
    """First day of the month that lies `months` after that of `day` (before, when negative).

    Raises:
        ValueError: the month lies outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def partition_name(table: str, first: date) -> str:
    """Qualified name of a month's partition: `audit.change_log_y2026m11`."""
    return f"{table}_y{first.year:04d}m{first.month:02d}"


def _identifier(qualified: str) -> sql.Identifier:
    return sql.Identifier(*qualified.split("."))


def _run(cursor: Any, statement: str, **names: sql.Composable) -> None:
    cursor.execute(sql.SQL(statement).format(**names))


def _partition_key(cursor: Any, table: str) -> sql.Identifier:
    cursor.execute(
        "SELECT a.attname FROM pg_partitioned_table p "
        "JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] WHERE p.partrelid = %s::regclass",
        [table],
    )
    row = cursor.fetchone()
    if row is None:
        raise ValueError(f"{table} is not a partitioned table.")
    return sql.Identifier(row[0])


def list_partitions(connection: Any, table: str) -> dict[str, date | None]:
    """The table's partitions by qualified name, each with its first day; None for the default partition.

    A partition that does not carry the name of a month was made by somebody else: it is not listed, and left alone.
    """
    form = re.compile(re.escape(table) + r"_(?:default|y(\d{4})m(\d{2}))")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        matches = [form.fullmatch(row[0]) for row in cursor.fetchall()]
    return {match[0]: date(int(match[1]), int(match[2]), 1) if match[1] else None for match in matches if match}


def _columns(cursor: Any, table: str) -> sql.Composed:
    """The columns a row consists of; generated ones follow from them."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(row[0]) for row in cursor.fetchall())


def _create_month(connection: Any, table: str, first: date) -> int:
    """Create one month's partition, and take that month's rows out of the default partition. Returns how many moved.

    The rows are copied into the new table before it is attached, and deleted from the default partition with its triggers off:
    moving a row is no change of it, so no trigger sees it and every value stays, identity and all.
    """
    partition = partition_name(table, first)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [partition])
        if cursor.fetchone()[0] is not None:
            raise TerminalError(
                f"{partition} exists and is not a partition of {table}, so that month cannot be created.",
                todo="Attach it with ALTER TABLE ... ATTACH PARTITION, or rename or drop it.",
                code="partition_name_taken",
            )
        names: dict[str, sql.Composable] = {
            "new": _identifier(partition),
            "parent": _identifier(table),
            "default": _identifier(f"{table}_default"),
            "key": _partition_key(cursor, table),
            "columns": _columns(cursor, table),
            "start": sql.Literal(f"{first.isoformat()} 00:00:00+00"),
            "end": sql.Literal(f"{month_start(first, 1).isoformat()} 00:00:00+00"),
        }
        # Writers stop at the table itself, before they choose a partition: one that had chosen the default partition and then
        # waited for it would find its row refused there. Then the lock ATTACH will want, at once: taken later, it could deadlock.
        _run(cursor, "LOCK TABLE ONLY {parent} IN SHARE ROW EXCLUSIVE MODE", **names)
        _run(cursor, "LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE", **names)
        _run(cursor, "CREATE TABLE {new} (LIKE {parent} INCLUDING ALL EXCLUDING IDENTITY)", **names)
        _run(
            cursor,
            "INSERT INTO {new} ({columns}) SELECT {columns} FROM {default} WHERE {key} >= {start} AND {key} < {end}",
            **names,
        )
        moved = int(cursor.rowcount)
        if moved:
            _delete_from_default(cursor, "{key} >= {start} AND {key} < {end}", **names)
        _run(cursor, "ALTER TABLE {parent} ATTACH PARTITION {new} FOR VALUES FROM ({start}) TO ({end})", **names)
    return moved


def _delete_from_default(cursor: Any, condition: str, **names: sql.Composable) -> int:
    """Delete without firing the default partition's own triggers, which may refuse it (the change log's do)."""
    _run(cursor, "ALTER TABLE {default} DISABLE TRIGGER USER", **names)
    cursor.execute(sql.SQL("DELETE FROM {default} WHERE ").format(**names) + sql.SQL(condition).format(**names))
    deleted = int(cursor.rowcount)
    _run(cursor, "ALTER TABLE {default} ENABLE TRIGGER USER", **names)
    return deleted


def create_initial_partitions(connection: Any, table: str) -> None:
    """Default partition, this month's and the next `PARTITION_MONTHS_AHEAD`; for migrations."""
    with connection.cursor() as cursor:
        _run(
            cursor,
            "CREATE TABLE {default} PARTITION OF {parent} DEFAULT",
            default=_identifier(f"{table}_default"),
            parent=_identifier(table),
        )
    today = datetime.now(UTC).date()
    for ahead in range(settings.PARTITION_MONTHS_AHEAD + 1):
        _create_month(connection, table, month_start(today, ahead))


@dataclass(frozen=True, slots=True)
class _Plan:
    create: tuple[date, ...]
    drop: tuple[str, ...]
    moving: int
    expired: int


def _plan(connection: Any, table: str, today: date, oldest_kept: date) -> _Plan:
    present = list_partitions(connection, table)
    with connection.cursor() as cursor:
        names = {
            "key": _partition_key(cursor, table),
            "default": _identifier(f"{table}_default"),
            "oldest": sql.Literal(f"{oldest_kept.isoformat()} 00:00:00+00"),
            "first": sql.Literal(f"{FIRST_DATE} 00:00:00+00"),
            "last": sql.Literal(f"{LAST_DATE} 00:00:00+00"),
        }
        _run(
            cursor,
            "SELECT date_trunc('month', {key} AT TIME ZONE 'UTC')::date, count(*) FROM {default} "
            "WHERE {key} >= {oldest} AND {key} >= {first} AND {key} < {last} GROUP BY 1",
            **names,
        )
        stray = dict(cursor.fetchall())
        _run(cursor, "SELECT count(*) FROM {default} WHERE {key} < {oldest}", **names)
        expired = int(cursor.fetchone()[0])
    wanted = {month_start(today, ahead) for ahead in range(settings.PARTITION_MONTHS_AHEAD + 1)}
    create = sorted((wanted | stray.keys()) - set(present.values()))
    return _Plan(
        create=tuple(create),
        drop=tuple(name for name, first in present.items() if first and first < oldest_kept),
        moving=sum(stray.values()),
        expired=expired,
    )


def _locked_cursor(connection: Any, table: str) -> Any:
    """Inside a transaction: alone in maintaining this table until it ends. A second caller waits, then finds nothing to do."""
    cursor = connection.cursor()
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(f"partitions:{table}")])
    return cursor


def maintain_partitions(connection: Any, table: str, *, today: date, keep_months: int, dry_run: bool = False) -> PartitionReport:
    """Create the months ahead and those that rows in the default partition need; detach and drop what is past the retention.

    Each partition is a transaction of its own, so that locks are short and a failure leaves the table consistent; the next call
    goes on from there.

    Args:
        connection: a Django database connection.
        table: qualified name, e.g. "pipeline.ingestion_log".
        today: the day to count from (UTC).
        keep_months: how many full months before this one are kept.
        dry_run: only say what would be done.

    Returns:
        What this call did; a concurrent call's work is not counted.

    Raises:
        ValueError: the table is not partitioned, `keep_months` is negative, or it reaches back before the year 1.
        TerminalError: a table that is no partition has a month's name.
        django.db.OperationalError: somebody held the table for longer than `LOCK_TIMEOUT`.
    """
    if keep_months < 0:
        raise ValueError(f"keep_months must be 0 or more, not {keep_months}.")
    oldest_kept = month_start(today, -keep_months)
    plan = _plan(connection, table, today, oldest_kept)
    if dry_run:
        names = tuple(partition_name(table, first) for first in plan.create)
        return PartitionReport(table, names, plan.drop, plan.moving, plan.expired)

    created, dropped, moved, purged = [], [], 0, 0
    for first in plan.create:
        with transaction.atomic(using=connection.alias), _locked_cursor(connection, table):
            if first not in list_partitions(connection, table).values():
                moved += _create_month(connection, table, first)
                created.append(partition_name(table, first))
    for partition in plan.drop:
        with transaction.atomic(using=connection.alias), _locked_cursor(connection, table) as cursor:
            if partition in list_partitions(connection, table):
                names_of = {"parent": _identifier(table), "child": _identifier(partition)}
                _run(cursor, "ALTER TABLE {parent} DETACH PARTITION {child}", **names_of)
                _run(cursor, "DROP TABLE {child}", **names_of)
                dropped.append(partition)
    if plan.expired:
        with transaction.atomic(using=connection.alias), _locked_cursor(connection, table) as cursor:
            purged = _delete_from_default(
                cursor,
                "{key} < {oldest}",
                default=_identifier(f"{table}_default"),
                key=_partition_key(cursor, table),
                oldest=sql.Literal(f"{oldest_kept.isoformat()} 00:00:00+00"),
            )
    return PartitionReport(table, tuple(created), tuple(dropped), moved, purged)


def maintain_all(today: date | None = None, *, dry_run: bool = False) -> list[PartitionReport]:
    """Maintain every table named in `settings.PARTITION_RETENTION_MONTHS`.

    Args:
        today: the day to count from; by default today in UTC.
        dry_run: only say what would be done.
    """
    day = today or datetime.now(UTC).date()
    return [
        maintain_partitions(default_connection, table, today=day, keep_months=months, dry_run=dry_run)
        for table, months in sorted(settings.PARTITION_RETENTION_MONTHS.items())
    ]
