"""Objects that hold what is offered one level deeper, as shops export them: variants, SKUs, sellers, categories. Pure.

{"title": "Cabo", "variants": [{"title": "Preto", "price": "9.00"}, ...]}       one record each, called "Cabo Preto"
{"name": "Inversores", "products": [{"name": "...", "price": 1}, ...]}          one record each, of that category
{"items": [{"sellers": [{"commertialOffer": {"Price": 1}}]}]}                   one record
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipeline.suppliers.text import clean, fold

_PRICE = re.compile(r"^(?:(?:sale|selling|special|regular|unit|list|final)?_?price(?:_?value)?|preco\w*|valor(?:_\w+)?|amount)$")
_COUNTS = {"quantity", "quantidade", "qtd", "qtde", "qty", "quant"}
_NOT_OFFERS = re.compile(r"instal|parcel|payment|pagamento|image|imagen|tax|frete|shipping|histor")
_CHILDREN = re.compile(r"^(?:products?|produtos?|kits?|geradores|equipamentos|data|results?|nodes|records)$")
_NAMES = ("productname", "name", "nome", "title", "titulo", "produto", "descricao")
_NO_NAMES = {"default title", "default", "unidade", "unico", "unica", "padrao", "un", "standard"}
_DEPTH = 5


def offers_of(row: dict[str, Any], depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    """The records of an object: itself, or one for each of the offers it holds."""
    found = _offers(row) if depth else None
    if found is None:
        yield row
        return
    key, offers = found
    rest = {name: value for name, value in row.items() if name != key}
    if _CHILDREN.match(fold(key)) and not _priced(rest):
        inherited = _as_category(rest)
        for offer in offers:
            yield from offers_of({**inherited, **offer}, depth - 1)
        return
    for offer in offers:
        yield {**_named(rest, offer, several=len(offers) > 1), key: _single(offer)}


def _offers(row: dict[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """The first list of the object whose objects have a price and no count (lines of a kit have one)."""
    for key, value in row.items():
        if isinstance(value, list) and value and not _NOT_OFFERS.search(fold(str(key))):
            objects = [item for item in value if isinstance(item, dict)]
            if objects and all(_offered(item) for item in objects):
                return key, objects
    return None


def _offered(item: dict[str, Any]) -> bool:
    return not any(fold(str(name)) in _COUNTS for name in item) and (_priced(item) or _offers(item) is not None)


def _priced(item: dict[str, Any], depth: int = 2) -> bool:
    """Whether an object states a price, itself or in an object it holds."""
    return any(
        (_PRICE.match(fold(str(name))) is not None and isinstance(value, str | Decimal))
        or (isinstance(value, dict) and depth > 0 and not _NOT_OFFERS.search(fold(str(name))) and _priced(value, depth - 1))
        for name, value in item.items()
    )


def _single(offer: dict[str, Any]) -> dict[str, Any]:
    """The offer with its own offers (a SKU's sellers) reduced to the first, who is the shop itself."""
    found = _offers(offer)
    return offer if found is None else {**offer, found[0]: _single(found[1][0])}


def _named(rest: dict[str, Any], offer: dict[str, Any], *, several: bool) -> dict[str, Any]:
    """The parent's fields, its name with what tells this variant from the others."""
    key = next((name for wanted in _NAMES for name in rest if fold(str(name)) == wanted and isinstance(rest[name], str)), None)
    own = next((clean(offer[name]) for wanted in _NAMES for name in offer if fold(str(name)) == wanted), "")
    if key is None or not several or not own or fold(own) in _NO_NAMES or fold(own) in fold(rest[key]):
        return rest
    return {**rest, key: own if fold(rest[key]) in fold(own) else f"{rest[key]} - {own}"}


def _as_category(rest: dict[str, Any]) -> dict[str, Any]:
    """What a group of products passes on: its name, as their category."""
    texts = {fold(str(key)): value for key, value in rest.items() if isinstance(value, str)}
    name = next((texts[wanted] for wanted in _NAMES if wanted in texts), "")
    return {"categoria": name} if name else {}
