"""One record as a product, by a table's declaration. Pure; kits are in `interpret_kits`."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import UNKNOWN, Kind, kind_from_column, kind_of
from pipeline.suppliers.columns import header_of, text_of, value_of
from pipeline.suppliers.mapping import Mapping, Table
from pipeline.suppliers.numbers import NumberError, OpenPriceError, amount_of, money, plain_decimal, powers, quantity
from pipeline.suppliers.parts import Part, parse_part, part_key, phases_of
from pipeline.suppliers.records import Note, ParsedProduct, Refused, SourceRecord
from pipeline.suppliers.specs import VITAL, specifications_of
from pipeline.suppliers.text import clean, fold, without_html
from products.rules.families import FAMILIES
from products.rules.families import Kind as AttributeKind

_TEST_ROW = re.compile(
    r"^\W*(?:(?:kit|produto|item|artigo) )?testes?(?:[ _-]*\w{0,8}){0,2}\W*$|nao utilizar|^\W*kit teste\b|^lorem ipsum"
    r"|^\W*(?:test|dummy|sample) (?:product|item|kit)\b"
)
_TOTAL_ROW = re.compile(r"^\W*(?:sub)?(?:total|soma)(?: (?:geral|da|do|de|dos|das|parcial|r)\b.{0,40})?\W*$")
_KIT_WORD = re.compile(
    r"^(?:\d+ ?x )?(?:kp\d+ ?-|kit|gerador|sistema|combo|usina|conjunto|pacote|no-?break solar"
    r"|(?:solar|pv) (?:kit|system)|(?:on|off)-?grid kit)\b"
)
# A panel's W, an inverter and the kWp of both: whatever the title begins with.
_KIT_SHAPE = re.compile(r"^(?=.*\d ?kwp\b)(?=.*(?<![\d.,])\d{3} ?wp?\b)(?=.*(?:invers|\bmicro\b|\d ?kw\b|mlpe|mppt))")
_KIT_SIGN = re.compile(
    r"\d ?k?wp\b|gerador|energia solar|fotovolta|on[ -]?grid|off[ -]?grid|hibrid|nobreak|starlink"
    r"|^(?:kit|sistema|combo|conjunto|pacote|usina) (?:de |completo )?(?:energia )?solar\b|\bsolar (?:kit|system)"
)
_NOT_A_KIT = re.compile(
    r"kit (?:de )?(?:montagem|fixacao|telhado|conector|bomba|estrutura|cabo|limpeza|parafus|aterramento|string|protecao"
    r"|dps|ferrament|instalacao|bateria|monitoramento|emenda|terminal|final|intermediari|gancho|perfil|trilho|suporte|antena)"
    r"|\bev kit|p/ bomba|para bomba|bomba solar"
)
_UNAVAILABLE = re.compile(
    r"indispon|esgotad|sem (?:estoque|saldo)|out ?of ?stock|unavailable|fora de (?:estoque|linha)|avise|em falta|zerado"
    r"|^(?:nao|n|false|0)$"
)
_AVAILABLE = re.compile(
    r"dispon|em estoque|pronta ?entrega|a pronta|imediat|in ?stock|available|comprar|adicionar"
    r"|^(?:sim|s|true|1|ativo|ok|estoque)$"
)
#: what an article without a name of its own is called
ARTICLE_WORDS = {"PANEL": "Painel", "INVERTER": "Inversor", "MICROINVERTER": "Microinversor", "BATTERY": "Bateria"}
_CODE_LABEL = re.compile(r"^(?:sku|cod|codigo|ref|referencia|id|item|part ?number|pn)(?: do (?:produto|item|kit))?\.? ?[:#] ?")
_A_RATE = re.compile(r"(?:/|por|\bo)\s*wp?\b")
_PLACEHOLDER_IMAGE = re.compile(r"no-?image|icon-318x647|/logo[.-]|placeholder|produto-avulso\?", re.IGNORECASE)


class RefusedError(Exception):
    """A record that is not taken. `reason` is a code of `notes`."""

    def __init__(self, reason: str, column: str = "", value: object = "", **params: object) -> None:
        super().__init__(reason)
        self.reason, self.column, self.value, self.params = reason, column, str(value), params

    def of(self, record: SourceRecord, table: Table | None = None) -> Refused:
        """The refusal, with the list's own name of the column where the table tells it."""
        headers = header_of(table.columns.get(self.column), record) if table else ""
        column = headers or self.column
        return Refused(record.file, record.line, column[:200], self.value[:500], self.reason, record.raw(), dict(self.params))


@dataclass(slots=True)
class Basics:
    """What products and kits have in common."""

    name: str
    description: str
    price: Decimal | None
    available: bool | None
    image_urls: list[str]
    url: str
    open_price: str = ""  # what stands where the price should: instalments, a range, an amount per Wp


def is_test_row(text: str, mapping: Mapping) -> bool:
    folded = fold(clean(text))
    return bool(_TEST_ROW.search(folded)) or any(re.search(pattern, folded) for pattern in mapping.skip)


def is_kit(table: Table, name: str, category: str, mapping: Mapping) -> bool:
    """Whether a record is a solar kit, not a mounting, connector or pump kit, which are articles."""
    if table.entity != "auto":
        return table.entity == "kits"
    folded = fold(name)
    if _NOT_A_KIT.search(folded) or any(re.search(pattern, folded) for pattern in mapping.not_kits):
        return False
    if re.match(r"kits?\b|gerador", fold(category)):
        return True
    if table.parts or _KIT_SHAPE.search(folded):
        return True
    return bool(_KIT_WORD.match(folded)) and bool(_KIT_SIGN.search(folded))


def basics_of(table: Table, record: SourceRecord, mapping: Mapping) -> Basics:
    """Name, price, availability and addresses. A cell that leaves the price open (a range, instalments) is kept as its words.

    Raises:
        RefusedError: a test row, a total, or a price cell with something else.
    """
    columns = table.columns
    name = clean(without_html(text_of(columns.get("name"), record)))
    description = text_of(columns.get("description"), record, lines=True)
    if is_test_row(name, mapping) or (not name and is_test_row(description, mapping)):
        raise RefusedError("test_row", "name", name or description)
    texts = [name] if name else [clean(cell) for cell in record.values.values()]
    if total := next((text for text in texts if _TOTAL_ROW.match(fold(text))), ""):
        raise RefusedError("total_row", "name", total)
    price, open_price = price_in(value_of(columns.get("price"), record), mapping)
    told = availability(text_of(columns.get("status"), record))
    image = text_of(columns.get("image"), record)
    url = text_of(columns.get("url"), record)
    return Basics(
        name=name[:300],
        description=description,
        price=price,
        available=_in_stock(told, stock_in(text_of(columns.get("stock"), record))),
        image_urls=[image] if image.startswith("http") and not _PLACEHOLDER_IMAGE.search(image) and len(image) <= 500 else [],
        url=url if url.startswith("http") else "",
        open_price=open_price,
    )


def price_in(cell: object, mapping: Mapping) -> tuple[Decimal | None, str]:
    """(price, what leaves it open) of a cell; neither where there is none.

    Raises:
        RefusedError: the cell holds something else.
    """
    try:
        return money(cell, mapping.number_format), ""
    except OpenPriceError:
        return None, clean(cell)
    except NumberError as error:
        raise RefusedError("bad_price", "price", cell, why=str(error)) from error


def availability(text: str) -> bool | None:
    folded = fold(text).strip()
    if not folded:
        return None
    return False if _UNAVAILABLE.search(folded) else True if _AVAILABLE.search(folded) else None


def supplier_key(supplier: str, code: str) -> str:
    """A key in the catalogue: the supplier's code, capitals, without blanks, slashes and a label before it ("SKU: 12")."""
    plain = _CODE_LABEL.sub("", fold(code).strip()) or fold(code)
    return f"{supplier.upper()}-{re.sub(r'[^A-Z0-9._+()-]+', '_', plain.upper()).strip('_')}"[:100]


def product_of(
    table: Table, record: SourceRecord, mapping: Mapping, brands: Brands, basics: Basics, section: str = ""
) -> tuple[ParsedProduct, list[Note]]:
    """One article.

    Args:
        section: the heading it stands under ("INVERSORES"), which tells its category where no column does.

    Raises:
        RefusedError: it has no name, or its vital rating is impossible.
    """
    columns, rules = table.columns, mapping.rules()
    category = text_of(columns.get("category"), record) or section
    if not basics.name:
        basics.name = _name_from_columns(table, record, brands, category)[:300]
    if not basics.name:
        raise RefusedError("no_name", "name")
    kind = kind_from_column(category, basics.name, rules) if category else kind_of(basics.name, rules)
    part = parse_part(basics.name, brands, kind=kind if kind.certain else None, rules=rules)
    brand_text = text_of(columns.get("brand"), record)
    brand = (brands.named(brand_text) if brand_text else "") or part.brand
    part = _with_columns(part, table, record, brand)
    code = text_of(columns.get("key"), record)
    key = supplier_key(mapping.supplier, code) if code else supplier_key(mapping.supplier, part_key(part))
    notes = []
    if not kind.certain:
        notes.append(Note("category_unknown", key, {"name": basics.name}))
    if brand_text and not brand:
        notes.append(Note("not_a_brand", key, {"found": brand_text}))
    specs = specifications_of(part, kind.category, _attributes(table, record, kind.category, key, notes))
    for name, value, expected in specs.faults:
        if VITAL.get(kind.category) == name:
            raise RefusedError("out_of_range", name, value, expected=expected)
        notes.append(Note("value_left_out", key, {"attribute": name, "found": str(value), "expected": expected}))
    price = basics.price
    if price is None and part.power_wp:
        rate = basics.open_price if _A_RATE.search(fold(basics.open_price)) else value_of(columns.get("price_per_wp"), record)
        price = _from_rate(rate, part.power_wp, mapping.number_format)
        if price is not None:
            notes.append(Note("price_from_wp", key, {"price": f"{price:f}", "power": f"{part.power_wp:f}"}))
    if price is None and basics.open_price:
        notes.append(Note("price_open", key, {"found": basics.open_price[:80]}))
    if part.code_power:
        notes.append(Note("power_from_code", key, {"name": basics.name}))
    return ParsedProduct(
        key=key,
        part=part,
        name=basics.name,
        category=kind.category,
        subcategory=kind.subcategory[:60],
        specifications=specs.values,
        description=without_html(basics.description)[:5000],
        brand=brand[:120],
        model=part.model[:200],
        prices=[price] if price is not None else [],
        available=basics.available,
        stock=stock_in(text_of(columns.get("stock"), record)),
        image_urls=basics.image_urls,
        datasheet_url=_address(text_of(columns.get("datasheet"), record)),
        url=basics.url,
        source_key=text_of(columns.get("source_key"), record),
        file=record.file,
        line=record.line,
    ), notes


def _name_from_columns(table: Table, record: SourceRecord, brands: Brands, category: str) -> str:
    """A name for an article that has a model and no name: "Inversor GoodWe GW10K-DNS-30"; empty without a model."""
    model = text_of(table.columns.get("model"), record)
    if len(model) < 3:
        return ""
    kind = kind_from_column(category, model) if category else kind_of(model)
    words = [ARTICLE_WORDS.get(kind.component, ""), brands.named(text_of(table.columns.get("brand"), record)), model]
    return " ".join(word for word in words if word)


def _from_rate(cell: object, watts: Decimal, style: str) -> Decimal | None:
    """A panel's price from R$/Wp.

    Raises:
        RefusedError: the cell holds something else than an amount, or one no panel costs a Wp.
    """
    try:
        rate = amount_of(cell, style)
    except NumberError as error:
        raise RefusedError("bad_price", "price_per_wp", cell, why=str(error)) from error
    if not rate:
        return None
    if not 0 < rate < 50:
        raise RefusedError("bad_price", "price_per_wp", cell, why="")
    return (rate * watts).quantize(Decimal("0.01"))


def _address(text: str) -> str:
    return text if re.match(r"https?://\S+$", text) and len(text) <= 500 else ""


def _in_stock(told: bool | None, stock: int | None) -> bool | None:
    """What the list says in words; else whether its count is more than none."""
    return told if told is not None or stock is None else stock > 0


def stock_in(text: str) -> int | None:
    """The pieces on hand; None where the cell tells no count."""
    try:
        return quantity(text) if text and not re.match(r"^0+(?:[.,]0+)?$", text) else (0 if text else None)
    except NumberError:
        return None


def _with_columns(part: Part, table: Table, record: SourceRecord, brand: str) -> Part:
    """The part with what columns of their own say: maker, model, power."""
    model = text_of(table.columns.get("model"), record)
    part = replace(part, brand=brand, model=model or part.model)
    if part.kind.category == "paineis" and (watts := power_cell(value_of(table.columns.get("power_wp"), record), "wp")):
        return replace(part, power_wp=watts, code_power=False)
    if part.kind.category in {"inversores", "carregadores"} and (
        watts := power_cell(value_of(table.columns.get("power_kw"), record), "kw")
    ):
        return replace(part, ac_kw=watts / 1000, code_power=False)
    if part.kind.category == "inversores" and (part.ac_kw is None or part.code_power):
        watts = power_cell(value_of(table.columns.get("power_wp"), record), "w")
        watts = watts or power_cell(value_of(table.columns.get("power"), record), "w or kw")
        return replace(part, ac_kw=watts / 1000, code_power=False) if watts else part
    if part.kind.category == "paineis" and (part.power_wp is None or part.code_power):
        watts = power_cell(value_of(table.columns.get("power"), record), "wp")
        return replace(part, power_wp=watts, code_power=False) if watts else part
    return part


def power_cell(cell: object, unit: str) -> Decimal | None:
    """Watts of a power column: with its unit when it states one, else in the column's (wp, w, kw, "w or kw").

    From 1000 on what stands under kW are W; where the unit is open, from 250 on."""
    text = clean(cell)
    if found := powers(text):
        return found[0].watts
    if not re.fullmatch(r"\d+(?:[.,]\d+)*", text):
        return None
    if unit in {"kw", "w or kw"}:
        number = Decimal(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else plain_decimal(text)
        return number if number >= (1000 if unit == "kw" else 250) else number * 1000
    return plain_decimal(text)


def _attributes(table: Table, record: SourceRecord, category: str, key: str, notes: list[Note]) -> dict[str, object]:
    """Values of attribute columns, of the declared type; what does not fit is noted."""
    found: dict[str, object] = {}
    for attribute in FAMILIES.get(category, {}).values():
        column = table.columns.get(f"attribute:{attribute.name}")
        if column is None or not (text := text_of(column, record)):
            continue
        value = _attribute_value(attribute.kind, attribute.name, text)
        if value is None:
            notes.append(
                Note("value_left_out", key, {"attribute": attribute.name, "found": text, "expected": attribute.kind.value})
            )
        else:
            found[attribute.name] = value
    return found


def _attribute_value(kind: AttributeKind, name: str, text: str) -> object:
    if name == "phases" and (phases := phases_of(fold(text))):
        return phases
    if kind is AttributeKind.BOOLEAN:
        folded = fold(text)
        return (
            True if folded in {"sim", "s", "true", "1", "yes"} else False if folded in {"nao", "n", "false", "0", "no"} else None
        )
    if kind in (AttributeKind.TEXT, AttributeKind.CHOICE):
        return text
    match = re.match(r"[+-]?\d+(?:[.,]\d+)*", text)
    if match is None:
        return None
    try:
        digits = match[0]
        number = Decimal(digits.replace(",", ".")) if digits.count(",") + digits.count(".") <= 1 else plain_decimal(digits)
    except (NumberError, InvalidOperation):
        return None
    if kind is AttributeKind.INTEGER:
        return int(number) if number == number.to_integral_value() else None
    return float(number) if number != number.to_integral_value() else int(number)


def additions_of(table: Table, record: SourceRecord, mapping: Mapping) -> list[ParsedProduct]:
    """What a list of data sheets adds to an article that is known otherwise; nothing when it has no code or address."""
    code = text_of(table.columns.get("key"), record)
    datasheet = _address(text_of(table.columns.get("datasheet"), record))
    if not code or not datasheet:
        return []
    part = Part(code, UNKNOWN)
    key = supplier_key(mapping.supplier, code)
    return [
        ParsedProduct(key, part, code, "", "", {}, datasheet_url=datasheet, update_only=True, file=record.file, line=record.line)
    ]


def placeholder_of(part: Part, key: str, file: str, line: int) -> ParsedProduct:
    """An article the catalogue needs because a kit names it: what the kit says of it and no price."""
    kind: Kind = part.kind
    specs = specifications_of(part, kind.category)
    return ParsedProduct(
        key=key, part=part, name=part.name[:300], category=kind.category, subcategory=kind.subcategory[:60],
        specifications=specs.values,
        brand=part.brand[:120], model=part.model[:200], placeholder=True, source_key=part.source_key, file=file, line=line,
    )  # fmt: skip
