"""Kinds of published columns, a batch at a time: parse, refuse, and give the canonical text for the row's hash."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipeline.sources.base import Kind, Parsed
from ysh.core.said import Said, say


def fold(text: str) -> str:
    """Lower case, without accents, white space squeezed: how vocabularies and names are compared."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return re.sub(r"\s+", " ", plain).strip().lower()


def fold_series(texts: pl.Series) -> pl.Series:
    """`fold` of each text, worked out once for each distinct one: for columns with few of them."""
    distinct = texts.drop_nulls().unique()
    folded = pl.Series([fold(text) for text in distinct.to_list()], dtype=pl.String)
    return texts.replace_strict(distinct, folded, default=None, return_dtype=pl.String)


def _null_where_empty(text: pl.Series) -> pl.Series:
    return pl.select(pl.when(text != "").then(text)).to_series()


def _where(condition: pl.Series, value: pl.Series) -> pl.Series:
    """The value where the condition holds, null elsewhere."""
    return pl.select(pl.when(condition).then(value)).to_series()


def _or_none(bad: pl.Series) -> pl.Series | None:
    return bad if bad.any() else None


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """Text up to a length, kept as published but for white space at both ends; empty is null (or stays empty text)."""

    max_length: int = 0
    null_as_empty: bool = False
    reason = "too_long"

    @property
    def expected(self) -> Said:
        return say("expect_length", most=self.max_length)

    def parse(self, text: pl.Series) -> Parsed:
        bad = _or_none(text.str.len_chars() > self.max_length) if self.max_length else None
        return Parsed(text if self.null_as_empty else _null_where_empty(text), bad, text)


@dataclass(frozen=True, slots=True)
class Code(Kind):
    """An identifier of a fixed form."""

    pattern: str
    expected: Said | str
    reason = "bad_code"

    def parse(self, text: pl.Series) -> Parsed:
        good = text.str.contains(self.pattern)
        if good.all():
            return Parsed(text, None, text)
        return Parsed(_where(good, text), _or_none(~good & (text != "")), text)


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """A closed vocabulary. Spellings are compared folded (no accents, lower case, squeezed); unknown words are refused.

    Attributes:
        words: spelling -> stored value.
        nothing: folded words that say that nothing is known: read as empty.
    """

    words: Mapping[str, str]
    nothing: tuple[str, ...] = ("nao informado",)
    reason = "unknown_value"

    @property
    def expected(self) -> Said:
        return say("expect_one_of", words=sorted(set(self.words)))

    def parse(self, text: pl.Series) -> Parsed:
        table = {fold(word): value for word, value in self.words.items()}
        folded = [fold(value) for value in text.to_list()]
        value = pl.Series([table.get(word) for word in folded], dtype=pl.String)
        bad = pl.Series([word not in table and word != "" and word not in self.nothing for word in folded], dtype=pl.Boolean)
        return Parsed(value, _or_none(bad), pl.Series(folded, dtype=pl.String))


def decimal_text(text: pl.Series) -> pl.Series:
    """Number text with a decimal point: `32,50`, `32.50` and `,00` all read; thousands separators never occur in these files."""
    return text.str.replace(",", ".", literal=True)


# Not \d, which takes the digits of every script.
_NUMBER = r"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,2})?$"


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A decimal number with `.` or `,` as separator, in a hard range; refused outside it."""

    digits: int
    scale: int
    minimum: float | None = None
    maximum: float | None = None
    reason = "bad_number"

    def _range(self) -> tuple[float, float]:
        limit = 10.0 ** (self.digits - self.scale) - 10.0**-self.scale
        return -limit if self.minimum is None else self.minimum, limit if self.maximum is None else self.maximum

    @property
    def expected(self) -> Said:
        low, high = self._range()
        return say("expect_number", low=low, high=high)

    def parse(self, text: pl.Series) -> Parsed:
        shown = decimal_text(text)
        number = _where(shown.str.contains(_NUMBER), shown).cast(pl.Float64, strict=False)
        inside = number.is_between(*self._range()).fill_null(value=False)
        value = _where(inside, number).round(self.scale)
        value = pl.select(pl.when(value == 0).then(0.0).otherwise(value)).to_series()  # -0.0 reads the same as 0.0
        return Parsed(value, _or_none(~inside & (text != "")), value.cast(pl.String).fill_null(""))


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number in a hard range; `1`, `1,00` and `1.0` are the same number."""

    minimum: int
    maximum: int
    reason = "bad_number"

    @property
    def expected(self) -> Said:
        return say("expect_whole", low=self.minimum, high=self.maximum)

    def parse(self, text: pl.Series) -> Parsed:
        shown = decimal_text(text).str.replace(r"\.0*$", "")
        number = _where(shown.str.contains(r"^-?[0-9]{1,18}$"), shown).cast(pl.Int64, strict=False)
        inside = number.is_between(self.minimum, self.maximum).fill_null(value=False)
        value = _where(inside, number)
        return Parsed(value, _or_none(~inside & (text != "")), value.cast(pl.String).fill_null(""))


_FIRST_DAY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """An ISO date from 1900 on, with or without a midnight time; impossible dates are refused, sentinels are null."""

    sentinels: tuple[date, ...] = ()
    reason = "bad_date"
    expected = say("expect_day")

    def parse(self, text: pl.Series) -> Parsed:
        shown = text.str.replace(r"[T ]00:00:00(\.0+)?$", "")
        day = _where(shown.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), shown).str.to_date("%Y-%m-%d", strict=False)
        # Earlier ones are slips of a key; PostgreSQL has no year 0 at all.
        day = _where(day >= _FIRST_DAY, day)
        bad = day.is_null() & (text != "")
        value = _where(~day.is_in(list(self.sentinels)), day) if self.sentinels else day
        return Parsed(value, _or_none(bad), shown)


@dataclass(frozen=True, slots=True)
class LocalDay(Kind):
    """A day as `31/12/2024` or ISO, with or without a time behind it."""

    reason = "bad_date"
    expected = say("expect_local_day")

    def parse(self, text: pl.Series) -> Parsed:
        shown = text.str.replace(r"[T ][0-9:.]+Z?$", "")
        iso = shown.str.replace(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$", "${3}-${2}-${1}")
        day = _where(iso.str.contains(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"), iso).str.to_date("%Y-%m-%d", strict=False)
        day = _where(day >= _FIRST_DAY, day)
        return Parsed(day, _or_none(day.is_null() & (text != "")), day.dt.strftime("%Y-%m-%d").fill_null(""))


def check_digits_ok(numbers: pl.Series) -> pl.Series:
    """Whether each text is a CNPJ: 14 characters, alphanumeric ones included, with right check digits.

    The value of a character is its ASCII code less 48 (Receita Federal, IN RFB 2.229/2024, annex XV); modulus 11 with
    weights 2 to 9 from the right. Repeated digits are refused.
    """
    result = np.zeros(len(numbers), dtype=bool)
    shaped = numbers.str.contains(r"^[0-9A-Z]{12}[0-9]{2}$").fill_null(value=False)
    if shaped.any():
        characters = np.frombuffer("".join(numbers.filter(shaped).to_list()).encode(), dtype=np.uint8).reshape(-1, 14)
        values = characters.astype(np.int32) - 48
        good = ~(values == values[:, :1]).all(axis=1)
        for position in (12, 13):
            weights = np.array([(position - 1 - i) % 8 + 2 for i in range(position)], dtype=np.int32)
            rest = (values[:, :position] @ weights) % 11
            good &= np.where(rest < 2, 0, 11 - rest) == values[:, position]
        result[shaped.to_numpy()] = good
    return pl.Series(result, dtype=pl.Boolean)


def cnpj_text(text: pl.Series) -> pl.Series:
    """CNPJ without punctuation, its leading zeros restored (Parquet publishes it as a number); empty stays empty."""
    plain = text.str.replace(r"\.0$", "").str.replace_all(r"[./-]", "").str.to_uppercase()
    return pl.select(pl.when(plain == "").then(plain).otherwise(plain.str.zfill(14))).to_series()


@dataclass(frozen=True, slots=True)
class Cnpj(Kind):
    """CNPJ of a company: 14 characters with right check digits."""

    reason = "check_digit"
    expected = say("expect_cnpj")

    def parse(self, text: pl.Series) -> Parsed:
        number = cnpj_text(text)
        good = check_digits_ok(number)
        return Parsed(_where(good, number), _or_none(~good & (text != "")), number)


# A CPF with its punctuation has 14 characters, a CNPJ 18: nothing that is masked is longer.
MASKED_LENGTH = 18


@dataclass(frozen=True, slots=True)
class HolderDocument(Kind):
    """Document of a holder: a masked CPF as published (`***.754.418-**`, `***`), or a CNPJ with right check digits."""

    reason = "check_digit"
    expected = say("expect_document")

    def parse(self, text: pl.Series) -> Parsed:
        masked = text.str.contains("*", literal=True)
        over_long = masked & (text.str.len_chars() > MASKED_LENGTH)
        others = text.filter(~masked)
        if not len(others):
            return Parsed(text, _or_none(over_long), text)
        number = cnpj_text(others)
        good = check_digits_ok(number)
        place = ((~masked).cast(pl.Int64).cum_sum() - 1).clip(0)
        value, canonical, bad = pl.select(
            pl.when(masked).then(text).otherwise(pl.lit(_where(good, number)).gather(place)).alias("value"),
            pl.when(masked).then(text).otherwise(pl.lit(number).gather(place)).alias("canonical"),
            pl.when(masked).then(over_long).otherwise(pl.lit(~good & (number != "")).gather(place)).alias("bad"),
        )
        return Parsed(value, _or_none(bad), canonical)


_CEP = r"^[0-9]{5}([0-9]{3}|\*{3})$"


@dataclass(frozen=True, slots=True)
class PostalCode(Kind):
    """CEP: eight digits, padded or not, or five digits and `***` for natural persons; anything else is null, not refused."""

    reason = "bad_postal_code"
    expected = say("expect_postal_code")

    def parse(self, text: pl.Series) -> Parsed:
        good = text.str.contains(_CEP)
        if not good.all():
            plain = text.str.replace_all(r"[.-]", "")
            # A number in Parquet has lost its leading zeros.
            text = pl.select(pl.when(plain.str.contains(r"^[0-9]{6,7}$")).then(plain.str.zfill(8)).otherwise(plain)).to_series()
            good = text.str.contains(_CEP)
        return Parsed(_where(good, text), None, text)
