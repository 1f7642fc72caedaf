"""Generation, prices, savings, CO2: published numbers and what must hold whatever the numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.rules import generation, pricing, savings
from products.rules.generation import NATIONAL, Irradiation
from products.rules.savings import Tariff, Use

FIVE = Irradiation((5.0,) * 12, 10, "test")
TARIFF = Tariff(Decimal("0.30"), Decimal("0.38"), Decimal("0.22"))
MONEY = st.decimals(min_value=0, max_value=1_000_000, places=2)


# --- generation
def test_pvwatts_losses_as_published():
    assert round(generation.losses_percent(), 2) == 14.08
    assert round(generation.ratio_of_losses(), 3) == 0.825


def test_a_year_of_five_hours_of_sun():
    made = generation.estimate(6.1, FIVE)
    assert made.year == pytest.approx(6.1 * 5 * 365 * 0.8)
    assert made.months[0] == pytest.approx(6.1 * 5 * 31 * 0.8)
    assert (made.low, made.high) == (pytest.approx(0.9 * made.year), pytest.approx(1.1 * made.year))


def test_the_national_range_is_1150_to_1750():
    made = generation.estimate(1, NATIONAL)
    assert (round(made.low, -1), round(made.year), round(made.high, -1)) == (1150, 1450, 1750)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_more_power_gives_more(one, other):
    low, high = sorted((one, other))
    assert generation.estimate(low, FIVE).year <= generation.estimate(high, FIVE).year


@pytest.mark.parametrize(("kwp", "ratio"), [(-1, 0.8), (1, 0), (1, 1.1)])
def test_what_cannot_be_is_refused(kwp, ratio):
    with pytest.raises(ValueError, match="Expected"):
        generation.estimate(kwp, FIVE, ratio=ratio)


def test_heat_age_and_coverage():
    assert generation.power_when_hot(10, 1000, 25, -0.35) == 10
    assert generation.power_when_hot(10, 800, 65, -0.35) == pytest.approx(6.88)
    assert (generation.share_left(1), generation.share_left(2)) == (0.98, pytest.approx(0.9745))
    assert generation.coverage_percent(300, 250) == 120
    assert generation.coverage_percent(300, 0) is None


# --- prices
def test_markup_and_margin_are_not_the_same():
    assert pricing.price_by_markup(Decimal(8000), Decimal(20)) == Decimal("9600.00")
    assert pricing.price_by_margin(Decimal(8000), Decimal(20)) == Decimal("10000.00")
    assert pricing.margin_of(Decimal(10000), Decimal(8000)) == Decimal("20.00")
    with pytest.raises(ValueError, match="below 100"):
        pricing.price_by_margin(Decimal(1), Decimal(100))


@pytest.mark.parametrize(("amount", "cents"), [("0.125", "0.13"), ("0.135", "0.14"), ("-0.125", "-0.13"), ("1.005", "1.01")])
def test_halves_round_up(amount, cents):
    assert pricing.to_cents(Decimal(amount)) == Decimal(cents)


def test_regional_prices():
    assert pricing.regional_price(Decimal(100), {"AM": 12.5, "SP": 0}, "AM") == Decimal("112.50")
    assert pricing.regional_price(Decimal(100), {"AM": 12.5}, "RJ") == Decimal("100.00")
    assert pricing.total_price(Decimal("8900"), Decimal("2500"), Decimal("450.50")) == Decimal("11850.50")
    assert pricing.price_per_wp(Decimal("11850.50"), Decimal("6.1")) == Decimal("1.9427")


@given(MONEY, st.decimals(min_value=0, max_value=90, places=2))
def test_the_margin_comes_back(cost, margin):
    price = pricing.price_by_margin(cost, margin)
    assert price >= cost.quantize(Decimal("0.01"))
    if price > 100:
        assert abs(pricing.margin_of(price, cost) - margin) <= Decimal("0.02")


# --- savings
@pytest.mark.parametrize(
    ("year", "value"), [(2023, "0.647"), (2024, "0.614"), (2025, "0.581"), (2026, "0.548"), (2027, "0.515"), (2028, "0.482")]
)
def test_credits_by_year_as_published(year, value):
    low, high = savings.fio_b_share(year)
    assert low == high
    assert savings.credit_value(TARIFF, low) == Decimal(value)


def test_what_nobody_knows_is_a_range():
    assert savings.fio_b_share(2029) == (Decimal("0.90"), Decimal("1.00"))
    assert savings.fio_b_share(2026, "GD_I") == (0, 0)
    assert savings.fio_b_share(2046, "GD_I") == (Decimal("0.90"), Decimal("1.00"))
    with pytest.raises(ValueError, match="GD_III"):
        savings.fio_b_share(2026, "GD_III")


def test_taxes_are_part_of_the_price():
    assert Tariff(Decimal("0.30"), Decimal("0.38"), taxes=Decimal("0.20")).full == Decimal("0.85")


def test_a_years_saving():
    use = Use(Decimal(6000), Decimal("0.3"), phases=1)
    low, high = savings.yearly_saving(Decimal(6000), TARIFF, use, 2026)
    # 1800 kWh used at once; 4200 compensated pay 0.60 x 0.22; the least bill, 360 kWh x 0.68, is smaller than that
    assert low == high == Decimal(6000) * Decimal("0.68") - Decimal(4200) * Decimal("0.60") * Decimal("0.22")
    assert savings.yearly_saving(Decimal(6000), TARIFF, Use(Decimal(6000), Decimal("0.3"), phases=1, modality="GD_I"), 2026)[
        0
    ] == Decimal("3835.20")


def test_an_unknown_fio_b_widens_the_range():
    use = Use(Decimal(6000))
    low, high = savings.yearly_saving(Decimal(6000), Tariff(Decimal("0.30"), Decimal("0.38")), use, 2026)
    assert low < savings.yearly_saving(Decimal(6000), TARIFF, use, 2026)[0] < high


@given(st.integers(0, 20000), st.integers(0, 5000), st.integers(2023, 2040))
def test_more_energy_never_saves_less(energy, more, year):
    use = Use(Decimal(6000))
    few, many = (savings.yearly_saving(Decimal(one), TARIFF, use, year) for one in (energy, energy + more))
    assert few[0] <= many[0]
    assert few[1] <= many[1]
    assert many[0] <= many[1]


def test_payback_is_a_range_and_nothing_pays_for_nothing():
    back = savings.payback(Decimal(15000), (Decimal(6500), Decimal(7500)), TARIFF, Use(Decimal(7000)))
    assert back.best_years < back.worst_years
    assert Decimal(3) < back.best_years < Decimal(6)
    assert savings.payback(Decimal(15000), (Decimal(0), Decimal(0)), TARIFF, Use(Decimal(7000))).best_years is None


def test_value_and_cost_over_the_years():
    assert savings.net_present_value(Decimal(100), [Decimal(60), Decimal(60)], Decimal("0.10")) == Decimal("4.13")
    assert savings.levelised_cost(Decimal(0), Decimal(1000)) == 0
    assert savings.levelised_cost(Decimal(15000), Decimal(7000)) == Decimal("0.0938")
    assert savings.levelised_cost(Decimal(15000), Decimal(0)) is None


def test_co2_as_of_the_year():
    assert savings.co2_kg(70825, 2023) == (pytest.approx(2726.76, abs=0.01), 2023)
    assert savings.co2_kg(1000, 2026)[1] == 2023
    with pytest.raises(ValueError, match="2011"):
        savings.co2_kg(1, 2010)
