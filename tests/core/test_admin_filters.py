"""Numbers as people of a language write them into a list's filters."""

from decimal import Decimal

import pytest
from django.utils import translation

from ysh.core.admin.filters import _decimal


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("pt-br", "10.000", "10000"),
        ("pt-br", "10.000,5", "10000.5"),
        ("pt-br", "1.234.567,89", "1234567.89"),
        ("pt-br", "75,5", "75.5"),
        ("pt-br", "75.5", "75.5"),
        ("pt-br", "75.50", "75.50"),
        ("pt-br", "1.0000", "1.0000"),
        ("pt-br", "-1.000", "-1000"),
        ("pt-br", "10000", "10000"),
        ("pt-br", "1,234", "1.234"),
        ("pt-br", "1.23.456", None),
        ("pt-br", "1,2,3", None),
        ("pt-br", "dez", None),
        ("pt-br", "NaN", None),
        ("pt-br", "1e9", None),
        ("en", "10.000", "10.000"),
        ("en", "10,000", "10000"),
        ("en", "10,000.5", "10000.5"),
        ("en", "75.5", "75.5"),
        ("en", "75,5", None),
    ],
)
def test_a_number_is_read_in_the_active_language(language, text, number):
    with translation.override(language):
        assert _decimal(text) == (None if number is None else Decimal(number))
