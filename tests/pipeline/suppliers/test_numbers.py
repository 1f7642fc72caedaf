"""Numbers as suppliers write them, exact and by property."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.suppliers.numbers import NumberError, OpenPriceError, money, powers, quantity

NBSP, ZERO_WIDTH = "\u00a0", "\u200b"
AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999999.99"), places=2)


def brazilian(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


@given(AMOUNTS, st.sampled_from(["R$ {}", f"R${NBSP}{{}}", "R${}", "{}", f"{ZERO_WIDTH}R$ {{}}{ZERO_WIDTH}", "r$  {} "]))
def test_every_spelling_of_a_brazilian_price_is_the_price(amount: Decimal, form: str) -> None:
    assert money(form.format(brazilian(amount))) == amount
    assert money(form.format(brazilian(amount)), "pt-BR") == amount


@given(AMOUNTS)
def test_international_prices_and_numbers_of_a_spreadsheet(amount: Decimal) -> None:
    assert money(f"{amount:,.2f}") == amount
    assert money(amount) == amount
    assert money(float(amount)) == amount


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        "De:",
        " de: ",
        "R$",
        "-",
        "—",
        "Indisponível",
        "Sob consulta",
        "0",
        "R$ 0,00",
        ZERO_WIDTH,
        NBSP,
        "#N/D",
        "nan",
        Decimal(0),
    ],
)
def test_a_missing_price_is_none_and_never_zero(cell: object) -> None:
    assert money("-" if cell == "—" else cell) is None


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("De: R$ 2.000,00 Por: R$ 1.799,90", "1799.90"),
        ("R$ 1.234", "1234.00"),
        ("0,26", "0.26"),
        ("R$ 0,265", "0.26"),
        ("1 234,56", "1234.56"),
        ("1234.5", "1234.50"),
    ],
)
def test_prices_in_words_and_bare(cell: str, amount: str) -> None:
    assert money(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["abc", "R$ -5,00", "12/10/2025", "220V", "3 x 4", "R$ 9.999.999.999,00"])
def test_what_is_no_price_is_refused(cell: str) -> None:
    with pytest.raises(NumberError):
        money(cell)


@pytest.mark.parametrize(
    ("text", "watts"),
    [
        ("2.220Wp", ["2220"]),
        ("1.24kWp", ["1240"]),
        ("1,24kWp", ["1240"]),
        ("9.04 kWp", ["9040"]),
        ("10.925kWp", ["10925"]),
        ("2x 620Wp DAH", ["620"]),
        ("INVERSOR GOODWE GW6KW (DNS-G40)", ["6000"]),
        ("0,475KW - 220V", ["475"]),
        ("Energia: até 278 kWh/mês", []),
        ("R$ 1,20/ Wp", []),
        ("1.120Wp e 37.5KW", ["1120", "37500"]),
    ],
)
def test_the_unit_decides_what_a_dot_means(text: str, watts: list[str]) -> None:
    assert [power.watts for power in powers(text)] == [Decimal(each) for each in watts]


@given(st.integers(min_value=1, max_value=99_999))
def test_counts(number: int) -> None:
    assert (
        quantity(f"Quantidade: {number}")
        == quantity(str(number))
        == quantity(f"{number} un")
        == quantity(Decimal(number))
        == number
    )


@pytest.mark.parametrize("cell", ["0", "-2", "1,5", "dois"])
def test_what_is_no_count_is_refused(cell: str) -> None:
    with pytest.raises(NumberError):
        quantity(cell)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parsers(text: str) -> None:
    powers(text)
    for parse in (money, quantity):
        try:
            parse(text)
        except NumberError:
            continue


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("R$ 2.250,00 à vista ou 10x R$ 247,50", "2250.00"),
        ("10x de R$ 349,90 sem juros ou R$ 3.499,00 no Pix", "3499.00"),
        ("12x R$ 90,00 ou R$ 990,00 à vista", "990.00"),
        ("a partir de R$ 2.199,00", "2199.00"),
    ],
)
def test_instalments_beside_a_price_are_passed_over(cell: str, amount: str) -> None:
    assert money(cell) == Decimal(amount)


@pytest.mark.parametrize(
    "cell", ["12x de R$ 180,00", "R$ 3.100,00 a R$ 3.400,00", "R$ 349,00 – R$ 492,50", "R$ 0,95/Wp", "em até 10x de R$ 99"]
)
def test_what_leaves_the_price_open_is_no_price(cell: str) -> None:
    with pytest.raises(OpenPriceError):
        money(cell)
