"""One value as stored, as canonical text, and as a cell of a file in either of two ways of writing; and back.

The canonical text is what is compared: a number without grouping and trailing zeros, texts without control characters. Whatever
a spreadsheet makes of how a value looks, equal values have equal canonical texts.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from products.exchange.columns import Form, TableColumn

# What spreadsheets take for the beginning of a formula; the apostrophe itself, so that taking it off again is certain.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_TRUE, _FALSE = {"true", "yes", "sim", "verdadeiro", "1", "x"}, {"false", "no", "nao", "falso", "0"}
_MOST_TEXT = 32_000  # Excel's cells end at 32 767


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes.

    Attributes:
        key: pt-BR or international.
        separator: between CSV columns.
        decimal, grouping: of numbers.
        words: choices and yes/no in the reader's language rather than as stored.
    """

    key: str
    separator: str
    decimal: str
    grouping: str
    words: bool


BRAZIL = Dialect("pt-BR", ";", ",", ".", words=True)
INTERNATIONAL = Dialect("international", ",", ".", ",", words=False)
_PERCENTS = Dialect("percents", "", ".", " ", words=False)
DIALECTS = {dialect.key: dialect for dialect in (BRAZIL, INTERNATIONAL)}


class CellError(ValueError):
    """A cell that cannot be read as what its column holds; the text says what was expected and found."""


# --- stored -> canonical
def canonical(column: TableColumn, value: Any) -> str:
    """A stored value as canonical text; "" when there is none."""
    if value is None or value in ("", [], {}):
        return ""
    match column.form:
        case Form.BOOLEAN:
            return "true" if value else "false"
        case Form.NUMBER | Form.INTEGER if isinstance(value, int | float | Decimal):
            exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
            return _plain(exact if column.form is Form.INTEGER else _rounded(column, exact))
        case Form.LINES:
            return "\n".join(_clean(str(each)).replace("\n", " ") for each in value)
        case Form.PERCENTS:
            return "; ".join(f"{state}={_plain(Decimal(str(percent)))}" for state, percent in sorted(value.items()))
    return _clean(str(value))


def native(column: TableColumn, text: str) -> Any:
    """A canonical text as the value to store; None for an empty one that is not a text."""
    match column.form:
        case Form.BOOLEAN:
            return None if not text else text == "true"
        case Form.INTEGER:
            return int(text) if text else None
        case Form.NUMBER:
            if column.attribute is not None and text:
                return int(text) if text.lstrip("-").isdigit() else float(text)
            return Decimal(text) if text else None
        case Form.LINES:
            return text.split("\n") if text else []
        case Form.PERCENTS:
            pairs = (pair.split("=") for pair in text.split("; ")) if text else ()
            return {state: _json_number(percent) for state, percent in pairs}
    return text


# --- canonical -> cell
def csv_cell(column: TableColumn, text: str, dialect: Dialect) -> str:
    """A cell of a CSV file; nothing a spreadsheet would run as a formula."""
    if column.form in {Form.NUMBER, Form.INTEGER}:
        return text.replace(".", dialect.decimal)
    return guarded(words_of(column, text, dialect))


def words_of(column: TableColumn, text: str, dialect: Dialect) -> str:
    """A canonical text as the dialect's reader knows it: choices and yes/no in words, decimals with its mark."""
    if not text:
        return ""
    if column.form in {Form.NUMBER, Form.INTEGER, Form.PERCENTS}:
        return text.replace(".", dialect.decimal)
    if dialect.words and column.form is Form.CHOICE:
        return dict(column.choices).get(text, text)
    if column.form is Form.BOOLEAN:
        return (_("yes") if text == "true" else _("no")) if dialect.words else text
    return text


def guarded(text: str) -> str:
    """A text with an apostrophe in front where a spreadsheet would read a formula; `unguarded` takes it off."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


# --- cell -> canonical
def parsed(column: TableColumn, cell: Any, dialect: Dialect) -> str:
    """A file's cell as canonical text.

    Args:
        cell: a text, or what a workbook holds: a number, a bool.

    Raises:
        CellError: it is not what the column holds.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return ""
    match column.form:
        case Form.NUMBER | Form.INTEGER:
            return _parsed_number(column, cell, dialect)
        case Form.BOOLEAN:
            return _parsed_boolean(cell)
        case Form.CHOICE:
            return _parsed_choice(column, _text(cell))
        case Form.LINES:
            return "\n".join(line.strip() for line in _clean(_text(cell)).splitlines() if line.strip())
        case Form.PERCENTS:
            return _parsed_percents(_text(cell))
    text = _clean(_text(cell))
    if len(text) > _MOST_TEXT:
        raise CellError(_("Expected at most %(most)d characters.") % {"most": _MOST_TEXT})
    return text


def _parsed_number(column: TableColumn, cell: Any, dialect: Dialect) -> str:
    value = cell if isinstance(cell, Decimal) else Decimal(cell) if isinstance(cell, int) else number_in(_text(cell), dialect)
    if value is None or not value.is_finite():
        expected = _("a number such as 1%(mark)s5") % {"mark": dialect.decimal}
        raise CellError(_("Expected %(expected)s, found “%(found)s”.") % {"expected": expected, "found": cell})
    if column.form is Form.INTEGER:
        if value != value.to_integral_value():
            raise CellError(_("Expected a whole number, found “%(found)s”.") % {"found": cell})
        return _plain(value.to_integral_value())
    return _plain(_rounded(column, value))


def number_in(text: str, dialect: Dialect) -> Decimal | None:
    """A number as the dialect writes it, a currency or percent sign beside it or not; None when it is none.

    1.234 is 1234 where the dot groups; 48.2 cannot be a grouping and is 48.2 everywhere.
    """
    text = re.sub(r"(?i)r\$|%|[\s\u00a0\u202f]", "", text).replace("\u2212", "-")
    mark, group = re.escape(dialect.decimal), re.escape(dialect.grouping)
    if re.fullmatch(rf"[-+]?\d{{1,3}}(?:{group}\d{{3}})+(?:{mark}\d+)?", text):
        text = text.replace(dialect.grouping, "").replace(dialect.decimal, ".")
    elif re.fullmatch(rf"[-+]?(?:\d+(?:{mark}\d*)?|{mark}\d+)", text):
        text = text.replace(dialect.decimal, ".")
    elif not re.fullmatch(r"[-+]?\d+[.,]\d+", text):
        return None
    else:
        text = text.replace(",", ".")
    try:
        return Decimal(text) if len(text) < 40 else None
    except InvalidOperation:
        return None


def _parsed_boolean(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    word = _folded(_text(cell))
    if word in _TRUE or word == _folded(_("yes")):
        return "true"
    if word in _FALSE or word == _folded(_("no")):
        return "false"
    raise CellError(_("Expected yes or no, found “%(found)s”.") % {"found": cell})


def _parsed_choice(column: TableColumn, text: str) -> str:
    wanted = _folded(text)
    for code, label in column.choices:
        if wanted in {_folded(code), _folded(label)}:
            return code
    expected = ", ".join(label for _code, label in column.choices)
    raise CellError(_("Expected one of %(expected)s; found “%(found)s”.") % {"expected": expected, "found": text})


def _parsed_percents(text: str) -> str:
    """Percents are never grouped: a dot and a comma both mark decimals."""
    found: dict[str, Decimal] = {}
    for pair in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
        state, _equals, percent = pair.partition("=")
        value = number_in(percent.replace(",", "."), _PERCENTS)
        if value is None:
            raise CellError(_("Expected pairs such as AM=12.5; SP=0, found “%(found)s”.") % {"found": pair})
        found[state.strip().upper()] = value
    return "; ".join(f"{state}={_plain(percent)}" for state, percent in sorted(found.items()))


def _rounded(column: TableColumn, value: Decimal) -> Decimal:
    """As many decimals as the column has: what a spreadsheet calculates has more."""
    return value.quantize(Decimal(1).scaleb(-6 if column.places is None else -column.places), ROUND_HALF_UP)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _plain(cell) if isinstance(cell, Decimal) else str(cell)


def _clean(text: str) -> str:
    """Line ends as \\n, no control characters, no blanks at either end: spreadsheets keep none of these faithfully."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _plain(value: Decimal) -> str:
    text = format(value.normalize(), "f")
    return "0" if text in {"-0", ""} else text


def _json_number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def record(columns: Mapping[str, TableColumn], row: Mapping[str, Any]) -> dict[str, str]:
    """The canonical texts of a stored row (as selected by the columns' sources), by the columns' keys."""
    texts = {}
    for key, column in columns.items():
        value = row[column.source]
        texts[key] = canonical(column, value.get(column.attribute.name) if column.attribute is not None else value)
    return texts
