"""How a model's changes are logged: the form of the declarations in `ysh/settings/audit.py`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AuditPolicy:
    """What the change log takes of one model.

    Attributes:
        granularity: `row`: an entry for each row that changes; `run`: only one entry for each ingestion run, with its counts;
            `exempt`: nothing.
        why: the reason, for people; required for whatever is not logged row by row.
        label: column whose value names the row for people; "" where `audit.record_label()` knows more (rows that join others).
        left_out: columns that are never logged (search vectors, counters the machine writes).
        personal: columns whose values are stored as *** (LGPD, secrets): the log says that they changed, not from what to what.
        watched: only changes of these columns count; empty for all.
        inserts: `row`: each; `run`: one entry with the count for each ingestion run, each outside of runs; `none`.
        deletes: whether deletions are logged.
        typed: updates of a few rows are compared column by column, by a function made for the table: for wide tables.
        keep_months: how long entries are kept; a row's creation, last change and deletion always are.
    """

    granularity: Literal["row", "run", "exempt"] = "row"
    why: str = ""
    label: str = ""
    left_out: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    inserts: Literal["row", "run", "none"] = "row"
    deletes: bool = True
    typed: bool = False
    keep_months: int = 120

    def __post_init__(self) -> None:
        if not self.why and (self.granularity != "row" or self.inserts != "row" or not self.deletes):
            raise ValueError("A model that is not logged row by row needs a reason: set `why`.")
        if self.keep_months < 1:
            raise ValueError(f"keep_months must be 1 or more, not {self.keep_months}.")


def exempt(why: str) -> AuditPolicy:
    """A model of which nothing is logged, and the reason."""
    return AuditPolicy("exempt", why)
