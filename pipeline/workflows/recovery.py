"""Recovery: bring a source back by the best way there is, and say which one it was and how old what it gave.

    primary source -> alternative address -> last good archived file -> last good state noted in DynamoDB

Every way is a real run of the engine, but for the last when no file is left: then it says what was there, and changes nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from pipeline.actions import run_ingestion
from pipeline.alerts.watching import fallback_used, how_old
from pipeline.archive import is_intact
from pipeline.choices import GOOD_STATUSES, AlertKind, RunStatus
from pipeline.errors import RunAlreadyActiveError, SourceFileError, SourceUnavailableError, said_of_error
from pipeline.models import Alert, IngestionRun, SourceFile
from pipeline.portal_health import portal_health
from pipeline.portals.resources import resolve
from pipeline.runner import ProgressListener
from pipeline.service_health import service_health
from pipeline.sources.base import Source
from pipeline.sources.registry import SOURCES
from pipeline.stages import load
from pipeline.summary import RunSummary
from pipeline.workflows import steps
from pipeline.workflows.record import Outcome
from ysh.core.dynamodb import documents
from ysh.core.dynamodb.client import Unavailable
from ysh.core.said import CODE, Said, in_english, say

#: how many good files back we look for one that is still whole
FILES_BACK = 3
#: nobody waits at a page for this look
PATIENCE_SECONDS = 10.0
#: the ways as the log names them
PRIMARY, ALTERNATIVE, ARCHIVE, STATE = "primary source", "alternative address", "archived file", "state in DynamoDB"
_SAID = {
    PRIMARY: say("way_primary"), ALTERNATIVE: say("way_alternative"), ARCHIVE: say("way_archive"), STATE: say("way_state")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A way to data of a source: which one, the file's address, and the moment it speaks of (None: unknown)."""

    name: str
    url: str
    at: datetime | None


def look_around(row: IngestionRun) -> Outcome:
    """Health of every service and portal, and which sources need to be brought back."""
    found = [*service_health(time_limit=PATIENCE_SECONDS), *portal_health()]
    wanted = row.execution_metadata.get("wanted")
    sources = list(wanted) if wanted is not None else [key for key in SOURCES if needs_recovery(key)]
    down = [item.name for item in found if item.ok is False]
    said = say("down", services=[say("service", name=name) for name in down]) if down else say("everything_answers")
    return Outcome(
        RunStatus.SUCCESS, said, details={"sources": sources, "down": down, "services": [asdict(item) for item in found]}
    )


def needs_recovery(key: str) -> bool:
    """Whether the source's last run failed, or it lives on a fallback. Files given by hand are for the one who gave them."""
    if not SOURCES[key].has_address:
        return False
    last = IngestionRun.objects.filter(source=key).order_by("-started_at", "-id").first()
    by_hand = last is not None and str(last.execution_metadata.get("source_url", "")).startswith("file:")
    failed = last is not None and last.status in (RunStatus.FAILED, RunStatus.ERRORED) and not by_hand
    return failed or Alert.objects.filter(kind=AlertKind.FALLBACK, subject=key, closed_at__isnull=True).exists()


def recover(row: IngestionRun, key: str, on_progress: ProgressListener | None = None) -> Outcome:
    """Try one way after the other; the first that gives good data ends it."""
    primary = steps.ingest(row, key, on_progress)
    if primary.good:
        return primary
    tried = [_failed(_SAID[PRIMARY], primary.said, primary.error_code)]
    for way in ways(SOURCES[key]):
        summary = _run(row, key, way, on_progress)
        if summary.status in GOOD_STATUSES:
            return _recovered(row, key, way, summary, tried)
        tried.append(
            _failed(say("way_to", way=_SAID[way.name], url=way.url), summary.error_said or summary.error, summary.error_code)
        )
    return _last_state(row, key, primary, tried)


def ways(source: Source) -> Iterator[Way]:
    """The ways beside the primary one, best first; each is looked for only when the one before has failed."""
    now = datetime.now(UTC)
    for url in other_addresses(source):
        yield Way(ALTERNATIVE, url, now)
    files = SourceFile.objects.filter(source=source.key, published=True).exclude(archive_uri="").order_by("-fetched_at", "-id")
    seen = set()
    for file in files[:FILES_BACK]:
        seen.add(file.archive_uri)
        if is_intact(file.archive_uri, file.sha256):
            yield Way(ARCHIVE, file.archive_uri, file.fetched_at)
    try:
        known = documents.latest_ingestion(source.key)
    except Unavailable:
        return
    uri = str(known.data.get("archive_uri") or "") if known else ""
    if known and uri and uri not in seen:
        yield Way(STATE, uri, datetime.fromisoformat(known.stored_at))


def _failed(way: Said, why: Said | str, code: str) -> Said:
    fault = isinstance(why, str) or why[CODE] == "found_and_todo"
    return say("of", what=way, said=say("fault", code=code, detail=why) if fault else why)


def _run(row: IngestionRun, key: str, way: Way, on_progress: ProgressListener | None) -> RunSummary:
    with connection.cursor() as cursor:
        empty = load.is_empty(cursor.cursor, SOURCES[key])
    try:
        return run_ingestion(
            key,
            url=way.url,
            # The log may say that these bytes are published while the table was lost.
            force=empty,
            trigger=row.trigger_type,
            by=row.triggered_by,
            fallback=way.name,
            workflow=row.workflow_name,
            parent=row.run_id,
            on_progress=on_progress,
        )
    except (RunAlreadyActiveError, SourceFileError, SourceUnavailableError) as error:
        return RunSummary(
            run_id="",
            source=key,
            status=RunStatus.ERRORED,
            error=str(error),
            error_code=error.code,
            error_said=said_of_error(error),
        )


def _recovered(row: IngestionRun, key: str, way: Way, summary: RunSummary, tried: list[Said]) -> Outcome:
    age = None if way.at is None else max(datetime.now(UTC) - way.at, timedelta())
    fallback_used(key, how=say("way_to", way=_SAID[way.name], url=way.url), age=age, run_id=row.run_id)
    # PARTIAL: the data is good, but not what the source would have given.
    return Outcome(
        RunStatus.PARTIAL,
        say("way_used", way=_SAID[way.name], age=how_old(age), url=way.url),
        run_id=summary.run_id,
        changed=summary.changed,
        used_fallback=True,
        details=_details(way.name, age, tried),
    )


def _last_state(row: IngestionRun, key: str, primary: Outcome, tried: list[Said]) -> Outcome:
    """No file is left: say what was there last."""
    try:
        known = documents.latest_ingestion(key)
    except Unavailable as error:
        known, tried = None, [*tried, say("of", what=_SAID[STATE], said=str(error) or say("state_silent"))]
    if known is None:
        said = say("several", parts=[*tried, say("no_fallback")])
        told = [in_english(one) for one in tried]
        return Outcome(primary.status, said, run_id=primary.run_id, error_code="no_fallback", details={"tried": told})
    age = max(datetime.now(UTC) - datetime.fromisoformat(known.stored_at), timedelta())
    rows = known.data.get("processed", "?")
    how = say("state_of_run", way=_SAID[STATE], rows=rows, run=str(known.data.get("run_id", "?")))
    fallback_used(key, how=how, age=age, run_id=row.run_id)
    return Outcome(
        RunStatus.PARTIAL,
        say("state_used", way=_SAID[STATE], age=how_old(age), rows=rows),
        used_fallback=True,
        details=_details(STATE, age, tried) | {"state": known.data},
    )


def _details(used: str, age: timedelta | None, tried: list[Said]) -> dict[str, Any]:
    told = [in_english(one) for one in tried]
    return {"used": used, "age_hours": None if age is None else round(age.total_seconds() / 3600, 1), "tried": told}


def other_addresses(source: Source) -> Iterator[str]:
    """Addresses beside the one that just failed: the same table in another format, then where the last good file was."""
    given: set[str] = set()
    if source.ckan is not None and len(source.ckan.formats) > 1:
        for wanted in source.ckan.formats:
            with suppress(SourceFileError, SourceUnavailableError):
                # An archive of its own: the source's is written by whoever holds its lock.
                url = resolve(replace(source.ckan, formats=(wanted,)), source=f"{source.key}.recovery", keep=True)[-1].url
                # The first format that is published is the one that has just failed.
                if given:
                    yield url
                given.add(url)
    last = SourceFile.objects.filter(source=source.key, published=True, url__startswith="http").order_by("-fetched_at").first()
    if last is not None and last.url not in given:
        yield last.url
