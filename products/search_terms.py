"""What a person who looks for a part or a kit means: words with their synonyms, and quantities however they are spelt.

Pure text work; `products.search` turns it into queries.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

# Each group is one meaning. Several words in one entry are a phrase. Lower case, without accents: spelling does not count.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("placa", "painel", "modulo", "placas", "paineis", "modulos", "panel", "module"),
    ("microinversor", "micro inversor", "microinversores", "micro inverter", "mlpe"),
    ("inversor", "inversores", "inverter"),
    ("bateria", "baterias", "battery", "acumulador"),
    ("estrutura", "estruturas", "suporte", "trilho"),
    ("cabo", "cabos", "cable", "fio"),
    ("conector", "conectores", "mc4"),
    ("stringbox", "string box", "quadro cc"),
    ("carregador", "wallbox", "carregador veicular"),
    ("hibrido", "hibrida", "hybrid"),
    ("off grid", "offgrid", "isolado", "autonomo"),
    ("on grid", "ongrid", "grid tie", "conectado"),
    ("ceramica", "ceramico", "colonial"),
    ("fibrocimento", "eternit", "fibro"),
    ("metalica", "metalico", "zinco"),
    ("laje", "slab"),
    ("solo", "usina de solo"),
    ("monofasico", "monofasica", "mono"),
    ("trifasico", "trifasica", "tri"),
    ("litio", "lifepo4", "lithium"),
    ("gerador", "kit"),
)
# Kinds of parts that every kit has, by the first word of their group.
GENERIC = frozenset({"placa", "inversor", "estrutura", "cabo", "conector", "gerador"})
# Unit as typed -> (unit, factor to it). Units of one kind are told apart by nobody who searches: kW and kWp. The database's
# `products.quantity_words` writes the same words.
_UNITS: dict[str, tuple[str, int]] = {
    "kw": ("w", 1000),
    "kwp": ("w", 1000),
    "w": ("w", 1),
    "wp": ("w", 1),
    "kwh": ("wh", 1000),
    "ah": ("ah", 1),
    "v": ("v", 1),
    "a": ("a", 1),
    "mm": ("mm", 1),
    "mm2": ("mm", 1),
}
_QUANTITY = re.compile(
    r"(?<![\w.,-])(\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)\s?(kwp|kwh|kw|wp|w|ah|mm2|mm²|mm|v|a)(?![\w²])"
)
_WORD = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*")
# What says nothing about the thing looked for.
STOP_WORDS = frozenset(
    {"a", "as", "o", "os", "e", "de", "da", "do", "das", "dos", "com", "para", "por", "em", "no", "na", "p", "c", "the", "of"}
)
_BY_WORD = {entry: group for group in SYNONYMS for entry in group}
_LONGEST_PHRASE = 3
MOST_TERMS = 8
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that has to be found.

    Attributes:
        word: as typed, folded; of a quantity the one word that the search vectors hold for it: q5000w.
        phrases: texts of which one has to occur, the word itself first.
        watts: the power meant, when it is one.
        is_quantity: a figure with its unit.
        is_generic: names a kind of part that every kit has.
        is_part_of_word: found inside longer words only, such as a piece of a model code.
    """

    word: str
    phrases: tuple[str, ...]
    watts: Decimal | None = None
    is_quantity: bool = False
    is_generic: bool = False
    is_part_of_word: bool = False


def terms_of(text: str) -> list[Term]:
    """The terms of a search, at most `MOST_TERMS`; empty for a text without words.

    Examples: "Placa 610w" -> placa|painel|modulo, 610 W; "inversor de 5kw" -> inversor, 5 kW = 5.000 W.
    """
    folded_text = folded(text[:MOST_CHARACTERS]).replace("\x00", " ")
    found: list[Term] = []

    def take(match: re.Match[str]) -> str:
        found.append(_quantity(match[1], match[2]))
        return " "

    rest = _QUANTITY.sub(take, folded_text)
    words = [word for word in _WORD.findall(rest) if word not in STOP_WORDS]
    terms: list[Term] = []
    position = 0
    while position < len(words):
        term, used = _words(words, position)
        terms.append(term)
        position += used
    return [*dict.fromkeys((*terms, *found))][:MOST_TERMS]


def quantities(folded_text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The quantities in a text in lower case: the word the search has for each, and where it stands."""
    for match in _QUANTITY.finditer(folded_text):
        yield _quantity(match[1], match[2]).word, match.span()


def folded(text: str) -> str:
    """Lower case without accents, as the database's `public.folded` has it."""
    return "".join(
        char for char in unicodedata.normalize("NFKD", text.replace("²", "2")) if not unicodedata.combining(char)
    ).lower()


def _words(words: list[str], position: int) -> tuple[Term, int]:
    """The longest known phrase at a position, or the word there."""
    for length in range(min(_LONGEST_PHRASE, len(words) - position), 0, -1):
        phrase = " ".join(words[position : position + length]).replace("-", " ") if length > 1 else words[position]
        group = _BY_WORD.get(phrase) or _BY_WORD.get(phrase.replace("-", " "))
        if group:
            others = tuple(other for other in group if other != phrase)
            return Term(phrase, (phrase, *others), is_generic=group[0] in GENERIC), length
    return Term(words[position], (words[position],)), 1


def _quantity(number: str, unit: str) -> Term:
    kind, factor = _UNITS[unit]
    amount = _number(number, unit) * factor
    word = f"q{amount.normalize():f}{kind}".replace(".", "x")
    return Term(word, (word,), watts=amount if kind == "w" else None, is_quantity=True)


def _number(text: str, unit: str) -> Decimal:
    """Brazilian figures: a comma is decimal; dots group thousands, but one dot before kW or kWp is decimal (1.24 kWp)."""
    if "," in text:
        return Decimal(text.replace(".", "").replace(",", "."))
    if text.count(".") > 1 or ("." in text and unit in {"w", "wp"} and len(text.split(".")[1]) == 3):
        return Decimal(text.replace(".", ""))
    return Decimal(text)
