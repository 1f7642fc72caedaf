"""Cards of a Markdown page: a title, a price, items with counts, a table of parts. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.suppliers.mapping import Card
from pipeline.suppliers.text import clean

_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^\|?(?:\s*:?-{3,}:?\s*\|)+\s*:?-*:?\s*\|?$")


@dataclass(slots=True)
class CardRecord:
    """One card: `items` are (text, count text) under the title; `table` the rows of its table of parts, the header left out."""

    line: int
    title: str
    price: str = ""
    image: str = ""
    items: list[tuple[str, str]] = field(default_factory=list)
    table: list[tuple[str, str]] = field(default_factory=list)


def table_cells(line: str) -> list[str]:
    """The cells of a Markdown table's row; an escaped pipe belongs to its cell."""
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [clean(cell.replace("\\|", "|")) for cell in _CELLS.split(inner)]


def cards(lines: Sequence[str], grammar: Card) -> Iterator[CardRecord]:
    """The cards of a page: a card begins with a title line that a price follows before the next title.

    With a grammar whose title also fits the items, the price tells them apart.
    """
    title, price = re.compile(grammar.title), re.compile(grammar.price)
    item = re.compile(grammar.item) if grammar.item else None
    count = re.compile(grammar.quantity, re.IGNORECASE) if grammar.quantity else None
    image = re.compile(grammar.image) if grammar.image else None
    current: CardRecord | None = None
    waiting: tuple[int, str] | None = None
    last_image = ""
    for number, line in enumerate(lines, start=1):
        text = clean(line)
        if not text:
            continue
        if image and (shown := image.search(text)):
            last_image = shown.group(1)
            continue
        if found := price.match(text):
            if waiting is not None:
                if current is not None:
                    if current.items and current.items[-1] == (waiting[1], ""):
                        current.items.pop()  # the new card's title looked like an item of the one before
                    yield current
                current = CardRecord(waiting[0], waiting[1], found.group(1) if found.groups() else text, last_image)
                waiting, last_image = None, ""
            elif current is not None and not current.price:
                current.price = text
            continue
        if count and current is not None and (counted := count.match(text)):
            waiting = None
            if current.items and not current.items[-1][1]:
                current.items[-1] = (current.items[-1][0], counted.group(1))
            continue
        if text.startswith("|"):
            cells = table_cells(line)
            if (
                current is not None
                and len(cells) == 2
                and not _RULE.match(text)
                and not re.match(r"(?i)^(?:quantidade|qtde?|qtd\.?|quant\.?)$", cells[1])
            ):
                current.table.append((cells[0], cells[1]))
            continue
        if heading := title.match(text):
            waiting = (number, clean(heading.group(1) if heading.groups() else text))
        if item and current is not None and (named := item.match(text)):
            current.items.append((clean(named.group(1) if named.groups() else text), ""))
    if current is not None:
        yield current
