"""Run declared checks over a table in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from pipeline.quality.check import Check

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        check: its declaration.
        checked, failed: rows looked at, rows that met the bad condition.
        query: the SQL that counts the bad rows.
        examples: keys of some bad rows.
    """

    check: Check
    checked: int
    failed: int
    query: str
    examples: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        return self.failed / self.checked if self.checked else 0.0

    @property
    def passed(self) -> bool:
        return self.rate <= self.check.threshold


def run_checks(
    cursor: Any, checks: Sequence[Check], *, table: sql.Composable, name: str, key: str, where: str = "true"
) -> list[CheckResult]:
    """Count the bad rows of every check in a single scan, then fetch examples for those that failed.

    Args:
        cursor: a psycopg cursor.
        checks: declarations; their conditions are SQL of ours, never input.
        table: what to read (a table or a temporary one with the same columns).
        name: the table's name, for the stored query.
        key: column that identifies a row.
        where: SQL condition on the rows to look at.
    """
    if not checks:
        return []
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE ") + sql.SQL(check.failed_when) + sql.SQL(")") for check in checks
    )
    cursor.execute(sql.SQL("SELECT count(*), {} FROM {} WHERE {}").format(counts, table, sql.SQL(where)))
    checked, *failed = cursor.fetchone()
    results = []
    for check, bad in zip(checks, failed, strict=True):
        examples: tuple[str, ...] = ()
        result = CheckResult(check, checked, bad, f"SELECT count(*) FROM {name} WHERE ({where}) AND ({check.failed_when})")  # noqa: S608
        if not result.passed:
            cursor.execute(
                sql.SQL("SELECT {}::text FROM {} WHERE ({}) AND ({}) LIMIT {}").format(
                    sql.Identifier(key), table, sql.SQL(where), sql.SQL(check.failed_when), sql.Literal(EXAMPLES)
                )
            )
            examples = tuple(row[0] for row in cursor.fetchall())
        results.append(CheckResult(check, checked, bad, result.query, examples))
    return results
