"""What an import reports: the same figures for a person, a program and the run's log."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pipeline.suppliers.notes import message_of_note, message_of_refusal
from pipeline.suppliers.plan import Plan
from pipeline.suppliers.records import Note, Refused

#: refused records told one by one; all of them are counted, and stored with the run
MOST_REFUSED = 1_000

_NOTHING = {"inserted": 0, "updated": 0, "unchanged": 0, "rejected": 0}


@dataclass(slots=True)
class ImportReport:
    """Counts are articles and kits; `rejects_by_reason` counts records of the files.

    Attributes:
        status: one of `RunStatus`.
        price_changes: prices that moved (a first price is none).
        refused: the first of the records that were not taken, with the value as parsed.
        notes: for the curator; `warnings` of the JSON.
        error: why it failed; empty otherwise.
    """

    run_id: str
    supplier: str
    status: str = "PENDING"
    products: dict[str, int] = field(default_factory=lambda: dict(_NOTHING))
    kits: dict[str, int] = field(default_factory=lambda: dict(_NOTHING))
    price_changes: int = 0
    notes: list[Note] = field(default_factory=list)
    rejects_by_reason: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    records: int = 0
    dry_run: bool = False
    duration_seconds: float = 0.0
    error: str = ""
    error_code: str = ""

    def take(self, plan: Plan) -> None:
        """The figures of a plan."""
        self.products, self.kits = plan.counts("products"), plan.counts("kits")
        self.price_changes, self.notes, self.records = plan.price_changes, plan.notes, plan.parsed.records
        self.refused = plan.parsed.refused[:MOST_REFUSED]
        self.rejects_by_reason = dict(Counter(refused.reason for refused in plan.parsed.refused))

    @property
    def inserted(self) -> int:
        return self.products["inserted"] + self.kits["inserted"]

    @property
    def updated(self) -> int:
        return self.products["updated"] + self.kits["updated"]

    @property
    def unchanged(self) -> int:
        return self.products["unchanged"] + self.kits["unchanged"]

    @property
    def rejected(self) -> int:
        return self.products["rejected"] + self.kits["rejected"]

    def wrote_nothing(self) -> None:
        """After a failure: what would have been written was not."""
        for counts in (self.products, self.kits):
            counts["inserted"] = counts["updated"] = counts["unchanged"] = 0
        self.price_changes = 0

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON object."""
        found: dict[str, Any] = {
            "run_id": self.run_id,
            "supplier": self.supplier,
            "status": self.status,
            "products": self.products,
            "kits": self.kits,
            "price_changes": self.price_changes,
            "warnings": [{"code": note.code, "record": note.record, "message": message_of_note(note)} for note in self.notes],
            "rejects_by_reason": self.rejects_by_reason,
            "rejects": [
                {
                    "file": row.file,
                    "line": row.line,
                    "column": row.column,
                    "value": row.value,
                    "reason": row.reason,
                    "message": message_of_refusal(row),
                }
                for row in self.refused
            ],
            "records": self.records,
            "dry_run": self.dry_run,
            "duration_seconds": self.duration_seconds,
        }
        return found | ({"error": self.error, "error_code": self.error_code} if self.error else {})
