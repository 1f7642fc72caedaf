"""A nested object as a line of text: a kit's part as "10x Painel Jinko JKM620N 620W", a picture as its address. Pure."""

import re
from decimal import Decimal
from typing import Any

from pipeline.suppliers.text import clean, fold

_COUNTS = ("quantity", "quantidade", "qtd", "qtde", "qty", "quant", "count", "amount")
_NAMES = ("name", "nome", "produto", "product", "description", "descricao", "item", "title", "titulo")
_ADDRESSES = ("url", "src", "imageurl", "image", "href", "link")
_BRANDS = ("brand", "marca", "manufacturer", "fabricante", "maker")
_MODELS = ("model", "modelo", "part_number")
#: (pattern on the list's own name, the word its lines begin with)
_WORDS = (
    (r"micro", "Microinversor"),
    (r"panel|paine|modul|placa", "Painel"),
    (r"invers|inverter", "Inversor"),
    (r"bater|batter", "Bateria"),
    (r"controla|controller", "Controlador de carga"),
)
#: (pattern on a figure's name, its unit)
_UNITS = (
    (r"(?:power|potencia|rating).*kw$|^kw$|kw_?(?:ac|nominal)$", "kW"),
    (r"(?:power|potencia).*wp?$|^wp?$|^watts?$|^potencia$|^power$", "W"),
    (r"(?:capacity|capacidade|energy|energia).*kwh$|^kwh$", "kWh"),
    (r"(?:capacity|capacidade).*ah$|^ah$", "Ah"),
    (r"(?:voltage|tensao|volts?)(?:_?v(?:cc|dc|ca|ac)?)?$|^v$", "V"),
)


def line_of(item: dict[str, Any], word: str = "") -> str:
    """The line.

    Args:
        item: an object of a list.
        word: the list's own name ("panels"), which tells what an object without a name is.
    """
    own = {fold(str(name)): value for name, value in item.items() if isinstance(value, str | Decimal)}
    inner = next(
        (value for value in item.values() if isinstance(value, dict)), {}
    )  # {"quantidade": 2, "produto": {"nome": "..."}}
    within = {fold(str(name)): value for name, value in inner.items() if isinstance(value, str | Decimal)}
    count = _first(own, _COUNTS) or _first(within, _COUNTS)
    text = _first(own, _NAMES) or _first(within, _NAMES)
    if not text and not count and (address := _first(own, _ADDRESSES)):
        return address
    line = _described({**within, **own}, text, word)
    if count and line and not re.match(r"\d{1,4} ?x ", line):
        return f"{count}x {line}"
    return line or " ".join(clean(value) for value in own.values())


def _first(values: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((clean(values[name]) for name in names if clean(values.get(name, ""))), "")


def _described(values: dict[str, Any], text: str, word: str) -> str:
    """The item's name with what only its fields tell: what it is, its maker, model and ratings."""
    figures = []
    for name, value in values.items():
        unit = next((unit for pattern, unit in _UNITS if re.search(pattern, name)), "")
        stated = unit and re.search(rf"(?i)\d\s*{unit}(?:p?\b)", text)
        if unit and not stated and re.fullmatch(r"\d+(?:[.,]\d+)?", clean(value)):
            figures.append(f"{_whole(value)}{unit}")
    maker = _first(values, _BRANDS)
    maker = "" if re.search(r"[\d:]", maker) else maker
    told = [maker, _first(values, _MODELS), *figures]
    kind = _first(values, ("type", "tipo", "topology"))
    begin = next((found for pattern, found in _WORDS if re.search(pattern, fold(word))), "")
    if begin == "Inversor" and re.search(r"micro", fold(kind)):
        begin = "Microinversor"
    elif begin == "Inversor" and re.search(r"hibrid|hybrid", fold(kind)):
        begin = "Inversor híbrido"
    elif begin == "Inversor" and re.search(r"off.?grid", fold(kind)):
        begin = "Inversor off grid"
    known = (
        re.search(r"(?i)inversor|inverter|pain[eé]l|m[oó]dulo|placa|panel|module|bateria|battery|controlador", text) is not None
    )
    missing = [piece for piece in told if piece and fold(piece) not in fold(text)]
    return clean(" ".join([*([begin] if begin and not known else []), text, *missing]))


def _whole(value: Any) -> str:
    """A figure without a dot that would be read as thousands."""
    return re.sub(r"[.,]0+$", "", clean(value))
