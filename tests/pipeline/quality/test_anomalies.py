"""Unusual is what the source's own past does not explain."""

import pytest

from pipeline.quality.anomalies import find_anomalies, judge

GROWING = [1000.0 + 3 * day for day in range(20)]


@pytest.mark.parametrize(
    ("value", "history", "method"),
    [
        (1063.0, GROWING, None),  # the next day of steady growth
        (500.0, GROWING, "robust_z"),  # half of it is gone
        (2000.0, GROWING, "robust_z"),
        (10.0, [10.0] * 8, None),
        (11.0, [10.0] * 8, "never_seen"),
        (12.0, [10.0] * 7 + [12.0], None),  # seen before
        (10.5, [10.0] * 6 + [9.0, 9.0, 9.0, 11.0], None),
        (20.0, [10.0] * 6 + [9.0, 9.0, 9.0, 11.0], "iqr"),
    ],
)
def test_one_figure(value: float, history: list[float], method: str | None) -> None:
    found = judge("rows", value, history)
    assert (found.method if found else None) == method
    if found:
        assert not found.low <= value <= found.high


def test_the_z_score_is_the_modified_one() -> None:
    found = judge("x", 30.0, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    # Median 3, MAD 1: 0.6745 * 27 / 1.
    assert (found.score, found.expected) == (18.21, 3.0)
    assert (round(found.low, 4), round(found.high, 4)) == (-2.189, 8.189)


def test_too_little_past_says_nothing() -> None:
    assert find_anomalies({"rows": 1.0}, [{"rows": 1000.0}] * 4) == []
    assert [one.figure for one in find_anomalies({"rows": 1.0}, [{"rows": 1000.0}] * 5)] == ["rows"]


def test_what_was_always_there_and_is_gone() -> None:
    past = [{"share[BR-SP]": 0.3 + day / 1000, "share[BR-AC]": 0.01} for day in range(8)]
    found = find_anomalies({"share[BR-SP]": 0.304}, past)
    assert [(one.figure, one.value) for one in found] == [("share[BR-AC]", 0.0)]


def test_what_is_new_has_no_past() -> None:
    past = [{"rows": 10.0}] * 8
    assert find_anomalies({"rows": 10.0, "share[NOVO]": 0.2}, past) == []
