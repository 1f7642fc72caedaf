"""Is the log as it was written? Every entry's hash, its place in the chain, the chains' ends and their copies elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from audit.chain import seal
from audit.checkpoints import Checkpoint, read
from audit.lake import LakeError
from audit.models import ChainHead
from audit.retention import archive_fault
from ysh.core.db.partitions import month_start

#: an entry that stands so long after younger ones was not written when it says: no transaction is open for that long
BACKDATED_HOURS = 24
#: findings of one kind and month that are named one by one; the rest is counted
NAMED = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written.

    Attributes:
        month: ISO, first day.
        kind: altered, removed, inserted, moved, head (the chain's end), checkpoint.
        entry: id of the entry; None where it is gone.
        position: place in the chain, when known.
        message: what is wrong, for people.
    """

    month: str
    kind: str
    entry: int | None
    position: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and found.

    Attributes:
        months: ISO, those looked at.
        entries: how many entries were checked.
        erased: how many of them had personal data erased, properly.
        findings: what is wrong; empty when all is well.
        warnings: what could not be checked (a store that does not answer).
    """

    months: tuple[str, ...]
    entries: int
    erased: int
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


# One pass over the month: each entry's own hash, by several workers, and then what stands before it in the chain.
_CHECK = """
WITH hashed AS MATERIALIZED (
    SELECT c.id, c.changed_at, c.chain_position AS place, c.prev_hash, c.entry_hash,
           c.entry_hash IS DISTINCT FROM audit.entry_digest(c, c.prev_hash, c.chain_position, audit.personal_digest(c)) AS other
    FROM audit.change_log c
    WHERE c.changed_at >= %(from)s AND c.changed_at < %(to)s AND c.entry_hash IS NOT NULL
), erasures AS (
    SELECT record_id::bigint AS id,
           decode((array_agg(old_values ->> 'personal_digest' ORDER BY id))[1], 'hex') AS was,
           decode((array_agg(new_values ->> 'personal_digest' ORDER BY id DESC))[1], 'hex') AS now
    FROM audit.change_log
    WHERE table_schema = 'audit' AND table_name = 'change_log' AND operation = 'UPDATE' AND entry_hash IS NOT NULL
    GROUP BY 1
), checked AS (
    SELECT h.id, h.changed_at, h.place, h.prev_hash, h.entry_hash, r.was IS NOT NULL AS erased,
           -- The hash of an erased entry was made with the digest of what stood there.
           CASE WHEN r.id IS NULL THEN h.other ELSE (
               SELECT c.entry_hash IS DISTINCT FROM audit.entry_digest(c, c.prev_hash, c.chain_position, r.was)
                      OR r.now <> audit.personal_digest(c)
               FROM audit.change_log c WHERE c.id = h.id AND c.changed_at = h.changed_at
           ) END AS altered
    FROM hashed h LEFT JOIN erasures r ON r.id = h.id
), chained AS (
    SELECT *, lag(id) OVER chain AS id_before, lag(place) OVER chain AS place_before, lag(entry_hash) OVER chain AS hash_before,
           max(changed_at) OVER (chain ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS youngest_before
    FROM checked WINDOW chain AS (ORDER BY place, id)
), judged AS (
    SELECT *,
           place = coalesce(place_before, 0) + 1 AND prev_hash <> coalesce(hash_before, audit.first_hash(%(month)s)) AS unlinked,
           place > coalesce(place_before, 0) + 1 AS gap,
           place = place_before AS doubled,
           changed_at < youngest_before - %(backdated)s * interval '1 hour' AS backdated
    FROM chained
)
SELECT id, place, id_before, place_before, altered, unlinked, gap, doubled, backdated, count(*) OVER ()
FROM judged WHERE altered OR unlinked OR gap OR doubled OR backdated ORDER BY place, id LIMIT %(named)s
"""
_TOTALS = """
SELECT count(*) FILTER (WHERE entry_hash IS NOT NULL), max(chain_position),
       (SELECT entry_hash FROM audit.change_log WHERE changed_at >= %(from)s AND changed_at < %(to)s AND entry_hash IS NOT NULL
        ORDER BY chain_position DESC, id DESC LIMIT 1),
       count(*) FILTER (WHERE record_id IS NOT NULL AND id IN (
           SELECT record_id::bigint FROM audit.change_log WHERE table_schema = 'audit' AND table_name = 'change_log'
           AND operation = 'UPDATE' AND entry_hash IS NOT NULL))
FROM audit.change_log WHERE changed_at >= %(from)s AND changed_at < %(to)s
"""
_NEVER_SEALED = """
SELECT id FROM audit.change_log WHERE changed_at >= %(from)s AND changed_at < %(to)s AND entry_hash IS NULL
AND (id <= (SELECT settled_id FROM audit.seal_progress) OR %(closed)s) ORDER BY id LIMIT %(named)s
"""
_AT = """
SELECT id, entry_hash FROM audit.change_log WHERE changed_at >= %(from)s AND changed_at < %(to)s AND chain_position = %(place)s
"""


# Hashing is nearly all of the work, and no matter of the planner's estimates.
_RESOURCES = """
SET LOCAL work_mem = '256MB'; SET LOCAL max_parallel_workers_per_gather = 4; SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = '1MB'
"""


def verify(month: date | None = None) -> Verification:
    """Check one month, or all. Seals first, so that everything committed is looked at.

    Args:
        month: any day of it.
    """
    seal()
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS)
        months = {row[0] for row in cursor.fetchall()} | set(ChainHead.objects.values_list("month", flat=True))
    chosen = sorted(months if month is None else {month_start(month)})
    findings: list[Finding] = []
    warnings: list[str] = []
    entries = erased = 0
    for one in chosen:
        with transaction.atomic(), connection.cursor() as cursor:
            # One picture of log and heads, whatever is sealed meanwhile.
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(_RESOURCES)
            month_check = _MonthCheck(cursor, one)
            findings += month_check.findings()
            warnings += month_check.warnings
            entries += month_check.entries
            erased += month_check.erased
    return Verification(tuple(one.isoformat() for one in chosen), entries, erased, tuple(findings), tuple(warnings))


# Months that have entries, one look at an index for each.
_MONTHS = """
WITH RECURSIVE m AS (
    (SELECT changed_at FROM audit.change_log WHERE isfinite(changed_at) ORDER BY changed_at, id LIMIT 1)
    UNION ALL
    SELECT (SELECT c.changed_at FROM audit.change_log c WHERE isfinite(c.changed_at)
            AND c.changed_at >= (date_trunc('month', m.changed_at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
            ORDER BY c.changed_at, c.id LIMIT 1)
    FROM m WHERE m.changed_at IS NOT NULL
) SELECT date_trunc('month', changed_at AT TIME ZONE 'UTC')::date FROM m WHERE changed_at IS NOT NULL
"""


class _MonthCheck:
    """One month's check, in the caller's transaction."""

    def __init__(self, cursor: Any, month: date) -> None:
        self._cursor, self._month, self._iso = cursor, month, month.isoformat()
        self._bounds = {"from": f"{month} 00:00:00+00", "to": f"{month_start(month, 1)} 00:00:00+00", "month": month}
        self._head = ChainHead.objects.filter(month=month).first()
        self.entries = self.erased = self._last = 0
        self.warnings: list[str] = []

    def _ask(self, query: str, **more: Any) -> Sequence[tuple[Any, ...]]:
        self._cursor.execute(query, {**self._bounds, "named": NAMED, **more})
        rows: Sequence[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def _found(self, kind: str, entry: int | None, position: int | None, message: str) -> Finding:
        return Finding(self._iso, kind, entry, position, message)

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong with the month."""
        pruned = self._head is not None and self._head.pruned_at is not None
        ((self.entries, last, last_hash, self.erased),) = self._ask(_TOTALS)
        self._last = last or 0
        for row in self._ask(_CHECK, backdated=BACKDATED_HOURS):
            yield from self._of_entry(row, pruned=pruned)
        closed = self._head is not None and self._head.closed_at is not None
        for (entry,) in self._ask(_NEVER_SEALED, closed=closed):
            yield self._found(
                "inserted", entry, None, f"Entry {entry} was put in past the log: it has no seal though its time is over."
            )
        if not pruned:
            yield from self._end(last, last_hash)
            yield from self._checkpoints()
        elif self._head is not None:
            yield from self._archive(self._head)

    def _of_entry(self, row: tuple[Any, ...], *, pruned: bool) -> Iterator[Finding]:
        entry, place, before, place_before, altered, unlinked, gap, doubled, backdated, _count = row
        if doubled:
            yield self._found(
                "inserted", entry, place, f"Entry {entry} was inserted: entry {before} has its place {place} already."
            )
        elif altered:
            yield self._found("altered", entry, place, f"Entry {entry} was altered: its content does not give its hash.")
        elif unlinked and not pruned:
            yield self._found(
                "moved", entry, place, f"Entry {entry} does not follow entry {before}: the chain was rewritten there."
            )
        if gap and not pruned:
            first = (place_before or 0) + 1
            which = f"places {first} to {place - 1}" if place - 1 > first else f"place {first}"
            after = f"after entry {before}" if before else "at the beginning"
            yield self._found(
                "removed", None, first, f"{place - first} entries were removed: {which}, {after}, before entry {entry}."
            )
        if backdated and not (doubled or altered):
            yield self._found(
                "inserted", entry, place, f"Entry {entry} was inserted later than it says: younger ones were sealed before it."
            )

    def _end(self, last: int | None, last_hash: Any) -> Iterator[Finding]:
        if self._head is None:
            if self.entries:
                yield self._found("head", None, None, "The month has sealed entries and no head: the head was removed.")
            return
        if (last or 0) < self._head.position:
            lost = self._head.position - (last or 0)
            yield self._found(
                "removed", None, (last or 0) + 1, f"{lost} entries were removed from the end, after place {last or 0}."
            )
        elif last != self._head.position or bytes(last_hash) != bytes(self._head.entry_hash):
            yield self._found("head", None, last, f"The chain ends at place {last}, its head says {self._head.position}.")

    def _archive(self, head: ChainHead) -> Iterator[Finding]:
        """A pruned month has gaps; the whole of it is in the lake."""
        try:
            fault = archive_fault(head)
        except LakeError as error:
            self.warnings.append(f"{self._iso[:7]}: archive not looked at: {error}")
            return
        if fault:
            yield self._found("archive", None, None, f"The archive is not as it was written: {fault}.")

    def _checkpoints(self) -> Iterator[Finding]:
        kept = read(self._month)
        self.warnings += [f"{self._iso[:7]}: not compared with the copy: {place}" for place in kept.unanswered]
        for place, checkpoint in (("DynamoDB", kept.dynamodb), ("the lake", kept.lake)):
            if checkpoint is not None:
                yield from self._compare(place, checkpoint)
            elif self._head is not None and self._head.closed_at is not None and not kept.unanswered:
                yield self._found("checkpoint", None, None, f"The closed month has no checkpoint in {place}.")

    def _compare(self, place: str, checkpoint: Checkpoint) -> Iterator[Finding]:
        rows = self._ask(_AT, place=checkpoint.position)
        if not rows:
            first = self._last + 1 if self._last < checkpoint.position else checkpoint.position
            which = f"places {first} to {checkpoint.position} are" if first < checkpoint.position else f"place {first} is"
            yield self._found(
                "removed",
                None,
                checkpoint.position,
                f"The log is shorter than {place} knows ({checkpoint.position}): {which} gone.",
            )
        elif all(bytes(entry_hash).hex() != checkpoint.entry_hash for _entry, entry_hash in rows):
            yield self._found(
                "checkpoint", rows[0][0], checkpoint.position, f"Entry {rows[0][0]} is not the one {place} has a hash of."
            )
