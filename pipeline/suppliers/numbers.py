"""Numbers as people write them: R$ 1.234,56, 2.220Wp, 1.24kWp, 10,93 kWp. Pure; the unit decides what a dot means."""

# ruff: noqa: E501  (patterns are easier to read in long lines)

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pipeline.suppliers.text import clean, fold

# What stands where a price should: the label of a struck-out price, or words for "none".
_NO_PRICE = re.compile(
    r"^(?:de|por|a partir de|preco|valor)?\s*:?\s*(?:r\$|brl)?\s*(?:-+|n/?[ad]|nao informado|null|none|nan|#n/?[ad]|#valor!|#ref!"
    r"|(?:preco )?sob (?:consulta|demanda|encomenda)|consult\w*(?: (?:o )?(?:preco|vendedor|valor|disponibilidade))?|a (?:consultar|combinar)"
    r"|indispon\w*|esgotad[oa]|sem preco|sem estoque|em breve|avise-?me.*|fora de linha|promocao|login.*|faca (?:seu )?login.*)?$"
)
_AMOUNT = re.compile(r"(?:(?:r\$|brl)\s*)?(-?\d[\d.,'\s]*\d|-?\d)", re.IGNORECASE)
_MARKED_AMOUNT = re.compile(r"(?:r\$|brl)\s*(-?\d[\d.,']*(?:\s\d{3}(?!\d)[\d.,]*)*)", re.IGNORECASE)
_POWER = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)*)\s*(kwp|kw|wp|w)(?![a-z0-9])", re.IGNORECASE)
_INSTALMENTS = re.compile(
    r"(?:ou\s+)?(?:em\s+)?(?:at[eé]\s+)?\b\d{1,3}\s*(?:x|vezes|parcelas)\s*(?:de\s*)?(?:sem juros\s*)?(?:r\$|brl)\s*[\d.,]*\d(?:\s*(?:sem|com) juros)?",
    re.IGNORECASE,
)
_RATE = re.compile(r"(?:/|\bpor\b|\bo\b)\s*k?wp?\b", re.IGNORECASE)
_ONLY_OLD = re.compile(r"de\s*:?\s*(?:r\$|brl)\s*[\d.,\s]+$", re.IGNORECASE)
_RANGE = re.compile(r"\d\s*(?:\ba\b|\bate\b|[-–—~])\s*(?:r\$|brl)?\s*\d")
_BARE_AMOUNT = r"(?:r\$|brl)?\s*-?[\d.,'\s]+(?:r\$|brl|reais)?\s*(?:/ ?\w{1,4}|a vista|cada|\*+)?"
_LARGEST_PRICE = Decimal(1_000_000_000)


class NumberError(ValueError):
    """A cell that should hold a number holds something else."""


class OpenPriceError(NumberError):
    """An amount that is no price: one instalment, a range, so much a Wp. The record is good, its price is open."""


@dataclass(frozen=True, slots=True)
class Power:
    """A power found in a text. `watts` in W or Wp; `peak` when the unit was Wp or kWp; `kilo` when it was kW or kWp."""

    watts: Decimal
    peak: bool
    kilo: bool
    start: int


def plain_decimal(text: str, style: str = "auto") -> Decimal:
    """A number without unit.

    Args:
        text: digits with dots, commas, apostrophes or blanks.
        style: "pt-BR" (1.234,56), "international" (1,234.56), or "auto": of two separators the last is decimal; a single one
            that recurs, or is followed by exactly three digits and preceded by something but 0, marks thousands; of one that
            recurs before a last group of other than three digits (1.050.00) the last is decimal.

    Raises:
        NumberError: it is no number.
    """
    digits = re.sub(r"[\s']", "", text)
    if not re.fullmatch(r"-?\d+(?:[.,]\d+)*", digits):
        raise NumberError(f"expected a number, found {text!r}")
    head, separator, tail = digits.rpartition("." if "." in digits else ",")
    if style == "auto" and separator in head and separator and len(tail) != 3 and not {".", ","} <= set(digits):
        return Decimal(f"{head.replace(separator, '')}.{tail}")
    if style == "auto":
        style = _style_of(digits)
    digits = digits.replace(".", "").replace(",", ".") if style == "pt-BR" else digits.replace(",", "")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise NumberError(f"expected a number, found {text!r}") from error


def _style_of(digits: str) -> str:
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "pt-BR" if comma > dot else "international"
    if dot < 0 and comma < 0:
        return "international"
    separator = "." if dot >= 0 else ","
    whole, *rest = digits.split(separator)
    thousands = len(rest) > 1 or (len(rest[0]) == 3 and whole.strip("-") not in {"", "0"})
    return "pt-BR" if thousands == (separator == ".") else "international"


def money(value: object, style: str = "auto") -> Decimal | None:
    """An amount in R$, two places; None for an empty cell, "De:", "Indisponível", a dash, zero: a missing price is none.

    "De: R$ 10,00 Por: R$ 9,00" is 9.00: what is asked now. "12x de R$ 90,00 ou R$ 990,00 à vista" is 990.00.

    Raises:
        OpenPriceError: instalments only, a range, or a price per Wp.
        NumberError: something else than a price, a negative one, or one beyond any equipment's.
    """
    if isinstance(value, str) and any(char.isdigit() for char in value):
        value = _asked(clean(value))
    amount = amount_of(value, style)
    if amount is None or not amount.is_finite():
        return None
    if amount < 0 or amount >= _LARGEST_PRICE:
        raise NumberError(f"expected a price between 0 and {_LARGEST_PRICE:,}, found {value!r}")
    return amount.quantize(Decimal("0.01")) or None


def _asked(text: str) -> str:
    """A price cell without its instalments.

    Raises:
        OpenPriceError: what is left is no price.
    """
    left = _INSTALMENTS.sub(" ", text).strip()
    if left != text:
        left = left.strip("-–|,;() ")
    if left != text and not any(char.isdigit() for char in left):
        raise OpenPriceError(f"expected a price such as R$ 1.234,56, found instalments only: {text!r}")
    if _RATE.search(left) and len(_AMOUNT.findall(left)) == 1:
        raise OpenPriceError(f"expected a price such as R$ 1.234,56, found one per Wp: {text!r}")
    if _ONLY_OLD.match(left):
        raise OpenPriceError(f"expected a price such as R$ 1.234,56, found an old one only: {text!r}")
    if _RANGE.search(fold(left)) and not re.search(r"(?i)\bpor\b", left):
        raise OpenPriceError(f"expected a price such as R$ 1.234,56, found a range: {text!r}")
    return left or text


def amount_of(value: object, style: str = "auto") -> Decimal | None:
    """An amount in R$ with all its places ("R$ 0,655/Wp"); None where a price is missing.

    Raises:
        NumberError: something else than an amount.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    text = clean(value)
    if _NO_PRICE.match(fold(text)):
        return None
    marked = _MARKED_AMOUNT.findall(text)
    found = marked or _AMOUNT.findall(text)
    after_por = re.search(r"\bpor\b:?(.*)", text, re.IGNORECASE)
    if after_por and (asked := _MARKED_AMOUNT.findall(after_por[1])):
        found = asked
    if not found or (not marked and not re.fullmatch(_BARE_AMOUNT, fold(text).strip())):
        raise NumberError(f"expected a price such as R$ 1.234,56, found {text!r}")
    return plain_decimal(found[0].rstrip(".,"), style)


def quantity(value: object) -> int | None:
    """A count: 4, "4", "4x", "Quantidade: 4", "4,00 un"; None when there is none.

    Raises:
        NumberError: not a whole number of at least 1.
    """
    text = clean(value)
    if not text or fold(text) in {"-", "nan", "null", "none", "n/a"}:
        return None
    match = re.fullmatch(
        r"(?:quantidade|qtde?|qtd|quant)?\.?\s*:?\s*(-?\d[\d.,]*)\s*(?:x|un\w*|pc\w*|pecas?|und|metros?|m|pares|rolos?)?\.?",
        fold(text),
    )
    if not match:
        raise NumberError(f"expected a count, found {text!r}")
    number = Decimal(str(value)) if isinstance(value, int | Decimal) else plain_decimal(match[1])
    if number != number.to_integral_value() or number < 1 or number > 1_000_000:
        raise NumberError(f"expected a whole number of at least 1, found {text!r}")
    return int(number)


def powers(text: str) -> list[Power]:
    """Every power written in the text, in its order: "2x 620Wp ... 2.220Wp ... 1.24kWp"; energies (kWh) are left out."""
    return [
        Power(_watts(match[1], match[2].lower()), match[2].lower().endswith("p"), match[2].lower().startswith("k"), match.start())
        for match in _POWER.finditer(text)
    ]


def _watts(digits: str, unit: str) -> Decimal:
    """With W or Wp a separator before exactly three digits marks thousands; with kW or kWp a single one is decimal."""
    if unit.startswith("k"):
        dot, comma = digits.rfind("."), digits.rfind(",")
        if dot >= 0 and comma >= 0:
            return plain_decimal(digits) * 1000
        return (
            Decimal(digits.replace(",", ".")) * 1000
            if digits.count(".") + digits.count(",") <= 1
            else plain_decimal(digits) * 1000
        )
    return plain_decimal(digits)


def trimmed(value: Decimal | float) -> int | float:
    """A JSON number: whole ones as int."""
    number = float(value)
    return int(number) if number == int(number) else round(number, 4)
