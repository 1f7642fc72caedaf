"""What a run reports: the same figures for a person, a program and the log."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class RunSummary:
    """Counts are rows. Every row fetched is in exactly one of processed, rejected and duplicates.

    Attributes:
        run_id: UUID text.
        source: the source's key.
        status: one of `RunStatus`.
        fetched: rows in the file.
        processed: rows taken: inserted + updated + unchanged.
        inserted, updated, unchanged: what became of them.
        removed: active rows of the table that the file no longer has.
        rejected: rows not taken, those that lost to a different row with the same key (`duplicate`) included.
        duplicates: identical copies of another row.
        duration_seconds, rows_per_second: of the whole run.
        rejects_by_reason: true counts, also beyond the cap of stored rows.
        error: why it failed, with its code; empty otherwise.
        error_said: the same as data (`ysh.core.said`), for pages and letters.
    """

    run_id: str
    source: str
    status: str = "PENDING"
    fetched: int = 0
    processed: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    duplicates: int = 0
    duration_seconds: float = 0.0
    rows_per_second: float = 0.0
    used_fallback: bool = False
    source_url: str = ""
    archive_uri: str = ""
    rejects_by_reason: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False
    error: str = ""
    error_code: str = ""
    error_said: Any = ""

    @property
    def changed(self) -> bool:
        """Whether a row of the table was written."""
        return bool(self.inserted or self.updated or self.removed)

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON object."""
        found = asdict(self)
        del found["error_said"]
        return found
