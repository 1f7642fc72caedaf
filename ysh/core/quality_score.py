"""The quality score of a source or a dataset: 0 to 1, the mean of its dimensions, with every loss named. Pure.

Why something was lost is kept as data (`ysh.core.said`), so that everybody reads it in their language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ysh.core.said import Said, add_phrases, in_words, say

#: what a dimension is called
DIMENSIONS = {
    "completeness": pgettext_lazy("quality", "completeness"),
    "validity": pgettext_lazy("quality", "validity"),
    "uniqueness": pgettext_lazy("quality", "uniqueness"),
    "consistency": pgettext_lazy("quality", "consistency"),
    "accuracy": pgettext_lazy("quality", "accuracy"),
    "timeliness": pgettext_lazy("quality", "timeliness"),
    "stability": pgettext_lazy("quality", "stability"),
}

add_phrases(
    {
        "bad_share": _("%(found)s %% bad, at most %(limit)s %% accepted"),
        "never_loaded": _("never loaded"),
        "late": _("%(age)s old, expected every %(cadence)s"),
        "hours": _("%(count)s h"),
        "days": _("%(count)s days"),
    }
)

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
        said: why it is not 1; None when it is.
    """

    dimension: str
    name: str
    value: float
    said: Said | None = None

    @property
    def text(self) -> str:
        """Why, in the language that is active."""
        return in_words(self.said)


def check_part(dimension: str, name: str, *, rate: float, passed: bool, threshold: float) -> Part:
    """Of a declared check: its share of good rows, halved when its limit is exceeded."""
    value = (1 - rate) * (1 if passed else FAILED_COUNTS)
    said = None if rate == 0 else say("bad_share", found=round(100 * rate, 3), limit=round(100 * threshold, 3))
    return Part(dimension, name, value, said)


def share_part(dimension: str, name: str, bad: float, whole: float, said: Said) -> Part:
    """Of rows that were lost: the share that was not. Nothing at all is nothing wrong."""
    value = max(0.0, 1 - bad / whole) if whole > 0 else 1.0
    return Part(dimension, name, value, said if value < 1 else None)


def timeliness_part(age: timedelta | None, cadence: timedelta) -> Part:
    """1 up to one cadence, falling to 0 at four; 0 when nothing was ever loaded."""
    if age is None:
        return Part("timeliness", "age", 0.0, say("never_loaded"))
    value = min(1.0, max(0.0, (WORTHLESS_AFTER - age / cadence) / (WORTHLESS_AFTER - 1)))
    said = None if value == 1 else say("late", age=span(age), cadence=span(cadence))
    return Part("timeliness", "age", value, said)


def span(time: timedelta) -> Said:
    """Hours up to two days, then days."""
    if time <= timedelta(days=2):
        return say("hours", count=round(time.total_seconds() / 3600))
    return say("days", count=time.days)


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
    """What cost something, most first: dimension, check, value, and why as data."""
    lost = sorted((part for part in parts if part.value < 1), key=lambda part: (part.value, part.dimension, part.name))
    return [{"dimension": part.dimension, "check": part.name, "value": round(part.value, 4), "said": part.said} for part in lost]
