"""A past day from the archive alone: which files were fetched on it, and loading one of them again."""

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from pipeline.actions import run_ingestion
from pipeline.errors import SourceFileError
from pipeline.lake import store
from pipeline.sources.registry import get_source
from pipeline.summary import RunSummary


@dataclass(frozen=True, slots=True)
class Archived:
    """One archived file: its day (ISO), address and size in bytes."""

    day: str
    address: str
    bytes: int


def archived_files(source: str, day: date | None = None) -> list[Archived]:
    """What the archive has of a source, oldest first; of one day when given.

    Raises:
        KeyError: unknown source.
    """
    prefix = f"raw/{get_source(source).key}/" + (f"{day:%Y-%m-%d}/" if day else "")
    found = [entry for entry in store.entries(prefix) if not entry.key.endswith(".meta.json")]
    return [Archived(PurePosixPath(one.key).parts[2], store.address(one.key), one.bytes) for one in found]


def reingest(source: str, day: date, *, by: str) -> RunSummary:
    """Load what was fetched on a day again, whatever the portal has now. Of several files the largest: the others are parts of
    it, or what came instead of it.

    Raises:
        SourceFileError: the archive has nothing of that day.
    """
    files = archived_files(source, day)
    if not files:
        days = sorted({one.day for one in archived_files(source)})
        raise SourceFileError(
            f"The archive has nothing of {source} of {day:%Y-%m-%d}.",
            todo=f"It has {', '.join(days[-10:]) or 'nothing at all'}.",
            code="not_archived",
        )
    chosen = max(files, key=lambda one: (one.bytes, one.address))
    # An older day has fewer rows: that they vanish is meant.
    return run_ingestion(source, url=chosen.address, force=True, allow_removals=True, by=by)
