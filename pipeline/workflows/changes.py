"""What the portals have that we have not: asked without fetching anything."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from pipeline.choices import GOOD_STATUSES, RunStatus
from pipeline.errors import SourceFileError, SourceUnavailableError
from pipeline.models import IngestionRun, SourceFile
from pipeline.sources.base import Source
from pipeline.sources.registry import SOURCES
from pipeline.stages.probe import Known, Probe, probe
from pipeline.workflows.record import Outcome
from ysh.core.said import Said, say

# Portals allow 60 to 300 requests an hour; four at a time keep the check short without a burst.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """What was learnt of one source: whether to load it, and why, as data; the fault's own text when it did not answer."""

    source: str
    load: bool
    why: Said | str
    failed: bool = False
    code: str = ""

    @property
    def said(self) -> Said:
        why = say("fault", code=self.code, detail=self.why) if self.failed else self.why
        return say("of", what=say("source", key=self.source), said=why)


def find_changed(row: IngestionRun) -> Outcome:
    """Ask for every source whether its file is another one than the last we took over."""
    wanted = row.execution_metadata.get("wanted")
    sources = [source for key, source in SOURCES.items() if source.has_address and (wanted is None or key in wanted)]
    known = {source.key: last_known(source.key) for source in sources}
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="probe") as pool:
        found = list(pool.map(lambda source: _ask(source, known[source.key]), sources))
    chosen = [item.source for item in found if item.load]
    down = [item.source for item in found if item.failed]
    details = {"sources": chosen, "down": down, "why": {item.source: item.why for item in found}}
    said = say("several", parts=[item.said for item in found])
    if down:
        return Outcome(RunStatus.ERRORED, said, error_code="source_unavailable", details=details)
    return Outcome(RunStatus.SUCCESS if chosen else RunStatus.SKIPPED, said, details=details)


def last_known(key: str) -> Known | None:
    """What the server said of the file we took over last; None when there is none, or when the last run of it failed."""
    last = IngestionRun.objects.filter(source=key).order_by("-started_at", "-id").first()
    if last is None or last.status not in (*GOOD_STATUSES, RunStatus.PENDING, RunStatus.IN_PROGRESS):
        return None
    file = SourceFile.objects.filter(source=key, run_id=last.run_id).order_by("-fetched_at", "-id").first()
    if file is None or not file.url.startswith("http"):
        return None
    return Known(file.url, file.etag, file.last_modified, file.bytes)


def _ask(source: Source, known: Known | None) -> Found:
    """In a thread of its own."""
    if known is None:
        return Found(source.key, load=True, why=say("not_loaded_yet"))
    try:
        said: Probe = probe(source, known)
    except (SourceUnavailableError, SourceFileError) as error:
        return Found(source.key, load=False, failed=True, why=error.found, code=error.code)
    finally:
        connection.close()  # this thread's own, if it looked into the database; nobody else would
    return Found(source.key, load=said.changed, why=said.why)
