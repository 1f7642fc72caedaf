"""What a rule says about a kit: outcome, numbers, where they came from, and a message as code and parameters.

Sentences are made elsewhere (`products/finding_messages.py`), in the reader's language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Outcome(StrEnum):
    """Missing data is UNKNOWN, never PASS."""

    PASS = "PASS"  # noqa: S105
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class Severity(StrEnum):
    """How much a rule may hold up a publication. INFO informs and does not count for the kit's state."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Given(NamedTuple):
    """One number or word a rule used. A tuple, as a pass over the catalogue makes a million of them.

    Attributes:
        name: what it is, e.g. `voc_v`; unique within a finding.
        value: None when missing.
        unit: as people write it; empty when there is none.
        source: where it came from: a data sheet's address, "specifications", "kit", "site", "default", "rule".
        sku: the product it belongs to; empty when it belongs to none.
    """

    name: str
    value: float | int | str | bool | None
    unit: str = ""
    source: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence as a code and its parameters."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Finding(NamedTuple):
    """One rule's answer on one kit, or on one part of it. A tuple, as a pass over the catalogue makes hundreds of thousands.

    Attributes:
        rule_id: e.g. "R01".
        outcome, severity: see there.
        message: what was found.
        subject: what it is about when a rule looks at several things; empty for the kit as a whole.
        part_sku: the product concerned; empty when it is none in particular.
        value, limit: in `unit`; None when there is nothing to compare.
        margin_percent: room left, in percent of the limit; negative beyond it.
        reference: standard and clause, law, or data sheet.
        inputs: everything the answer was made of.
        fix: what would help; None when nothing is known to.
    """

    rule_id: str
    outcome: Outcome
    severity: Severity
    message: Message
    subject: str = ""
    part_sku: str = ""
    value: float | None = None
    limit: float | None = None
    margin_percent: float | None = None
    unit: str = ""
    reference: str = ""
    inputs: tuple[Given, ...] = ()
    fix: Message | None = None


def margin_below(value: float, limit: float) -> float | None:
    """Room under an upper limit, in percent of the limit; None when the limit is 0."""
    return (limit - value) / limit * 100 if limit else None


def margin_above(value: float, limit: float) -> float | None:
    """Room over a lower limit, in percent of the limit; None when the limit is 0."""
    return (value - limit) / limit * 100 if limit else None


def state_of(answers: Iterable[tuple[Outcome, Severity, bool]]) -> Outcome:
    """A kit's state from its findings.

    The worst counts, in this order: FAIL; UNKNOWN of a rule that could fail (severity ERROR), as it may hide a failure; WARN;
    any other UNKNOWN; PASS. INFO does not count. A kit without a finding that counts is UNKNOWN. An accepted FAIL counts as
    WARN and an accepted WARN as PASS, for a person answers for it; an UNKNOWN cannot be accepted.

    Args:
        answers: outcome, severity and whether a person has accepted it, for each finding.
    """
    rank = -1
    for outcome, severity, accepted in answers:
        if severity is Severity.INFO:
            continue
        rank = max(rank, _rank(outcome, severity, accepted=accepted))
    return _STATES.get(rank, Outcome.UNKNOWN)


_STATES = {0: Outcome.PASS, 1: Outcome.UNKNOWN, 2: Outcome.WARN, 3: Outcome.UNKNOWN, 4: Outcome.FAIL}


def _rank(outcome: Outcome, severity: Severity, *, accepted: bool) -> int:
    match outcome:
        case Outcome.FAIL:
            return 2 if accepted else 4
        case Outcome.UNKNOWN:
            return 3 if severity is Severity.ERROR else 1
        case Outcome.WARN:
            return 0 if accepted else 2
        case Outcome.PASS:
            return 0
