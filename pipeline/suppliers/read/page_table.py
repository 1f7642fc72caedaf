"""A captured page as tables: its cards ("title, code, price") as records, its Markdown tables as sheets of their own. Pure.

For pages nobody declared. Pages whose cards count their parts ("Quantidade: 4") are read by `cards`.
"""

# ruff: noqa: E501  (patterns are easier to read in long lines)

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.suppliers.read.cards import table_cells
from pipeline.suppliers.read.sheet import Sheet, as_sheet
from pipeline.suppliers.records import Cell, SourceRecord
from pipeline.suppliers.text import clean, fold

#: what the columns of a page's records are called, as `guess` knows them
HEADERS = ("Código", "Nome", "Marca", "Preço", "Disponibilidade", "Estoque", "Descrição", "Imagem", "Link", "Ficha técnica")
_RULE = re.compile(r"^\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*\|?$")
_IMAGE = re.compile(r"!\[[^\]]*\]\((https?://[^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_CARD_LINK = re.compile(r"^(?:[-*]\s+)?\[((?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\((https?://[^)\s]+)[^)]*\)$")
_LINKED_ITEM = re.compile(r"^[-*•]?\s*(?:#+\s*)?\[([^\[\]]{6,})\]\((https?://[^)\s]+)[^)]*\)\s*[-–—:|]?\s*(\S.*)$")
_COUNT_HEADER = re.compile(r"^(?:quantidade|qtde?|qtd\.?|quant\.?|qty)\.?$")
_HEADING = re.compile(r"^#{1,6}\s+(.+)$")
_BOLD = re.compile(r"^(?:\*\*|__)(.+?)(?:\*\*|__)$")
_CODE = re.compile(
    r"(?i)^(?:c[oó]d(?:igo)?(?: do produto)?|sku|ref(?:er[eê]ncia)?|part ?number|p/?n)\s*[.:#-]*\s*([A-Z0-9][\w./+-]{1,40})$"
)
_LABELLED = re.compile(r"(?i)^(marca|fabricante|estoque|saldo|disponibilidade)\s*:\s*(.{1,80})$")
_PRICE = re.compile(r"(?i)^(?:(?:pre[cç]o|valor|por|[aà] vista|apenas|a partir de|de)\b[^\d\n]{0,30})?R\$\s*\d")
_STRUCK = re.compile(r"~~[^~]*~~|<(?:s|del|strike)>.*?</(?:s|del|strike)>", re.IGNORECASE)
_WAS = re.compile(r"(?i)^de:?\s*R\$\s*[\d.,]+(?:\s*por:?)?$")
_ITEM = re.compile(r"^[-*•·]\s+(?=\S)")
_INSTALMENT = re.compile(
    r"(?i)\b\d{1,3}\s*x\s*(?:de\s*)?(?:sem juros|R\$)|^(?:em )?(?:ou )?(?:at[eé] )?\d{1,2}x$|parcel|juros|frete|cashback|economi[sz]e|R\$ ?[\d.,]+ ?/ ?k?wp"
)
_AFTER_PRICE = re.compile(r"(?i)\s+(?:ou|em at[eé]|[aà] vista|no pix|no boleto|\d{1,2}\s*x)\b")
_GONE = re.compile(
    r"^(?:(?:produto )?(?:indispon\w+|esgotado)|sem estoque|avise-?me.*|sob consulta|consulte.*|em breve|fora de estoque|preco sob consulta)$"
)
_BUTTON = re.compile(
    r"^(?:adicionar|comprar|ver (?:mais|detalhes|produto|kit)|escolher|selecionar|carregar|filtr\w*|ordenar|buscar?|entrar|login|sair|menu|inicio"
    r"|home|pagina|proxim\w*|anterior|mostrar|exibindo|resultados?|favorit\w*|compar\w*|carrinho|quantidade|frete|em estoque|disponivel"
    r"|pronta entrega|novo|oferta|promocao|\d+%.*|\d+$)\b"
)


@dataclass(slots=True)
class _Card:
    line: int
    values: dict[str, Cell] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


def sheets_of(name: str, lines: Sequence[str]) -> list[Sheet]:
    """The page's cards as one table and each Markdown table of three columns or more, or with a price, as another."""
    loose, tables = _parted(lines)
    records = [
        SourceRecord(name, card.line, _finished(card), HEADERS)
        for card in _cards(loose)
        if {"Preço", "Disponibilidade"} & set(card.values)
    ]
    found = [Sheet(name, "cards", HEADERS, records)] if records else []
    return [*found, *(as_sheet(name, f"table at line {rows[0][0]}", rows, set()) for rows in tables)]


def _parted(lines: Sequence[str]) -> tuple[list[tuple[int, str]], list[list[tuple[int, list[Cell]]]]]:
    """(numbered lines outside of tables, tables as numbered rows)."""
    loose: list[tuple[int, str]] = []
    tables: list[list[tuple[int, list[Cell]]]] = []
    current: list[tuple[int, list[Cell]]] = []

    def close() -> None:
        if current and len(current[0][1]) == 2 and _COUNT_HEADER.match(fold(str(current[0][1][1]))):
            # The parts of the card above: "12x Módulo ...".
            loose.extend(
                (line, f"- {re.sub(r'[^0-9].*', '', str(row[1]))}x {str(row[0]).replace('|', ' ')}")
                for line, row in current[1:]
                if row[1:]
            )
            current.clear()
            return
        if len(current) > 1 and (len(current[0][1]) > 2 or any("R$" in str(cell) for _line, row in current for cell in row)):
            tables.append(list(current))
        current.clear()

    for number, line in enumerate(lines, start=1):
        text = html.unescape(line).strip()
        if text.startswith("|") and text.count("|") > 1:
            if not _RULE.match(text):
                current.append((number, [_plain(cell) for cell in table_cells(text)]))
            continue
        close()
        loose.extend((number, piece) for piece in _unfolded(text))
    close()
    return loose, tables


def _unfolded(line: str) -> list[str]:
    """A card that is one link, picture, name and price inside it, as lines of their own."""
    if (item := _LINKED_ITEM.match(line)) and re.search(
        r"R\$\s*\d|(?i:indispon|avise-?me|sob consulta|esgotad|consulte)", item[3]
    ):
        return [f"[{item[1]}]({item[2]})", item[3]]
    whole = _CARD_LINK.match(line)
    if whole is None or not re.search(r"R\$\s*\d|(?i:indispon|avise-?me|sob consulta|esgotad)", whole[1]):
        return [line]
    pictures = _IMAGE.findall(whole[1])
    words = clean(_IMAGE.sub("", whole[1]).replace("**", "").replace("#", " "))
    name, price = re.split(r"(?=(?:De:?\s+)?R\$\s*\d)|(?i:(?=\b(?:indispon|avise-?me|sob consulta|esgotad)))", words, maxsplit=1)
    return [*(f"![]({address})" for address in pictures[:1]), f"[{name.strip()}]({whole[2]})", price.strip()]


def _plain(cell: str) -> str:
    """A table's cell without Markdown; of an image or link alone, its address."""
    if (image := _IMAGE.search(cell)) and not _IMAGE.sub("", cell).strip():
        return image[1]
    return clean(_LINK.sub(lambda link: link[1], _IMAGE.sub("", cell)).replace("**", ""))


def _cards(lines: Sequence[tuple[int, str]]) -> Iterator[_Card]:
    """A card is a title and what follows it up to the next title; without headings, the last plain text before a price."""
    current: _Card | None = None
    image = ""
    plain: tuple[int, str] | None = None
    for number, whole in lines:
        if shown := _IMAGE.search(whole):
            image = shown[1]
        line = _STRUCK.sub("", _IMAGE.sub("", whole))
        link = _LINK.search(line)
        text = clean(_LINK.sub(lambda each: each[1], line))
        if not text or set(text) <= set("-*_=·•"):
            continue
        title = _title_of(line, text, link)
        if title and current is not None and "Nome" in current.values and not _taken(current):
            # Two titles before a price: a heading of the page, or the maker above the article's name.
            current = None
        if title:
            if current is not None:
                yield current
            current = _Card(number, {"Nome": title})
            if image:
                current.values["Imagem"], image = image, ""
            if link and link[2].startswith("http"):
                current.values["Link"] = link[2]
            plain = None
            continue
        item = _ITEM.match(text) is not None
        bare = _ITEM.sub("", text).lstrip("# ").replace("**", "").replace("__", "").strip()
        if _WAS.match(bare):  # "De R$ 100,00 por": what is asked now comes next
            continue
        told = _told(bare)
        if told and told[0] in {"Preço", "Disponibilidade"} and (current is None or _priced(current)) and plain is not None:
            if current is not None:
                yield current
            opened = _Card(plain[0], {"Nome": plain[1]})
            if image:
                opened.values["Imagem"] = image
            if current is not None and current.texts and current.texts[-1] == plain[1]:
                current.texts.pop()
            current, plain = opened, None
            image = ""
        if told and current is not None:
            current.values.setdefault(*told)
        elif told is None and not _BUTTON.match(fold(bare)) and not _INSTALMENT.search(bare) and len(bare) >= 8:
            if current is not None and (not _priced(current) or (item and re.match(r"\d{1,4} ?x ", bare))):
                current.texts.append(bare)
            plain = plain if item else (number, bare)
        if link and current is not None and link[2].lower().endswith(".pdf"):
            current.values.setdefault("Ficha técnica", link[2])
    if current is not None:
        yield current


def _priced(card: _Card) -> bool:
    return bool({"Preço", "Disponibilidade"} & set(card.values))


def _taken(card: _Card) -> bool:
    return bool({"Preço", "Disponibilidade", "Código"} & set(card.values))


def _title_of(line: str, text: str, link: re.Match[str] | None) -> str:
    """The title a line is: a heading, a line all bold, or a link alone; empty for other lines."""
    heading = _HEADING.match(text)
    whole = link is not None and clean(_LINK.sub("", line)).strip("#*_ ") == ""
    bold = _BOLD.match(text)
    if not (heading or whole or bold):
        return ""
    title = clean((heading[1] if heading else bold[1] if bold else text).replace("**", "").strip("_ "))
    if (
        len(title) < 6
        or not re.search(r"[A-Za-zÀ-ÿ]{3}", title)
        or _BUTTON.match(fold(title))
        or "R$" in title
        or _GONE.match(fold(title))
    ):
        return ""
    return "" if link and not heading and link[2].lower().endswith(".pdf") else title


def _told(text: str) -> tuple[str, Cell] | None:
    """(column, value) that a line of a card states; None for other text."""
    if code := _CODE.match(text):
        return "Código", code[1]
    if labelled := _LABELLED.match(text):
        word = fold(labelled[1])
        return {"marca": "Marca", "fabricante": "Marca", "disponibilidade": "Disponibilidade"}.get(word, "Estoque"), labelled[2]
    if _GONE.match(fold(text)):
        return "Disponibilidade", text
    asked = _AFTER_PRICE.split(text)[0]
    if _PRICE.match(asked) and not _INSTALMENT.search(asked):
        return "Preço", asked
    return None


def _finished(card: _Card) -> dict[str, Cell]:
    values = dict(card.values)
    if card.texts:
        values["Descrição"] = "\n".join(card.texts[:40])
    return values
