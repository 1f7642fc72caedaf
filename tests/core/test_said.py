"""Sentences as data: the same row says it in its reader's language; what nobody knows any more is not lost."""

import pytest
from django.utils import translation

from ysh.core.said import add_phrases, in_english, in_words, say

REFUSED = say("rows_refused", bad=1200, all=4000)


def test_the_same_data_in_two_languages() -> None:
    assert in_words(REFUSED) == "1.200 de 4.000 linhas foram recusadas"
    assert in_english(REFUSED) == "1,200 of 4,000 rows were refused"
    with translation.override("en"):
        assert in_words(REFUSED) == in_english(REFUSED)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ""),
        (None, ""),
        ("as it is", "as it is"),
        (0.0626, "0,063"),
        (2.50, "2,5"),
        (1234567.0, "1.234.567"),
        (["a", "b"], "a, b"),
        (say("rows", inserted=1, updated=1200), "1 inserida, 1.200 atualizadas"),
        (say("rows"), "nada mudou"),
        (say("sources", keys=["tariffs", "gone"]), "Tarifas homologadas, gone"),
        (say("figures_unusual", figures=[say("figure", figure="state[BR-SP]")]), "fora do comum: Participação da UF: BR-SP"),
        (say("fault", code="truncated", detail="half of it"), "O arquivo veio cortado: half of it"),
        (say("fault", code="unheard_of", detail="half of it"), "half of it"),
        (say("of", what=say("source", key="tariffs"), said=say("not_modified")), "Tarifas homologadas: não modificado"),
        (say("nobody_says_this", count=2), "nobody_says_this count: 2"),
    ],
)
def test_values_in_words(said: object, expected: str) -> None:
    assert in_words(said) == expected


def test_two_phrases_of_one_code_are_refused() -> None:
    with pytest.raises(ValueError, match="rows_refused"):
        add_phrases({"rows_refused": "something else"})
