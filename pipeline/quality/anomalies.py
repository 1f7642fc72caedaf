"""What is unusual about a figure, judged by the source's own past alone. Pure functions; no fixed bands.

Method: the modified z-score over median and MAD with its limit of 3.5 (Iglewicz and Hoaglin, How to Detect and Handle Outliers,
ASQC 1993, p. 12); where the MAD is zero Tukey's far fences, three IQR beyond the quartiles (Exploratory Data Analysis, 1977, 2C);
where the past never varied, anything it has not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

Z_LIMIT = 3.5
_Z_OF_MAD = 0.6745
_FAR_FENCE = 3.0
#: fewer earlier values say nothing
LEAST_HISTORY = 5
#: of nothing but rounding errors of sums
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One unusual figure.

    Attributes:
        figure: its name.
        value: now.
        expected: the median of the past.
        low, high: what the past allows for.
        method: robust_z, iqr or never_seen.
        score: the modified z-score; None for the other methods.
    """

    figure: str
    value: float
    expected: float
    low: float
    high: float
    method: str
    score: float | None = None


def find_anomalies(now: Mapping[str, float], past: Sequence[Mapping[str, float]]) -> list[Anomaly]:
    """Figures of now that the past does not explain.

    Args:
        now: figures by name.
        past: the same of earlier looks, in any order. A share that is not there was too small to count: nothing is made of it.
    """
    found = []
    for name in sorted(set(now) | {name for figures in past for name in figures}):
        history = [figures[name] for figures in past if name in figures]
        value = now.get(name)
        if value is None and len(history) == len(past):
            value = 0.0  # it was always there, and is gone
        if value is not None and len(history) >= LEAST_HISTORY and (anomaly := judge(name, value, history)):
            found.append(anomaly)
    return found


def judge(name: str, value: float, history: Sequence[float]) -> Anomaly | None:
    """The anomaly of one figure; None when its past explains it.

    Args:
        history: at least `LEAST_HISTORY` earlier values.
    """
    middle = median(history)
    mad = median(abs(one - middle) for one in history)
    slack = _SAME * max(abs(middle), 1.0)
    if mad > slack:
        reach = Z_LIMIT * mad / _Z_OF_MAD
        low, high, method, score = middle - reach, middle + reach, "robust_z", _Z_OF_MAD * (value - middle) / mad
    else:
        first, _second, third = quantiles(history, n=4, method="inclusive")
        if third - first > slack:
            reach = _FAR_FENCE * (third - first)
            low, high, method, score = first - reach, third + reach, "iqr", None
        else:
            low, high, method, score = min(history), max(history), "never_seen", None
    if low - slack <= value <= high + slack:
        return None
    return Anomaly(name, value, middle, low, high, method, None if score is None else round(score, 2))
