"""A run of the catalogue: ask the feeds, keep what each says, and make the datasets of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import md5
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import connection, transaction
from psycopg import sql

from aneel.dataset_merge import FeedEntry
from aneel.dataset_store import Remade, remake_datasets
from aneel.models import DatasetEntry
from pipeline.choices import RunStatus
from pipeline.errors import SourceUnavailableError
from pipeline.fetching.session import new_session
from pipeline.portals.catalogue import FEEDS, FeedAnswer, ask
from pipeline.portals.catalogue_files import answers_in
from pipeline.portals.documents import Reader
from pipeline.quality.run_checks import CheckResult, run_checks
from pipeline.stages.refusal import Refusal
from ysh.core.db.rows import write_rows
from ysh.core.said import in_english, say

if TYPE_CHECKING:
    from pipeline.runner import Run

log = structlog.get_logger(__name__)

# A feed that suddenly knows less than half of what it did is broken more likely than right.
LEAST_SHARE_LEFT = 0.5
_FEW = 10


def carry_out(run: "Run") -> None:
    """Do the run from the feeds, or from files of theirs."""
    with run.stage("fetch"):
        answers = answers_in(run) if run.options.file or run.options.url else _ask_all(run)
    if all(answer.state == "failed" for answer in answers):
        whys = say("feeds", whys={answer.key: answer.said for answer in answers})
        raise SourceUnavailableError(say("found_no_feed", whys=whys), code=answers[0].code or None)
    run.record.extra["feeds"] = {answer.key: answer.as_json() for answer in answers}
    _refuse_rows(run, answers)
    with transaction.atomic(durable=True):
        with run.stage("compare"):
            gone = 0
            changed = 0
            for answer in answers:
                if answer.state in ("read", "partial"):
                    written, left = _store(run, answer)
                    changed, gone = changed + written, gone + left
        _tell_faults(run, answers)
        with run.stage("merge"):
            remade = remake_datasets(run_id=UUID(run.summary.run_id))
        _count(run, remade)
        checks = _checks(run)
        if run.options.dry_run:
            transaction.set_rollback(True)
            run.finish_summary(_status(run))
        elif not (changed or gone or run.summary.changed) and _status(run) is RunStatus.SUCCESS:
            run.publish(checks, status=RunStatus.UNCHANGED)
        else:
            run.publish(checks, status=_status(run))


def _ask_all(run: "Run") -> list[FeedAnswer]:
    answers = []
    with new_session() as session:
        reader = Reader(
            session, run.source.key, not run.options.dry_run, lambda done, total: run.progress(0, done, total),
            run.record.counted, run.note_file,
        )  # fmt: skip
        for feed in FEEDS:
            answer = ask(feed, reader, force=run.options.force, limit=run.options.limit)
            log.info("feed", feed=feed.key.value, **answer.as_json())
            answers.append(answer)
    run.summary.source_url = FEEDS[0].address(0)
    return answers


def _refuse_rows(run: "Run", answers: Iterable[FeedAnswer]) -> None:
    run.rejects.add(
        [
            Refusal(item.number, answer.key, "", item.reason, item.message, item.raw)
            for answer in answers
            for item in answer.refused
        ]
    )


def _store(run: "Run", answer: FeedAnswer) -> tuple[int, int]:
    """Keep what a feed says; entries it no longer has go. Gives how many were written and how many went."""
    stored = dict(DatasetEntry.objects.filter(feed=answer.key).values_list("feed_id", "content_hash"))
    if answer.state == "read" and not run.options.allow_removals and _lost_too_much(answer, stored):
        answer.state = "failed"
        answer.said = say("found_fewer_entries", now=len(answer.entries), before=len(stored))
        answer.code = "too_few"
        return 0, 0
    hashes = {entry.feed_id: _hash(entry) for entry in answer.entries}
    now, run_id = datetime.now(UTC), UUID(run.summary.run_id)
    rows = [
        {
            "feed": entry.feed, "feed_id": entry.feed_id, "own_id": entry.own_id, "identities": entry.identities,
            "fields": entry.fields, "raw": entry.raw, "content_hash": hashes[entry.feed_id], "changed_at": now,
            "source_run_id": run_id,
        }
        for entry in answer.entries
        if stored.get(entry.feed_id) != hashes[entry.feed_id]
    ]  # fmt: skip
    write_rows(DatasetEntry, rows, unique=["feed", "feed_id"])
    gone = [] if answer.state == "partial" or run.options.keep_missing else sorted(stored.keys() - hashes.keys())
    DatasetEntry.objects.filter(feed=answer.key, feed_id__in=gone).delete()
    return len(rows), len(gone)


def _lost_too_much(answer: FeedAnswer, stored: Mapping[str, str]) -> bool:
    return len(stored) >= _FEW and len(answer.entries) < len(stored) * LEAST_SHARE_LEFT


def _hash(entry: FeedEntry) -> str:
    """Of what is made of the entry, and of its own text: either may change with the code or the portal."""
    said = json.dumps([entry.own_id, entry.identities, entry.fields, entry.raw], sort_keys=True, ensure_ascii=False, default=str)
    return md5(said.encode(), usedforsecurity=False).hexdigest()


def _tell_faults(run: "Run", answers: Iterable[FeedAnswer]) -> None:
    """What was missing is in the run's record; where the authoritative feed failed, the others are the fallback."""
    missing = [
        answer for answer in answers if answer.state == "failed" or (answer.state == "partial" and run.options.limit is None)
    ]
    run.record.extra["feeds"] = {answer.key: answer.as_json() for answer in answers}
    run.summary.error_said = say("feeds", whys={answer.key: answer.said for answer in missing}) if missing else ""
    run.summary.error = in_english(run.summary.error_said)
    run.summary.error_code = next((answer.code for answer in missing if answer.code), "")
    run.summary.used_fallback = any(answer.key == FEEDS[0].key and answer.state == "failed" for answer in missing)


def _count(run: "Run", remade: Remade) -> None:
    """Every entry of every feed is in one dataset (`processed`), or in one that another entry made (`duplicates`), or refused."""
    summary = run.summary
    summary.inserted, summary.updated, summary.unchanged = remade.inserted, remade.updated, remade.unchanged
    summary.removed, summary.processed = remade.removed, remade.total
    summary.rejected, summary.rejects_by_reason = run.rejects.total, dict(run.rejects.by_reason)
    entries = DatasetEntry.objects.count()
    summary.duplicates, summary.fetched = entries - remade.total, entries + run.rejects.total
    run.record.extra["proposed_duplicates"] = remade.proposed
    run.record.data_date = datetime.now(UTC).date()


def _status(run: "Run") -> RunStatus:
    return RunStatus.PARTIAL if run.summary.rejected or run.summary.error else RunStatus.SUCCESS


def _checks(run: "Run") -> list[CheckResult]:
    source = run.source
    with run.stage("check"), connection.cursor() as cursor:
        return run_checks(
            cursor.cursor, source.checks, table=sql.Identifier(*source.table.split(".")), name=source.table, key=source.table_key
        )
