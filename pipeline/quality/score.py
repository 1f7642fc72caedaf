"""The quality score of a source: 0 to 1, the mean of its dimensions, with every loss named. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

#: a check that exceeds its limit costs as much again as the rows it found
FAILED_COUNTS = 0.5
#: after so many cadences without success data is worth nothing for its timeliness
WORTHLESS_AFTER = 4


@dataclass(frozen=True, slots=True)
class Part:
    """What one check or figure gives to its dimension.

    Attributes:
        dimension: completeness, validity, uniqueness, consistency, accuracy, timeliness or stability.
        name: of the check.
        value: 0 to 1.
        text: why it is not 1, for people; empty when it is.
    """

    dimension: str
    name: str
    value: float
    text: str = ""


def check_part(dimension: str, name: str, *, rate: float, passed: bool, threshold: float) -> Part:
    """Of a declared check: its share of good rows, halved when its limit is exceeded."""
    value = (1 - rate) * (1 if passed else FAILED_COUNTS)
    text = "" if rate == 0 else f"{rate:.3%} bad, at most {threshold:.3%} accepted"
    return Part(dimension, name, value, text)


def share_part(dimension: str, name: str, bad: float, whole: float, text: str) -> Part:
    """Of rows that were lost: the share that was not. Nothing at all is nothing wrong."""
    value = max(0.0, 1 - bad / whole) if whole > 0 else 1.0
    return Part(dimension, name, value, text if value < 1 else "")


def timeliness_part(age: timedelta | None, cadence: timedelta) -> Part:
    """1 up to one cadence, falling to 0 at four; 0 when nothing was ever loaded."""
    if age is None:
        return Part("timeliness", "age", 0.0, "never loaded")
    value = min(1.0, max(0.0, (WORTHLESS_AFTER - age / cadence) / (WORTHLESS_AFTER - 1)))
    text = "" if value == 1 else f"{age.total_seconds() / 3600:.0f} h old, expected every {cadence.total_seconds() / 3600:.0f} h"
    return Part("timeliness", "age", value, text)


def score(parts: Sequence[Part]) -> float:
    """The mean of the dimensions' means."""
    means = dimensions(parts)
    return round(sum(means.values()) / len(means), 3) if means else 0.0


def dimensions(parts: Sequence[Part]) -> Mapping[str, float]:
    """Each dimension's mean, in the order they come."""
    groups: dict[str, list[float]] = {}
    for part in parts:
        groups.setdefault(part.dimension, []).append(part.value)
    return {name: sum(values) / len(values) for name, values in groups.items()}


def reasons(parts: Sequence[Part]) -> list[dict[str, object]]:
    """What cost something, most first."""
    lost = sorted((part for part in parts if part.value < 1), key=lambda part: (part.value, part.dimension, part.name))
    return [{"dimension": part.dimension, "check": part.name, "value": round(part.value, 4), "text": part.text} for part in lost]
