"""Kinds of published columns, as vectorised expressions: parse, refuse, and give the canonical text for the row's hash."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipeline.sources.base import Kind, Parsed

_NO_ACCENT = {"á": "a", "à": "a", "â": "a", "ã": "a", "ä": "a", "é": "e", "ê": "e", "è": "e", "í": "i", "ì": "i", "î": "i", "ó": "o",
              "ò": "o", "ô": "o", "õ": "o", "ö": "o", "ú": "u", "ù": "u", "û": "u", "ü": "u", "ç": "c", "ñ": "n", "º": "o", "ª": "a"}  # fmt: skip


def fold(text: str) -> str:
    """Lower case, without accents, white space squeezed: how vocabulary and names are compared."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return re.sub(r"\s+", " ", plain).strip().lower()


def fold_expr(raw: pl.Expr) -> pl.Expr:
    """`fold` for Portuguese text, vectorised."""
    return (
        raw.str.to_lowercase()
        .str.replace_many(list(_NO_ACCENT), list(_NO_ACCENT.values()))
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _present(raw: pl.Expr) -> pl.Expr:
    return raw.is_not_null() & (raw != "")


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """Text up to a length, kept as published but for white space at both ends; empty is null."""

    max_length: int = 0
    null_as_empty: bool = False

    def parse(self, raw: pl.Expr) -> Parsed:
        text = raw.str.strip_chars()
        bad = text.str.len_chars() > self.max_length if self.max_length else None
        value = text.fill_null("") if self.null_as_empty else pl.when(text != "").then(text)
        return Parsed(value, bad, "too_long", f"at most {self.max_length} characters", text.fill_null(""))


@dataclass(frozen=True, slots=True)
class Code(Kind):
    """An identifier of a fixed form."""

    pattern: str
    expected: str
    upper: bool = True

    def parse(self, raw: pl.Expr) -> Parsed:
        text = raw.str.strip_chars()
        text = text.str.to_uppercase() if self.upper else text
        good = text.str.contains(self.pattern)
        return Parsed(pl.when(good).then(text), (text != "") & ~good, "bad_code", self.expected, text.fill_null(""))


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """A closed vocabulary. Spellings are compared folded (no accents, lower case, squeezed); unknown words are refused.

    Attributes:
        words: spelling -> stored value.
        nothing: folded words that say that nothing is known: read as empty.
    """

    words: Mapping[str, str]
    nothing: tuple[str, ...] = ("nao informado",)

    def parse(self, raw: pl.Expr) -> Parsed:
        folded = fold_expr(raw)
        folded = pl.when(~folded.is_in(self.nothing)).then(folded).otherwise(pl.lit(""))
        table = {fold(word): value for word, value in self.words.items()}
        value = folded.replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)
        expected = "one of: " + ", ".join(sorted(set(self.words)))
        return Parsed(value, (folded != "") & value.is_null(), "unknown_value", expected, folded.fill_null(""))


def decimal_text(raw: pl.Expr) -> pl.Expr:
    """Number text with a decimal point: `32,50`, `32.50` and `,00` all read; thousands separators never occur in these files."""
    return raw.str.strip_chars().str.replace(",", ".", literal=True)


_NUMBER = r"^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?$"


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A decimal number with `.` or `,` as separator, in a hard range; refused outside it."""

    digits: int
    scale: int
    minimum: float | None = None
    maximum: float | None = None

    def parse(self, raw: pl.Expr) -> Parsed:
        text = decimal_text(raw)
        number = pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Float64, strict=False)
        limit = 10.0 ** (self.digits - self.scale)
        low = self.minimum if self.minimum is not None else -limit
        high = self.maximum if self.maximum is not None else limit
        inside = number.is_between(low, high) & (number.abs() < limit)
        value = pl.when(inside).then(number).round(self.scale)
        bad = (text != "") & ~inside.fill_null(value=False)
        expected = f"a number from {low:g} to {high:g}"
        return Parsed(value, bad, "bad_number", expected, value.cast(pl.String).fill_null(""))


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number in a hard range; `1`, `1,00` and `1.0` are the same number."""

    minimum: int
    maximum: int

    def parse(self, raw: pl.Expr) -> Parsed:
        text = decimal_text(raw).str.replace(r"\.0*$", "")
        number = pl.when(text.str.contains(r"^-?\d{1,18}$")).then(text).cast(pl.Int64, strict=False)
        inside = number.is_between(self.minimum, self.maximum)
        value = pl.when(inside).then(number)
        bad = (text != "") & ~inside.fill_null(value=False)
        expected = f"a whole number from {self.minimum} to {self.maximum}"
        return Parsed(value, bad, "bad_number", expected, value.cast(pl.String).fill_null(""))


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """An ISO date, with or without a midnight time; impossible dates are refused, sentinels are null."""

    sentinels: tuple[date, ...] = ()

    def parse(self, raw: pl.Expr) -> Parsed:
        text = raw.str.strip_chars().str.replace(r"[T ]00:00:00(\.0+)?$", "")
        day = pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(text).str.to_date("%Y-%m-%d", strict=False)
        value = day
        for sentinel in self.sentinels:
            value = pl.when(value != sentinel).then(value)
        return Parsed(value, (text != "") & day.is_null(), "bad_date", "a date as YYYY-MM-DD", text.fill_null(""))


def _check_digits(numbers: pl.Series) -> pl.Series:
    result = np.zeros(len(numbers), dtype=bool)
    shaped = numbers.str.contains(r"^[0-9A-Z]{12}[0-9]{2}$").fill_null(value=False).to_numpy()
    if shaped.any():
        characters = np.frombuffer("".join(numbers.filter(shaped).to_list()).encode(), dtype=np.uint8).reshape(-1, 14)
        values = characters.astype(np.int32) - 48
        good = ~(values == values[:, :1]).all(axis=1)
        for position in (12, 13):
            weights = np.array([(position - 1 - i) % 8 + 2 for i in range(position)], dtype=np.int32)
            rest = (values[:, :position] @ weights) % 11
            good &= np.where(rest < 2, 0, 11 - rest) == values[:, position]
        result[shaped] = good
    return pl.Series(result)


def check_digits_ok(number: pl.Expr) -> pl.Expr:
    """Whether 14 characters form a CNPJ with right check digits, alphanumeric ones included.

    The value of a character is its ASCII code less 48 (Receita Federal, IN RFB 2.229/2024, annex XV); modulus 11 with
    weights 2 to 9 from the right. Repeated digits are refused.
    """
    return number.map_batches(_check_digits, return_dtype=pl.Boolean, is_elementwise=True)


def cnpj_text(raw: pl.Expr) -> pl.Expr:
    """CNPJ without punctuation, its leading zeros restored (Parquet publishes it as a number)."""
    text = raw.str.strip_chars().str.replace(r"\.0$", "").str.replace_all(r"[./-]", "").str.to_uppercase()
    return pl.when(text != "").then(text.str.zfill(14)).otherwise(text)


@dataclass(frozen=True, slots=True)
class Cnpj(Kind):
    """CNPJ of a company: 14 characters with right check digits."""

    def parse(self, raw: pl.Expr) -> Parsed:
        text = cnpj_text(raw)
        good = check_digits_ok(text)
        return Parsed(pl.when(good).then(text), (text != "") & ~good, "check_digit", "a CNPJ with right check digits", text.fill_null(""))


@dataclass(frozen=True, slots=True)
class HolderDocument(Kind):
    """Document of a holder: a masked CPF as published (`***.754.418-**`, `***`), or a CNPJ with right check digits."""

    def parse(self, raw: pl.Expr) -> Parsed:
        text = raw.str.strip_chars().str.replace(r"\.0$", "")
        masked = text.str.contains("*", literal=True)
        number = cnpj_text(raw)
        good = masked | check_digits_ok(number)
        value = pl.when(masked).then(text).when(good).then(number)
        canonical = pl.when(masked).then(text).otherwise(number).fill_null("")
        return Parsed(value, (text != "") & ~good, "check_digit", "a masked CPF, or a CNPJ with right check digits", canonical)


@dataclass(frozen=True, slots=True)
class PostalCode(Kind):
    """CEP: eight digits, padded or not, or five digits and `***` for natural persons; anything else is null, not refused."""

    def parse(self, raw: pl.Expr) -> Parsed:
        text = raw.str.strip_chars().str.replace_all(r"[.-]", "")
        text = pl.when(text.str.contains(r"^\d{6,7}$")).then(text.str.zfill(8)).otherwise(text)
        good = text.str.contains(r"^\d{5}(\d{3}|\*{3})$")
        return Parsed(pl.when(good).then(text), None, "", "", text.fill_null(""))
