"""A declaration for a list nobody has declared, from its headers and cells. Pure; the mapping page begins with it."""

# ruff: noqa: E501  (tables of patterns are easier to read in long lines)

import re
from collections.abc import Sequence
from decimal import Decimal

from pipeline.suppliers.mapping import Card, Column, PartColumns, Table
from pipeline.suppliers.numbers import NumberError, money
from pipeline.suppliers.records import SourceRecord
from pipeline.suppliers.text import clean, fold, header_key

# Field -> patterns on the header's key ("preco r", "codigo do produto"), better ones first.
_HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kit_key", (r"^(?:codigo|cod|id|numero) do kit$", r"^kit (?:id|codigo|cod)$", r"^kit$")),
    ("price", (r"^preco (?:b2b|integrador|revenda|custo|com desconto|a vista|por|unit\w*|final|liquido)", r"^(?:preco|price|valor)(?: r| brl| total| unit\w*| do kit| venda| de venda)*$",
               r"\bpreco|\bprice|^valor|^custo|\bcusto\b|text orders price")),
    ("key", (r"^(?:sku|codigo|cod|code|ref|referencia|part number|partnumber|codigo (?:do )?produto|cod (?:do )?produto|id produto|product id|id)$",
             r"^(?:codigo|cod|sku|ref)\b", r"\bsku\b|\bcodigo$")),
    ("name", (r"^(?:nome|produto|titulo|name|title|product|descricao do produto|nome do produto|item|equipamento|modelo do kit|kit)$",
              r"^(?:descricao|description|descricao do item|descritivo)$", r"\bnome\b|\btitulo\b|\btitle\b|product name|^produto")),
    ("description", (r"^(?:descricao|description|detalhes|composicao|itens|itens do kit|componentes|conteudo|especificac\w+|observac\w+|descricao completa)$",)),
    ("brand", (r"^(?:marca|fabricante|brand|manufacturer|fornecedor marca)$", r"\bmarca\b|\bfabricante\b")),
    ("model", (r"^(?:modelo|model)$", r"\bmodelo\b")),
    ("category", (r"^(?:categoria|category|familia|grupo|linha|tipo|tipo de produto|departamento|secao)$", r"\bcategoria\b|\bfamilia\b")),
    ("declared_kwp", (r"kwp", r"^potencia (?:do )?(?:kit|sistema|gerador)")),
    ("power_wp", (r"^potencia (?:w|wp)$", r"\bwp\b")),
    ("power_kw", (r"^potencia (?:kw|ca|ac|nominal)\b", r"\bkw\b(?!p)")),
    ("quantity", (r"^(?:quantidade|qtd|qtde|quant|qty|quantity)$",)),
    ("stock", (r"^(?:estoque|stock|saldo|qtd estoque|quantidade em estoque|estoque disponivel)$", r"\bestoque\b")),
    ("status", (r"^(?:disponibilidade|availability|status|situacao|disponivel)$",)),
    ("image", (r"^(?:imagem|image|foto|img|thumbnail|image url|url imagem)\b", r"\bimagem|\bimage|\bsrc$|\bimg\b")),
    ("datasheet", (r"datasheet|ficha tecnica|data sheet",)),
    ("url", (r"^(?:url|link|href|product url|pagina)$", r"\bhref$|\burl\b|\blink\b")),
    ("roof", (r"\btelhado|\bestrutura\b|tipo de fixacao|\broof",)),
)  # fmt: skip
_PARTS = (
    ("PANEL", r"(?:modulo|painel|placa|panel|module)s?"),
    ("MICROINVERTER", r"micro ?inversor(?:es)?"),
    ("INVERTER", r"(?:inversor(?:es)?|inverter)"),
    ("BATTERY", r"(?:bateria|battery)s?"),
)
_COUNT_WORDS = r"(?:qtd|qtde|quantidade|quant|qty|n|no|numero|quantity)"
_KEY_IN_URL = r"/(?:produto|product|produtos|p|item|kit)s?/(?:[a-z-]+/)?(\d{2,})"
_IMAGE = re.compile(r"^https?://\S+\.(?:png|jpe?g|webp|svg|gif|avif)(?:\?\S*)?$", re.IGNORECASE)


def guess_table(headers: Sequence[str], sample: Sequence[SourceRecord], entity: str = "auto") -> Table:
    """The most likely declaration: header words first, then the cells.

    Args:
        headers: the columns' names, in order.
        sample: some records, to look at what the cells hold.
        entity: what the rows are, when known.
    """
    keys = {header: header_key(header) for header in headers}
    taken: set[str] = set()
    columns: dict[str, Column] = {}
    parts = _part_columns(keys, taken)
    for field, patterns in _HEADERS:
        for pattern in patterns:
            header = next((name for name, key in keys.items() if name not in taken and re.search(pattern, key)), None)
            if header is not None and _holds(field, header, sample):
                columns[field] = Column((header,))
                taken.add(header)
                break
    _by_content(columns, headers, sample, taken)
    if "kit_key" in columns and len({clean(row.values.get(columns["kit_key"].headers[0], "")) for row in sample}) == len(sample):
        columns.setdefault("key", columns.pop("kit_key"))  # one row a kit: it is the record's own key
    if "name" not in columns and "description" in columns:
        columns["name"] = columns.pop("description")
    if parts and entity == "auto" and {"PANEL"} & {part.component for part in parts} and len(parts) > 1:
        entity = "kits"
    return Table(name="guessed", entity=entity, columns=columns, parts=tuple(parts) if len(parts) > 1 else ())


def _part_columns(keys: dict[str, str], taken: set[str]) -> list[PartColumns]:
    parts = []
    for component, word in _PARTS:
        text = _first(
            keys,
            taken,
            rf"^(?:modelo |descricao |nome )?(?:do |da |dos |das )?{word}(?: modelo| descricao| fotovoltaicos?| solar(?:es)?)?$",
        )
        count = _first(keys, taken, rf"^{_COUNT_WORDS} (?:de |do |da |dos |das )?{word}$|^{word} {_COUNT_WORDS}$")
        power = _first(
            keys,
            taken,
            rf"^potencia (?:do |da |dos |das )?{word}(?: wp| w| kw)?$|^{word} (?:potencia|wp|w|kw|power)(?: wp| w| kw)?$",
        )
        brand = _first(keys, taken, rf"^marca (?:do |da |dos |das )?{word}$|^{word} (?:marca|brand)$")
        if text or power:
            found = [header for header in (text, count, power, brand) if header]
            taken.update(found)
            parts.append(
                PartColumns(
                    component=component,
                    text=Column((text,)) if text else None,
                    quantity=Column((count,)) if count else None,
                    power=Column((power,)) if power else None,
                    brand=Column((brand,)) if brand else None,
                )
            )
    if len(parts) < 2:
        taken.clear()
    return parts


def _first(keys: dict[str, str], taken: set[str], pattern: str) -> str | None:
    return next((header for header, key in keys.items() if header not in taken and re.search(pattern, key)), None)


def _cells(header: str, sample: Sequence[SourceRecord]) -> list[str | Decimal]:
    return [cell for row in sample if clean(cell := row.values.get(header, ""))]


def _holds(field: str, header: str, sample: Sequence[SourceRecord]) -> bool:
    """Whether the cells under a promising header are what the field needs; an empty column proves nothing."""
    cells = _cells(header, sample)
    if not cells:
        return field not in {"name", "price"}
    if field == "price":
        return sum(_is_price(cell) for cell in cells) >= len(cells) * 0.5
    if field in {"name"}:
        return sum(len(re.findall(r"[A-Za-zÀ-ÿ]", str(cell))) >= 3 for cell in cells) >= len(cells) * 0.5
    if field in {"power_wp", "power_kw", "quantity", "stock", "declared_kwp"}:
        return sum(bool(re.match(r"\s*\d", str(cell))) for cell in cells) >= len(cells) * 0.5
    if field == "image":
        return any(str(cell).startswith("http") for cell in cells)
    return True


def _is_price(cell: str | Decimal) -> bool:
    try:
        return money(cell) is not None
    except NumberError:
        return False


def _by_content(columns: dict[str, Column], headers: Sequence[str], sample: Sequence[SourceRecord], taken: set[str]) -> None:
    """What the headers did not tell: cells with R$, addresses, the text that names things."""
    cells = {header: [clean(cell) for cell in _cells(header, sample)] for header in headers}
    marked = [header for header in headers if any(re.match(r"(?i)R\$\s*\d", cell) for cell in cells[header])]
    if "price" not in columns and marked:
        columns["price"] = Column(("*",), r"^(?:R\$|De:)") if len(marked) > 1 else Column((marked[0],))
        taken.update(marked)
    for header in headers:
        addresses = [cell for cell in cells[header] if cell.startswith("http")]
        if not addresses or len(addresses) < len(cells[header]) * 0.5:
            continue
        taken.add(header)
        if all(_IMAGE.match(cell) for cell in addresses) or "src" in header_key(header).split():
            columns.setdefault("image", Column((header,)))
        else:
            columns.setdefault("url", Column((header,)))
            if "key" not in columns and any(re.search(_KEY_IN_URL, cell) for cell in addresses):
                columns["key"] = Column((header,), _KEY_IN_URL)
    if "status" not in columns and any(fold(cell).startswith("indispon") for column in cells.values() for cell in column):
        columns["status"] = Column(("*",), r"^(?:indispon|esgotad|sem estoque)")
    texts = [
        (sum(map(len, cells[header])) / max(len(cells[header]), 1), header)
        for header in headers
        if header not in taken
        and cells[header]
        and sum(len(re.findall(r"[A-Za-zÀ-ÿ]", cell)) >= 5 for cell in cells[header]) >= len(cells[header]) * 0.6
    ]
    if "name" not in columns and texts:
        distinct = [(len(set(cells[header])) >= len(cells[header]) * 0.5, length, header) for length, header in texts]
        name = next((header for different, length, header in distinct if different and length >= 8), max(texts)[1])
        columns["name"] = Column((name,))
        taken.add(name)
    rest = [(length, header) for length, header in texts if header not in taken]
    if "description" not in columns and rest and max(rest)[0] >= 20:
        columns["description"] = Column((max(rest)[1],))
    if "key" not in columns:
        for header in headers:
            values = cells[header]
            codes = [cell for cell in values if re.fullmatch(r"[A-Za-z]{0,6}[-_.]?\d[\w.-]{1,30}", cell)]
            if header not in taken and len(values) > 2 and len(codes) == len(values) == len(set(values)) == len(sample):
                columns["key"] = Column((header,))
                break


GENERIC_CARD = Card(
    title=r"^#{1,6} +(.{6,})$",
    price=r"^(?:#{1,6} *|\*\*|Por:? *)*(R\$\s*[\d.,]+|De:)\**\s*$",
    item=r"^#{1,6} +(.{4,})$",
    quantity=r"^\**(?:Quantidade|Qtde?|Qtd)\.?:?\**:?\s*(\d+)",
    image=r"^!\[[^\]]*\]\((https?://[^)\s]+)\)",
)
