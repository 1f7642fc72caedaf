"""A declaration for a list nobody has declared, from its headers and cells. Pure; the mapping page begins with it."""

# ruff: noqa: E501  (tables of patterns are easier to read in long lines)

import re
from collections.abc import Sequence
from decimal import Decimal

from pipeline.suppliers.brands import Brands, brand_key
from pipeline.suppliers.guess_attributes import attribute_columns
from pipeline.suppliers.guess_images import joined_by, parts_in_pictures
from pipeline.suppliers.guess_price import price_in_pieces
from pipeline.suppliers.mapping import Card, Column, PartColumns, Table
from pipeline.suppliers.numbers import NumberError, amount_of, money
from pipeline.suppliers.records import SourceRecord
from pipeline.suppliers.text import clean, fold, header_key

# Field -> patterns on the header's key ("preco r", "codigo do produto"), better ones first.
_HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("price_per_wp", (r"^(?:(?:preco|price|valor|vlr|custo) )?(?:(?:r|rs|brl|reais) )?(?:por |p )?(?:wp|watt|w)(?: (?:unidade|unitario|un|avulso))?$", r"^(?:r|rs) wp\b", r"\b(?:preco|valor|price|custo)\b.*\b(?:por|per) (?:wp|watt)")),
    ("price", (r"\b(?:preco|valor|price|vlr|custo)\b.*\b(?:com|c|incl\w*) (?:ipi|st|icms|impostos?|tributos?)\b",
               r"\b(?:preco|valor|price|vlr) (?:por|promo\w*|com desconto|a vista|pix|b2b|integrador)\b|\b(?:sale|selling|special|promo\w*|offer|final|current) ?price(?:value)?\b",
               r"^(?:preco|vlr|valor|price) (?:b2b|integrador|revenda|custo|com desconto|promocional|por|unit\w*|un|final|liquido|a vista)\b|\b(?:a vista|pix|b2b)$",
               r"^(?:preco|price|valor|vlr)(?: (?:r|rs|brl|total|unit\w*|un|do kit|kit|venda|de venda|do produto|tabela|de tabela|cliente|atual))*$",
               r"^(?!.*(?:list|regular|full) ?price)(?:.*\bpreco|.*\bprice|valor|vlr|custo|.*\bcusto\b|.*text orders price|r$|rs$)", r"price|\bpreco")),
    ("key", (r"^(?:sku|codigo|cod|code|ref|referencia|part number|partnumber|part no|item number|item no|item code|product code|pn|codigo (?:do )?(?:produto|item|kit|material)|cod (?:do )?(?:produto|item|kit|material)|codigo sap|erp)$",
             r"^(?:codigo|cod|sku|ref)\b", r"\bsku\b|\bcodigo$", r"^(?:id produto|product id|id|id (?:do )?(?:produto|kit)|item id|kit|gerador|modelo do kit)$")),
    ("name", (r"^(?:nome|produto|titulo|name|title|product|product title|product description|item description|item name|descricao do (?:produto|kit|material|item|equipamento)|nome do (?:produto|kit)|equipamento|modelo do kit|kit|gerador|material|product ?name)$",
              r"^(?:item|descricao|description|desc|descritivo|discriminacao)$", r"\bnome\b|\btitulo\b|\btitle\b|product ?name|^produto")),
    ("description", (r"^(?:composicao|kit contents|contents|components|itens|itens do kit|componentes|conteudo|composicao do kit|lista de materiais|bom)$",
                     r"^(?:descricao|description|body html|body|detalhes|especificac\w+|observac\w+|descricao completa|descricao detalhada|resumo)$", r"\bcomposicao\b|\bitens\b")),
    ("brand", (r"^(?:marca|fabricante|fabr|brand|brands|vendor|maker|make|manufacturer|fornecedor marca|brand ?name|fab)$", r"\bmarca\b|\bfabricante\b|\bbrand\w*|\bmanufacturer\b")),
    ("model", (r"^(?:modelo|model|mod)$", r"\bmodelo\b")),
    ("category", (r"^(?:categoria|categorias|category|categories|product type|product category|department|familia|grupo|linha|tipo|tipo de produto|departamento|secao|segmento|subgrupo|classe)$", r"\bcategoria\b|\bcategory\b|\bfamilia\b|\bgrupo\b")),
    ("declared_kwp", (r"^(?!r\b|preco|valor).*kwp", r"^potencia (?:total )?(?:do )?(?:kit|sistema|gerador)")),
    ("power_wp", (r"^(?:pot(?:encia)?|power|rated power|wattage) (?:w|wp|watts?|em w)$|^wattage$", r"^(?!r\b|preco|valor).*\bwp\b")),
    ("power_kw", (r"^(?:pot(?:encia)?|power|rated power) (?:kw|ca|ac|nominal)\b", r"\bkw\b(?!p)")),
    ("power", (r"^pot(?:encia)?$|^power$|^pot(?:encia)? nom\w*$",)),
    ("quantity", (r"^(?:quantidade|qtd|qtde|quant|qty|quantity)$",)),
    ("stock", (r"^(?:estoque|stock|saldo|saldo em estoque|qtde? estoque|quantidade em estoque|estoque disponivel|estoque quantidade|(?:qty|quantity|stock) (?:on hand|available)|on hand|inventory|inventory quantity|available (?:qty|quantity|stock))$", r"\bestoque\b|(?<!in )\bstock\b|\bsaldo\b|\binventory|available ?quantity|\bon hand\b")),
    ("status", (r"^(?:(?:is )?in stock|em estoque|estoque|stock|disponibilidade|availability|status|situacao|disponivel|disp|prazo|entrega|estoque status)$", r"\bdisponib\w*|\bavailab\w*|\bstatus\b")),
    ("datasheet", (r"datasheet|ficha tecnica|data sheet|folha de dados|\bpdf\b",)),
    ("image", (r"^(?:imagem|imagens|image|images|foto|fotos|img|thumbnail|image url|url (?:da )?imagem|url (?:da )?foto)\b", r"\bimage\w*|\bsrc$|\bimg\b|\bfoto\b")),
    ("url", (r"^(?:url|link|href|product url|pagina|permalink)$", r"\bhref$|\burl\b|\blink\b")),
    ("roof", (r"\btelhado|\bestrutura\b|tipo de (?:fixacao|estrutura)|^fixacao$|\broof|^(?:mounting|structure)(?: type)?$",)),
    ("system", (r"^(?:tipo de sistema|sistema|tipo do (?:kit|sistema)|system)$",)),
)  # fmt: skip
# Columns of money that are not what is asked: the old price, so much a month. The first kind stands in where nothing is asked now.
_LIST_PRICE = r"\b(?:regular|list|full|normal) ?price|\bprice (?:list|regular)|^preco (?:cheio|normal|regular)$"
_NO_ASKED = r"\b(?:old|antigo|original|compare|msrp|riscado|parcel\w*|installments?|instalments?|prazo|cartao|credito|boleto parcelado|(?<!1 )\d{1,2}x|frete|economia|discount|desconto (?:r|em)|cost of goods)\b|(?:preco|valor|price) (?:de|from|was)$|^de$"
_NOT_NAMES = (
    r"^(?:distribuidor\w*|fornecedor\w*|loja|empresa|vendedor|origem|fonte|source|supplier|cidade|uf|estado|observac\w+|obs)$"
)
_KIT_KEYS = r"^(?:(?:codigo|cod|id|numero|sku|ref|nr?|n) (?:do )?(?:kit|gerador|sistema)|(?:kit|gerador) (?:id|codigo|cod|sku|numero|n)|kit|gerador)$"
_KIT_NAMES = r"^(?:nome|titulo|descricao)(?: do)? (?:kit|gerador|sistema)$|^(?:kit|gerador)$|^(?:kit|gerador) (?:nome|descricao)$|^(?:titulo|nome)$"
_KIT_LINES = r"^(?:item|produto|componente|material|equipamento|descricao|nome do (?:item|produto|componente)|descricao do (?:item|produto|componente|material))$"
_PARTS = (
    ("PANEL", r"(?:(?:modulo|placa|panel|module)s?|painel|paineis)"),
    ("MICROINVERTER", r"micro ?(?:inversor(?:es)?|inverters?)"),
    ("INVERTER", r"(?:inversor(?:es)?|inverters?)"),
    ("BATTERY", r"(?:baterias?|battery|batteries)"),
)
_GONE = r"^(?:(?:produto|item|kit) )?(?:indispon|esgotad|sem estoque|avise-?me|fora de estoque|out of stock)"
_COUNT_WORDS = r"(?:qtd|qtde|quantidade|quant|qty|n|no|numero|quantity)"
_KEY_IN_URL = r"/(?:produto|product|produtos|p|item|kit)s?/(?:[a-z-]+/)?(\d{2,})|-(\d{3,})/p/?$"
_CODE = r"[A-Za-z]{0,6}[-_.]?\d[\w.-]{1,30}"
_POWER_CELL = r"(?i)\d+(?:[.,]\d+)* ?k?w"
_KNOWN = Brands().names
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
    columns = _kit_lines(keys, sample, taken)
    parts = [] if columns else _part_columns(keys, taken)
    texts = {header: [clean(cell) for cell in _cells(header, sample)] for header in headers}
    if pieces := price_in_pieces(headers, texts):
        columns["price"] = Column(pieces, pick="joined")
        taken.update(pieces)
    pictured, of_pictures, shown = ({}, (), ()) if columns or parts else parts_in_pictures(headers, texts)
    columns |= pictured
    taken.update(shown)
    for field, patterns in _HEADERS:
        for pattern in patterns if field not in columns else ():
            hopeful = (name for name, key in keys.items() if name not in taken and re.search(pattern, key) and _asked(field, key))
            if header := next((name for name in hopeful if _holds(field, name, sample)), None):
                columns[field] = Column((header,))
                taken.add(header)
                break
    if "price" in columns and columns["price"].pick == "first" and (other := _list_price(keys, sample, taken)):
        columns["price"] = Column((*columns["price"].headers, other))
        taken.add(other)
    columns |= attribute_columns(headers, sample, taken)
    _by_content(columns, headers, sample, taken)
    if of_pictures:
        told = {name: column for name, column in columns.items() if name in {"price", "declared_kwp", "url", "key"}}
        return Table(name="guessed", entity="kits", columns=told, parts=of_pictures)
    if "image" in columns and (image := columns["image"].headers[0]) and (ids := joined_by(image, texts[image])):
        columns["source_key"] = ids
    if "name" not in columns and "description" in columns:
        columns["name"] = columns.pop("description")
    if parts and entity == "auto" and {"PANEL"} & {part.component for part in parts} and len(parts) > 1:
        entity = "kits"
    return Table(name="guessed", entity=entity, columns=columns, parts=tuple(parts) if len(parts) > 1 else ())


def _asked(field: str, key: str) -> bool:
    """Whether a column of money may be what is asked now; any other column may."""
    return field != "price" or re.search(_NO_ASKED, key) is None


def _list_price(keys: dict[str, str], sample: Sequence[SourceRecord], taken: set[str]) -> str | None:
    """The usual price beside a promotion's, for the rows without a promotion."""
    return next(
        (
            name
            for name, key in keys.items()
            if name not in taken and re.search(_LIST_PRICE, key) and _holds("price", name, sample)
        ),
        None,
    )


def _kit_lines(keys: dict[str, str], sample: Sequence[SourceRecord], taken: set[str]) -> dict[str, Column]:
    """The columns of a list whose rows are lines of kits: a kit's code or name that recurs (or stands on its first line only),
    with a column of parts beside it. Empty when a row is a whole record."""
    for header, key in keys.items():
        values = [clean(row.values.get(header, "")) for row in sample]
        if (
            not re.search(_KIT_KEYS, key)
            or len(sample) < 2
            or len(set(filter(None, values))) >= len(sample) * 0.8
            or not any(values)
        ):
            continue
        line = next((name for name, other in keys.items() if name != header and re.search(_KIT_LINES, other)), None)
        if line is None:
            continue
        named = next((name for name, other in keys.items() if name not in {header, line} and re.search(_KIT_NAMES, other)), None)
        columns = {"kit_key": Column((header,)), "component": Column((line,))}
        if named:
            columns["name"] = Column((named,))
        taken.update({header, line, *([named] if named else [])})
        return columns
    return {}


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
    if field == "key":  # a code, not a title
        return sum(len(str(cell).split()) < 3 and len(str(cell)) <= 60 for cell in cells) >= len(cells) * 0.8
    if field == "price_per_wp":
        return sum(_is_rate(cell) for cell in cells) >= len(cells) * 0.5
    if field == "name" and sum(bool(re.fullmatch(_CODE, str(cell))) for cell in cells) > len(cells) * 0.5:
        return False  # "card-title" over codes
    if field in {"name", "brand", "category"}:
        letters = 3 if field == "name" else 2
        return sum(len(re.findall(r"[A-Za-zÀ-ÿ]", str(cell))) >= letters for cell in cells) >= len(cells) * 0.5
    if field in {"datasheet", "url"}:
        return any(str(cell).startswith("http") for cell in cells)
    if field in {"power", "power_wp", "power_kw", "quantity", "stock", "declared_kwp"}:
        return sum(bool(re.match(r"\s*\d", str(cell))) for cell in cells) >= len(cells) * 0.5
    if field == "image":
        return any(str(cell).startswith("http") for cell in cells)
    return True


def _is_price(cell: str | Decimal) -> bool:
    try:
        return money(cell) is not None
    except NumberError:
        return False


def _is_rate(cell: str | Decimal) -> bool:
    try:
        rate = amount_of(cell)
    except NumberError:
        return False
    return rate is not None and 0 < rate < 50


def _by_content(columns: dict[str, Column], headers: Sequence[str], sample: Sequence[SourceRecord], taken: set[str]) -> None:
    """What the headers did not tell: cells with R$, addresses, the text that names things."""
    cells = {header: [clean(cell) for cell in _cells(header, sample)] for header in headers}
    marked = [
        header for header in headers if header not in taken and any(re.match(r"(?i)R\$\s*\d", cell) for cell in cells[header])
    ]
    if "price" not in columns and marked:
        # The headers do not say "price": what has no R$ under them is none, unless amounts without it are among the cells.
        plain = len(marked) == 1 and any(_is_price(cell) and not cell.startswith("R$") for cell in cells[marked[0]])
        columns["price"] = (
            Column((marked[0],)) if plain else Column(tuple(marked) if len(marked) == 1 else ("*",), r"^(?:R\$|De:)")
        )
        taken.update(marked)
    for header in [name for name in headers if name not in taken]:
        addresses = [cell for cell in cells[header] if cell.startswith("http")]
        if not addresses or len(addresses) < len(cells[header]) * 0.5:
            continue
        taken.add(header)
        if all(_IMAGE.match(cell) for cell in addresses) or "src" in header_key(header).split():
            columns.setdefault("image", Column((header,)))
        else:
            if all(re.search(r"(?i)\.pdf(?:\?|$)", cell) for cell in addresses):
                columns.setdefault("datasheet", Column((header,)))
                continue
            columns.setdefault("url", Column((header,)))
    if "key" not in columns and (address := next(iter(columns.get("url", Column(())).headers), "")):
        found = [match[0] for cell in cells.get(address, []) if (match := re.search(_KEY_IN_URL, cell))]
        if found and len(found) >= len(cells[address]) * 0.8:
            columns["key"] = Column((address,), _KEY_IN_URL)
    if "status" not in columns and any(re.match(_GONE, fold(cell)) for column in cells.values() for cell in column):
        columns["status"] = Column(("*",), _GONE)
    _by_kind(columns, headers, cells, taken)
    texts = [
        (sum(map(len, cells[header])) / max(len(cells[header]), 1), header)
        for header in headers
        if header not in taken
        and len(cells[header]) * 2 >= len(sample)
        and not re.search(_NOT_NAMES, header_key(header))
        and not any(re.search(r"(?i)\b\d{1,3} ?x\b.*R\$ ?\d|sem juros", cell) for cell in cells[header])
        and sum(len(re.findall(r"[A-Za-zÀ-ÿ]", cell)) >= 5 for cell in cells[header]) >= len(cells[header]) * 0.6
    ]
    if "name" not in columns and texts:
        once = len({row.raw() for row in sample}) / max(len(sample), 1)  # a capture may hold its rows again and again
        distinct = [(len(set(cells[header])) >= len(cells[header]) * once * 0.5, length, header) for length, header in texts]
        distinct.sort(
            key=lambda each: bool(re.search(r" \d+$", each[2]))
        )  # "card-title" before "card-title 2", wherever it stands
        name = next((header for different, length, header in distinct if different and length >= 8), "")
        if not name and not {"brand", "model"} <= set(columns) and "kit_key" not in columns:
            name = next(
                (header for _length, header in sorted(texts, reverse=True) if len(set(cells[header])) > 1 or len(sample) < 2), ""
            )
        if name:
            columns["name"] = Column((name,))
            taken.add(name)
    # A button's words ("Adicionar ao carrinho") are the same in every row.
    rest = [
        (length, header) for length, header in texts if header not in taken and len(set(cells[header])) * 5 > len(cells[header])
    ]
    if "description" not in columns and rest and max(rest)[0] >= 20:
        columns["description"] = Column((max(rest)[1],))
    if "key" not in columns:
        for header in headers:
            values = cells[header]
            codes = [cell for cell in values if re.fullmatch(_CODE, cell)]
            if header not in taken and len(values) > 2 and len(codes) == len(values) == len(set(values)) == len(sample):
                columns["key"] = Column((header,))
                break


def _by_kind(columns: dict[str, Column], headers: Sequence[str], cells: dict[str, list[str]], taken: set[str]) -> None:
    """A column of makers, and one of ratings ("5 kW", "610 W"), whatever they are called."""
    if "brand" not in columns and (
        makers := next((name for name in headers if name not in taken and _makers(cells[name])), None)
    ):
        columns["brand"] = Column((makers,))
        taken.add(makers)
    if not {"power", "power_wp", "power_kw"} & set(columns):
        for header in headers:
            if header not in taken and len(cells[header]) > 2 and all(re.fullmatch(_POWER_CELL, cell) for cell in cells[header]):
                columns["power"] = Column((header,))
                taken.add(header)
                break


def _makers(cells: Sequence[str]) -> bool:
    """Whether a column holds makers and nothing else: short words without digits, most of them known."""
    short = [cell for cell in cells if len(cell) <= 24 and not re.search(r"\d", cell)]
    return bool(cells) and len(short) >= len(cells) * 0.9 and sum(brand_key(cell) in _KNOWN for cell in cells) >= len(cells) * 0.5


GENERIC_CARD = Card(
    title=r"^#{1,6} +(.{6,})$",
    price=r"^(?:#{1,6} *|\*\*|Por:? *)*(R\$\s*[\d.,]+|De:)\**\s*$",
    item=r"^#{1,6} +(.{4,})$",
    quantity=r"^\**(?:Quantidade|Qtde?|Qtd)\.?:?\**:?\s*(\d+)",
    image=r"^!\[[^\]]*\]\((https?://[^)\s]+)\)",
)
