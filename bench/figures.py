"""Figures of repeated measurements: medians with their range."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity over all repetitions."""

    median: float
    low: float
    high: float
    times: int

    def text(self, show: Callable[[float], str]) -> str:
        """ "4.1", or with repetitions "4.1 (3.9 to 4.6)"."""
        if self.times == 1:
            return show(self.median)
        return f"{show(self.median)} ({show(self.low)} to {show(self.high)})"


def summed_up(passes: Iterable[Mapping[str, float]]) -> dict[str, Figure]:
    """One figure per name, over the passes that have it."""
    values: dict[str, list[float]] = {}
    for one in passes:
        for name, value in one.items():
            values.setdefault(name, []).append(value)
    return {name: Figure(median(found), min(found), max(found), len(found)) for name, found in values.items()}


def as_json(figures: Mapping[str, Figure]) -> dict[str, dict[str, float]]:
    """For the results file."""
    return {name: asdict(figure) for name, figure in figures.items()}


def percentile(values: Iterable[float], percent: float) -> float:
    """The nearest-rank percentile: a value that was measured, never one between two."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]
