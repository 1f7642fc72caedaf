"""What the query string's values may look like."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from ysh.core.api import query_fields as fields


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (fields.NumberField(low=0, high=10), "2.50", Decimal("2.50")),
        (fields.NumberField(low=-34, high=6), "-33.75", Decimal("-33.75")),
        (fields.WholeNumberField(low=1, high=100), "007", 7),
        (fields.DayField(), "2024-02-29", date(2024, 2, 29)),
        (fields.InstantField(), "2026-08-13T09:00:00Z", datetime(2026, 8, 13, 9, tzinfo=UTC)),
        (fields.InstantField(), "2026-08-13T09:00-03:00", datetime(2026, 8, 13, 12, tzinfo=UTC)),
        (fields.InstantField(), "2026-08-13T09:00:00.5 00:00", datetime(2026, 8, 13, 9, 0, 0, 500_000, tzinfo=UTC)),
        (fields.BoxField(), "-50,-30,-40.5,-20", (-50.0, -30.0, -40.5, -20.0)),
        (fields.VocabularyField(["A", "B", "C"]), "C, A,C", ["C", "A"]),
        (fields.PatternField(r"\d{3}", "three digits", convert=int), "001,020", [1, 20]),
        (fields.TextField(), "  são  ", "são"),
    ],
)
def test_understood(field: Any, text: str, value: Any) -> None:
    for language in ("pt-br", "en"):  # the language changes no spelling
        with translation.override(language):
            assert field.clean(text) == value


@pytest.mark.parametrize(
    ("field", "texts"),
    [
        (
            fields.NumberField(low=0, high=10),
            ["11", "-1", "1,5", "1e3", "1e999999", "nan", "Infinity", "--1", "٣", "0x1", "1_0", " 1", "9" * 400, "."],
        ),
        (fields.WholeNumberField(low=1, high=100), ["0", "101", "1.0", "-1", "+1", "1e1", "９", "9" * 5000, "1 0"]),
        (
            fields.DayField(),
            ["31/12/2024", "2024-02-30", "20240101", "2024-W01-1", "0000-01-01", "2024-1-1", "today", "２０２４-01-01"],
        ),
        (
            fields.InstantField(),
            [
                "2026-08-13",
                "2026-08-13T09:00:00",
                "2026-08-13T25:00:00Z",
                "0001-01-01T00:00:00+23:59",
                "2026-08-13T09:00:00+99:00",
                "1",
            ],
        ),
        (
            fields.BoxField(),
            [
                "1,2,3",
                "1,2,3,4,5",
                "a,b,c,d",
                "-40,-30,-50,-20",
                "-50,-20,-40,-30",
                "-50,-30,-50,-20",
                "-181,0,1,1",
                "0,0,nan,1",
                "0,-91,1,1",
            ],
        ),
        (fields.VocabularyField(["A", "B"]), ["a", "A,", "A,C", ",", "A;B"]),
        (fields.PatternField(r"\d{3}", "three digits"), ["12", "1234", "12a", "123,", "١٢٣"]),
        (fields.TextField(max_length=3), ["abcd"]),
    ],
)
def test_refused(field: Any, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValidationError):
            field.clean(text)


def test_a_refusal_names_what_is_allowed() -> None:
    with pytest.raises(ValidationError) as refusal:
        fields.VocabularyField(["A", "B"]).clean("C")
    assert refusal.value.params["allowed"] == ("A", "B")


def test_nothing_given() -> None:
    assert fields.VocabularyField(["A"]).clean(None) == []
    assert fields.DayField(required=False).clean(None) is None
    with pytest.raises(ValidationError):
        fields.DayField().clean(None)
