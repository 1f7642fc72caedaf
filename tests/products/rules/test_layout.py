"""The layout solver against every layout counted by hand or by brute force."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.rules.layout import SHOWN_AT_MOST, Trackers, described, solve, spread

GROUPS = st.builds(
    Trackers,
    inverters=st.integers(1, 2),
    mppts=st.integers(1, 2),
    series_min=st.integers(1, 5),
    series_max=st.integers(1, 8),
    parallel_max=st.integers(0, 2),
)


def brute(count: int, group: Trackers) -> set:
    """Every multiset of used MPPTs with that many modules."""
    options = [(ns, np) for ns in range(group.series_min, group.series_max + 1) for np in range(1, group.parallel_max + 1)]
    return {
        tuple(sorted(chosen))
        for used in range(group.inverters, group.total + 1)
        for chosen in combinations_with_replacement(options, used)
        if sum(ns * np for ns, np in chosen) == count
    }


@given(st.integers(1, 40), GROUPS)
def test_it_finds_every_layout_and_no_other(count, group):
    wanted, found = brute(count, group), solve(count, (group,))
    got = {tuple(sorted(layout[0])) for layout in found.found}
    assert len(found.found) == len(got)
    assert got <= wanted
    assert found.more == (len(wanted) > SHOWN_AT_MOST)
    if not found.more:
        assert got == wanted


@given(st.integers(1, 40), GROUPS)
def test_the_nearest_counts_work_and_none_between_does(count, group):
    found = solve(count, (group,))
    for nearest in (found.below, found.above):
        assert nearest is None or solve(nearest, (group,)).found
    between = range((found.below or 0) + 1, found.above or 90)
    assert not any(brute(other, group) for other in between if other != count)


@given(st.integers(1, 30), GROUPS, GROUPS)
def test_two_models_share_the_modules(count, one, other):
    possible = any(brute(part, one) and brute(count - part, other) for part in range(1, count))
    found = solve(count, (one, other))
    assert bool(found.found) == possible
    for layout in found.found:
        assert sum(ns * np for group in layout for ns, np in group) == count


def test_uniform_layouts_come_first_and_read_as_people_write_them():
    found = solve(24, (Trackers(1, 2, 6, 13, 1),))
    assert described(found.best) == "2 × (1 × 12)"
    assert described(solve(22, (Trackers(1, 2, 10, 12, 1),)).best) == "2 × (1 × 11)"
    assert described(solve(23, (Trackers(1, 2, 10, 12, 1),)).best) == "1 × (1 × 12) + 1 × (1 × 11)"


def test_fourteen_fail_and_twelve_pass():
    found = solve(14, (Trackers(1, 1, 3, 12, 1),))
    assert (found.found, found.below, found.above) == ((), 12, None)


@pytest.mark.parametrize(
    ("count", "trackers", "inputs", "expected"),
    [(14, Trackers(1, 1, 3, 12, 1), 1, (14, 14, 1)), (26, Trackers(1, 2, 3, 12, 1), 1, (13, 13, 1)), (2, Trackers(1, 2, 3, 12, 1), 1, (2, 2, 1))],
)  # fmt: skip
def test_what_is_compared_when_nothing_fits(count, trackers, inputs, expected):
    assert spread(count, trackers, inputs) == expected


def test_a_large_inverter_is_no_problem():
    found = solve(480, (Trackers(2, 12, 12, 18, 2),))
    assert found.best is not None
    assert found.more
