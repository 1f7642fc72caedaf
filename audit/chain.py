"""The chain of hashes: sealing what was committed, closing months, writing checkpoints. How it is checked: `audit.verify`."""

from datetime import UTC, date, datetime, timedelta

import structlog
from django.db import connection

from audit.checkpoints import PLACES, Checkpoint, store
from audit.models import ChainHead
from ysh.core.db.partitions import month_start

log = structlog.get_logger(__name__)

#: entries are dated by their transaction's start: a month is closed when none that began in it can still be open
CLOSE_AFTER = timedelta(days=2)
_BATCH = 50_000


def seal() -> int:
    """Chain every entry that is committed. Returns how many. Safe at any time and twice at once."""
    sealed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit.seal(%s)", [_BATCH])
            count = int(cursor.fetchone()[0])
        sealed += count
        if count < _BATCH:
            return sealed


def checkpoint(now: datetime | None = None) -> list[str]:
    """Seal, close the months that are over, and write every month's checkpoint that is not final yet to DynamoDB and the lake.

    Args:
        now: the moment to count from; by default now.

    Returns:
        What could not be written, in words; the next call tries again.
    """
    moment = now or datetime.now(UTC)
    seal()
    missing = []
    for head in ChainHead.objects.filter(closed_at=None).order_by("month"):
        over = moment >= _end_of(head.month) + CLOSE_AFTER
        problems = store(Checkpoint(head.month.isoformat(), head.position, bytes(head.entry_hash).hex(), closed=over))
        missing += problems
        # One copy outside of the database is enough to close; without any the month stays open until there is one.
        if over and len(problems) < PLACES:
            with connection.cursor() as cursor:
                cursor.execute("SELECT audit.close_month(%s, %s, %s)", [head.month, head.position, moment])
            log.info("audit_month_closed", month=head.month.isoformat(), entries=head.position)
    return missing


def _end_of(month: date) -> datetime:
    following = month_start(month, 1)
    return datetime(following.year, following.month, 1, tzinfo=UTC)
