"""Sentences kept as data: a code with its values, put into words in the language of whoever reads.

    say("rows_refused", bad=1200, all=4000)  ->  {"say": "rows_refused", "bad": 1200, "all": 4000}
    in_words(…)                              ->  "1.200 de 4.000 linhas foram recusadas"

Rows, caches and messages between processes hold the data; nobody's language is stored.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import number_format

#: as JSON has it: {"say": code, name: value, …}
Said = dict[str, Any]
#: a (lazily translated) text with %(name)s in it, or a function of the values
Phrase = Any

CODE = "say"
_BOOK: dict[str, Phrase] = {}


def add_phrases(phrases: Mapping[str, Phrase]) -> None:
    """Make sentences known.

    Raises:
        ValueError: another module says something under the same code.
    """
    for code, phrase in phrases.items():
        if _BOOK.setdefault(code, phrase) is not phrase:
            raise ValueError(f"Two phrases of the code {code!r}. Give the second another code.")


def known_codes() -> frozenset[str]:
    """Codes that can be put into words."""
    return frozenset(_BOOK)


def say(code: str, /, **values: Any) -> Said:
    """The sentence as data.

    Args:
        code: of a phrase.
        values: text, numbers, sentences of their own, or lists of them; JSON.
    """
    return {CODE: code, **values}


def in_words(said: Any) -> str:
    """In the active language: numbers grouped, lists joined; text as it is. An unknown code is shown with its values."""
    if said is None:
        return ""
    if isinstance(said, bool | str):
        return str(said)
    if isinstance(said, int | float | Decimal):
        return _number(said)
    if isinstance(said, Mapping):
        return _sentence(said)
    parts = [in_words(one) for one in said]
    return ("; " if any(isinstance(one, Mapping) and len(one) > 1 for one in said) else ", ").join(filter(None, parts))


def in_english(said: Any) -> str:
    """The same for programs, logs and people who asked for it."""
    with translation.override("en"):
        return in_words(said)


def _sentence(said: Mapping[str, Any]) -> str:
    code = str(said.get(CODE, ""))
    values = {name: value for name, value in said.items() if name != CODE}
    phrase = _BOOK.get(code)
    if phrase is None:
        return " ".join(filter(None, [code, ", ".join(f"{name}: {in_words(value)}" for name, value in values.items())]))
    if callable(phrase):
        return str(phrase(**values))
    return str(phrase) % {name: in_words(value) for name, value in values.items()}


def _number(value: float | Decimal) -> str:
    """Whole numbers grouped; others with up to three decimals."""
    if isinstance(value, int) or value == int(value):
        return number_format(int(value), force_grouping=True)
    digits = f"{value:.3f}".rstrip("0")
    return number_format(Decimal(digits), len(digits.partition(".")[2]), force_grouping=True)
