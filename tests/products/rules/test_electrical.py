"""Published worked examples of every formula, and how each moves with its arguments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.rules import electrical as e

VOLTS = st.floats(10, 300)
COEFFICIENTS = st.floats(-0.6, -0.05)
CELLS = st.floats(-20, 85)


@pytest.mark.parametrize(
    ("voc", "coefficient", "cold", "limit", "most"),
    [
        (46.1, -0.29, 49.44, 600, 12),  # Solfácil
        (49.83, -0.22, 52.57, 1000, 19),  # ETC Energy
    ],
)
def test_cold_voltage_as_published(voc, coefficient, cold, limit, most):
    value = e.at_temperature(voc, coefficient, 0)
    assert round(value, 2) == cold
    assert e.most_in_series(value, limit) == most


def test_twenty_modules_are_too_many_where_nineteen_pass():
    assert round(20 * e.at_temperature(49.83, -0.22, 0)) == 1051


@pytest.mark.parametrize(
    ("cell", "factor"),
    [(25, 1.0), (20, 1.02), (19, 1.04), (15, 1.04), (14, 1.06), (5, 1.08), (4, 1.10), (0, 1.10), (-1, 1.12), (-5, 1.12), (-6, 1.14),
     (-10, 1.14), (-41, None)],
)  # fmt: skip
def test_the_table_of_cold_factors(cell, factor):
    assert e.voltage_factor_by_table(cell) == factor


def test_currents_and_drops_as_published():
    assert round(e.ac_current(5000, 220, 1), 1) == 22.7
    assert round(e.ac_current(15000, 380, 3), 1) == 22.8
    assert round(e.ac_current(15000, 220, 3), 1) == 39.4
    drop = e.cable_drop_v(30, 13, 6)
    assert drop == pytest.approx(2.32, abs=0.01)
    assert drop / 502 * 100 == pytest.approx(0.46, abs=0.01)
    assert e.cable_drop_v(30, 13, 6, conductor_c=70) == pytest.approx(1.2 * drop, rel=0.01)


def test_the_design_factor_may_be_in_the_makers_limit_already():
    assert e.short_circuit_design_current(15.5, 1) == pytest.approx(19.375)
    assert e.short_circuit_design_current(15.5, 1, factor_included=True) == 15.5
    assert e.short_circuit_design_current(10, 2, rear_gain=0.1) == pytest.approx(27.5)
    assert e.short_circuit_design_current(1, 1, rear_gain=0.1) == pytest.approx(1.375)  # as published for bifacial modules


def test_two_small_modules_on_two_large_microinverters():
    assert round(e.dc_ac_ratio(2 * 0.570, 2 * 2.25), 3) == 0.253


def test_fuses():
    assert not e.fuse_needed(2, 15, 30)
    assert not e.fuse_needed(3, 15, 30)
    assert e.fuse_needed(4, 15, 30)
    assert e.fuse_range(15, 30) == (22.5, 30)
    assert e.fuse_range(10, 30) == (15, 24)


def test_cells_in_the_sun():
    assert e.hottest_cell(38, 45) == pytest.approx(69.25)


def test_battery():
    usable = e.usable_battery_kwh(5.12, 90, 95)
    assert usable == pytest.approx(4.3776)
    assert e.autonomy_days(usable, 2.1888) == pytest.approx(2)


@given(VOLTS, COEFFICIENTS, CELLS, CELLS)
def test_voltage_falls_as_the_cell_warms(volts, coefficient, one, other):
    low, high = sorted((one, other))
    assert e.at_temperature(volts, coefficient, low) >= e.at_temperature(volts, coefficient, high)


@given(VOLTS, st.floats(50, 1500))
def test_limits_in_series_hold_and_are_tight(module, limit):
    most, least = e.most_in_series(module, limit), e.least_in_series(module, limit)
    assert most * module <= limit * (1 + 1e-8) < (most + 1) * module * (1 + 1e-7)
    assert least * module >= limit * (1 - 1e-8)
    assert least - 1 <= most <= least


@given(CELLS, CELLS)
def test_the_table_grows_with_the_cold(one, other):
    low, high = sorted((one, other))
    assert (e.voltage_factor_by_table(low) or 9) >= (e.voltage_factor_by_table(high) or 9)
