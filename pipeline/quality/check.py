"""Declaration of a quality check: a condition in SQL that a bad row meets, counted set-wise."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One check over a source's rows.

    Attributes:
        name: stable name, shown and stored.
        check_type: one of the vocabulary `CheckType`.
        column: the column it is about; empty for the whole row.
        failed_when: SQL condition over the table's columns, true for a bad row.
        threshold: share of bad rows (0..1) up to which the check passes.
        blocking: whether failing stops the publication.
        label: what it asks for, for people, translated lazily; the name's words without one.
    """

    name: str
    check_type: str
    column: str
    failed_when: str
    threshold: float
    blocking: bool = False
    label: Any = ""
