"""All files of one import, parsed into products and kits. Pure but for reading the files."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from statistics import median

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import names_category
from pipeline.suppliers.columns import table_for, text_of, value_of
from pipeline.suppliers.guess import GENERIC_CARD, guess_table
from pipeline.suppliers.identify import Articles
from pipeline.suppliers.interpret import (
    Basics,
    RefusedError,
    additions_of,
    basics_of,
    is_kit,
    is_test_row,
    placeholder_of,
    price_in,
    product_of,
    supplier_key,
)
from pipeline.suppliers.interpret_kits import Draft, finished, kit_of_card, kit_of_record
from pipeline.suppliers.kit_text import declared_kwp
from pipeline.suppliers.mapping import Mapping, Table
from pipeline.suppliers.numbers import NumberError, quantity
from pipeline.suppliers.parts import Part, parse_part, part_key
from pipeline.suppliers.read.cards import cards
from pipeline.suppliers.read.open_list import open_list
from pipeline.suppliers.read.page_table import sheets_of
from pipeline.suppliers.read.sheet import Page, Sheet
from pipeline.suppliers.records import Note, ParsedKit, ParsedList, ParsedProduct, Refused, SourceRecord
from pipeline.suppliers.stored_parts import StoredArticles
from pipeline.suppliers.text import clean, header_key

SAMPLE = 200
_COUNT_LINE = re.compile(r"(?i)^\W*(?:quantidade|qtde?)\W{0,5}:?\W{0,5}\d+\W*$")


class ListParser:
    """Parses the files of one supplier.

    Args:
        mapping: the supplier's declaration; tables it does not know are guessed.
        brands: makers and their spellings.
        stored: what the catalogue has of this supplier; None for nothing.
    """

    def __init__(self, mapping: Mapping, brands: Brands, stored: "StoredArticles | None" = None) -> None:
        self.mapping, self.brands, self._stored = mapping, brands, stored or StoredArticles()
        self._articles = Articles()
        self.result = ParsedList(mapping.supplier)
        self._kit_rows: list[tuple[Table, SourceRecord, Basics]] = []
        self._drafts: list[Draft] = []
        self._by_source_key: dict[str, str] = {}
        self._update_only: list[ParsedProduct] = []
        self._stored_keys: dict[str, str] = {}
        self._looked_up: dict[str, Part | None] = {}  # asked for when all articles are known
        self._same_parts: dict[tuple[str, str, int | None], Part] = {}  # four clamps of a kind are in thousands of kits

    def parse_sheets(self, sheets: Sequence[Sheet]) -> ParsedList:
        """Parse tables that are read already: the first rows of a list, as a mapping is being made."""
        for sheet in sheets:
            self._sheet(sheet)
        self._finish_kits()
        return self.result

    def parse(self, paths: Sequence[tuple[Path, str]], on_records: Callable[[int], None] = lambda count: None) -> ParsedList:
        """Parse the files, articles first whatever their order, as kits are made of them.

        Args:
            paths: (path, name for people).
            on_records: told how many records are read.

        Raises:
            SourceFileError: a file that cannot be read.
        """
        names = {
            name for table in self.mapping.tables for column in table.columns.values() for name in column.headers if name != "*"
        }
        names |= {name for table in self.mapping.tables for name in table.when}
        for path, name in paths:
            for found in open_list(path, name=name, known_headers=names):
                if isinstance(found, Page):
                    self._page(found)
                else:
                    self._sheet(found)
                del found  # its rows go before the next file's come
                on_records(self.result.records)
        self._finish_kits()
        self._take_additions()
        self.result.notes += price_outliers(self.result.products.values())
        return self.result

    # --- tables

    def _sheet(self, sheet: Sheet) -> None:
        if not sheet.headers:
            return
        table = table_for(self.mapping, sheet.headers) or guess_table(sheet.headers, sheet.records[:SAMPLE])
        if len(sheet.headers) < 2 and "price" not in table.columns:
            return  # a cover sheet, a page of conditions
        self.result.records += len(sheet.records)
        if "kit_key" in table.columns:
            self._grouped(table, sheet.records)
            return
        section = next((name for name in (sheet.heading, sheet.name) if names_category(name)), "")
        for record in sheet.records:
            if _repeats_header(sheet, record):
                self.result.records -= 1
                continue
            if (heading := _heading(sheet, table, record)) is not None:
                section = heading
                self.result.records -= 1
                continue
            try:
                self._record(table, record, section)
            except RefusedError as refused:
                target = self.result.refused_kits if self._looks_like_kit(table, record) else self.result.refused_products
                target.append(refused.of(record, table))

    def _looks_like_kit(self, table: Table, record: SourceRecord) -> bool:
        return is_kit(
            table, text_of(table.columns.get("name"), record), text_of(table.columns.get("category"), record), self.mapping
        )

    def _record(self, table: Table, record: SourceRecord, section: str) -> None:
        if table.update_only:
            self._update_only += additions_of(table, record, self.mapping)
            return
        basics = basics_of(table, record, self.mapping)
        if is_kit(table, basics.name, text_of(table.columns.get("category"), record), self.mapping):
            self._kit_rows.append((table, record, basics))
            return
        product, notes = product_of(table, record, self.mapping, self.brands, basics, section)
        self.result.notes += notes
        self._add_product(product)

    def _grouped(self, table: Table, records: list[SourceRecord]) -> None:
        """Rows that are lines of kits, by the kit's key, wherever they stand."""
        key = table.columns["kit_key"]
        order: dict[str, list[SourceRecord]] = {}
        last = ""
        for record in records:
            last = text_of(key, record) or last
            order.setdefault(last, []).append(record)
        for kit_key, rows in order.items():
            try:
                self._drafts.append(self._kit_of_rows(table, kit_key, rows))
            except RefusedError as refused:
                self.result.refused_kits.append(refused.of(rows[0], table))

    def _kit_of_rows(self, table: Table, kit_key: str, rows: list[SourceRecord]) -> Draft:
        first = basics_of(table, rows[0], self.mapping)
        title_column = table.columns.get("description")
        if "component" in table.columns:
            title_column = table.columns.get("name") or title_column
        parts, price = [], None
        for row in rows:
            text = text_of(table.columns.get("component") or table.columns.get("name"), row)
            cell = value_of(table.columns.get("quantity"), row)
            try:
                pieces = quantity(cell)
            except NumberError as error:
                raise RefusedError("bad_quantity", "quantity", cell, why=str(error)) from error
            price = price or price_in(value_of(table.columns.get("price"), row), self.mapping)[0]
            part = parse_part(text, self.brands, quantity=pieces, rules=self.mapping.rules())
            if brand := text_of(table.columns.get("brand"), row):
                part = replace(part, brand=self.brands.named(brand) or part.brand)
            if text:
                parts.append(part)
        title = text_of(title_column, rows[0]) or kit_key
        basics = replace(first, name=(title or kit_key)[:300], description="", price=price)
        return Draft(
            supplier_key(self.mapping.supplier, kit_key), basics, parts, declared_kwp(f"{kit_key} {title}"),
            text_of(table.columns.get("roof"), rows[0]), rows[0].file, rows[0].line, own_words=f"{kit_key} {title}",
        )  # fmt: skip

    # --- pages

    def _page(self, page: Page) -> None:
        declared = [table for table in self.mapping.tables if table.card is not None]
        if not declared and not any(_COUNT_LINE.match(line) for line in page.lines):
            for sheet in sheets_of(page.file, page.lines):
                self._sheet(sheet)
            return
        table = declared[0] if declared else Table(name="guessed", entity="kits", card=GENERIC_CARD)
        if table.card is None:
            return
        for card in cards(page.lines, table.card):
            self.result.records += 1
            record = SourceRecord(
                page.file, card.line, {"title": card.title, "price": card.price, "items": str(card.table or card.items)}
            )
            if is_test_row(card.title, self.mapping):
                self.result.refused_kits.append(RefusedError("test_row", "title", card.title).of(record))
                continue
            try:
                self._drafts.append(kit_of_card(card, table, self.mapping, self.brands, page.file))
            except RefusedError as refused:
                self.result.refused_kits.append(refused.of(record))

    # --- putting together

    def _add_product(self, product: ParsedProduct) -> None:
        """The later listing wins; what it leaves out stays; every price seen is kept, in order."""
        before = self.result.products.get(product.key)
        if product.source_key:
            self._by_source_key[product.source_key] = product.key
        if before is None:
            self.result.products[product.key] = product
            return
        self.result.notes += self._twice(product.key, before.prices, product.prices)
        product.prices = _joined_prices(before.prices, product.prices)
        for name in ("description", "brand", "model", "datasheet_url", "url", "image_urls", "source_key", "available", "stock"):
            if not getattr(product, name) and getattr(before, name) and not (name == "available" and product.available is False):
                setattr(product, name, getattr(before, name))
        product.specifications = {**before.specifications, **product.specifications}
        self.result.products[product.key] = product

    def _twice(self, key: str, before: list[Decimal], after: list[Decimal]) -> list[Note]:
        if before and after and before[-1] != after[-1]:
            return [Note("price_conflict", key, {"before": f"{before[-1]:f}", "after": f"{after[-1]:f}"})]
        return [Note("listed_twice", key)]

    def _lookup(self, key: str) -> Part | None:
        """The article with a supplier's key: of this list, of the catalogue, of the mapping's known parts."""
        if key not in self._looked_up:
            self._looked_up[key] = self._found(key)
        return self._looked_up[key]

    def _found(self, key: str) -> Part | None:
        product = self.result.products.get(self._by_source_key.get(key, ""))
        if product is not None:
            return replace(product.part, source_key=key, quantity=None)
        if (stored := self._stored.by_source_key(key)) is not None:
            self._stored_keys[key] = stored[0]
            return replace(stored[1], source_key=key)
        if text := self.mapping.known_parts.get(key):
            return replace(parse_part(text, self.brands, rules=self.mapping.rules()), source_key=key)
        return None

    def _finish_kits(self) -> None:
        if self._kit_rows or self._drafts:
            for product in self.result.products.values():
                self._articles.add(product.key, product.name, product.part)
        for draft in self._drafts:
            self._finish(draft)
        self._kit_rows.reverse()  # each row goes as its kit comes
        while self._kit_rows:
            table, record, basics = self._kit_rows.pop()
            try:
                draft = kit_of_record(table, record, self.mapping, self.brands, basics=basics, lookup=self._lookup)
            except RefusedError as refused:
                self.result.refused_kits.append(refused.of(record, table))
            else:
                self._finish(draft)
        self._drafts = []

    def _finish(self, draft: Draft) -> None:
        try:
            kit, notes = finished(draft)
        except RefusedError as refused:
            told: dict[str, str | Decimal] = {"name": draft.basics.name, "description": draft.basics.description}
            self.result.refused_kits.append(refused.of(SourceRecord(draft.file, draft.line, told)))
        else:
            kit.parts = [self._shared(part) for part in kit.parts]
            self._add_kit(kit, notes)

    def _shared(self, part: Part) -> Part:
        known = self._same_parts.setdefault((part.source_key, part.name, part.quantity), part)
        return known if known == part else part

    def _add_kit(self, kit: ParsedKit, notes: list[Note]) -> None:
        before = self.result.kits.get(kit.key)
        if before is not None:
            self.result.notes += self._twice(kit.key, before.prices, kit.prices)
            kit.prices = _joined_prices(before.prices, kit.prices)
            kit.image_urls = kit.image_urls or before.image_urls
            kit.url = kit.url or before.url
            if len(before.parts) > len(kit.parts):
                kit.parts, kit.partial = before.parts, before.partial
                kit.description = kit.description or before.description
        else:
            self.result.notes += notes
        self.result.kits[kit.key] = kit
        for part in kit.parts:
            key = self.article_key(part)
            if key not in self.result.products and part.source_key not in self._stored_keys and not self._stored.has(key):
                self.result.products[key] = placeholder_of(part, key, kit.file, kit.line)

    def article_key(self, part: Part) -> str:
        """The catalogue key of the article a kit's part is."""
        if part.source_key:
            listed = self._by_source_key.get(part.source_key) or self._stored_keys.get(part.source_key)
            return listed or supplier_key(self.mapping.supplier, part.source_key)
        if (known := self._articles.find(part)) or (known := self._stored.find(part)):
            return known
        return supplier_key(self.mapping.supplier, f"P-{part_key(part)}")

    def _take_additions(self) -> None:
        """Data sheets and the like, onto the articles of this list; what belongs to none is handed on to the catalogue's."""
        for addition in self._update_only:
            listed = self.result.products.get(addition.key)
            if listed is None:
                self.result.products[addition.key] = addition
            elif addition.datasheet_url and not listed.update_only:
                listed.datasheet_url = addition.datasheet_url


def _repeats_header(sheet: Sheet, record: SourceRecord) -> bool:
    """Whether a row only says the columns' names again, as over each block of a long table."""
    said = 0
    for header, cell in record.values.items():  # most rows differ in their first cell
        if text := clean(cell):
            if header_key(text) != header_key(header):
                return False
            said += 1
    return said > 1


def _heading(sheet: Sheet, table: Table, record: SourceRecord) -> str | None:
    """The text of a row that only heads the rows below ("INVERSORES"), or is a footnote; None for a record."""
    if len(sheet.headers) < 3 or len(record.values) > 2:
        return None
    cells = [text for cell in record.values.values() if (text := clean(cell))]
    if len(cells) != 1 or "price" not in table.columns or re.search(r"\d{3}|R\$|https?:", cells[0]):
        return None
    # Where rows are usually this short it is a record like others.
    full = sum(len(each.values) > 2 for each in sheet.records[:SAMPLE])
    return cells[0] if full * 2 > len(sheet.records[:SAMPLE]) else None


def _joined_prices(before: Iterable[Decimal], after: Iterable[Decimal]) -> list[Decimal]:
    """Every price seen, in order, without immediate repeats."""
    return [price for price, _same in groupby([*before, *after])]


def price_outliers(products: Iterable[ParsedProduct]) -> list[Note]:
    """Articles whose price, or price per W, is far from their group's middle: probably a slip."""
    groups: dict[tuple[str, str], list[tuple[Decimal, ParsedProduct]]] = {}
    for product in products:
        if not product.prices or product.update_only:
            continue
        price = product.prices[-1]
        if product.category == "paineis" and product.part.power_wp:
            groups.setdefault(("paineis", ""), []).append((price / product.part.power_wp, product))
        elif product.category == "inversores" and product.part.ac_kw:
            groups.setdefault(("inversores", product.part.topology), []).append((price / product.part.ac_kw, product))
        elif product.subcategory in {"medidor", "monitoramento"}:
            groups.setdefault(("acessorios", product.subcategory), []).append((price, product))
    notes = []
    for (category, _sub), members in groups.items():
        if len(members) < 5:
            continue
        middle = median(value for value, _product in members)
        factor = 20 if category == "acessorios" else 5
        notes += [
            Note("price_outlier", product.key, {"price": f"{product.prices[-1]:f}", "name": product.name})
            for value, product in members
            if value * factor < middle or value > middle * factor
        ]
    return notes


def refused_of(record: Refused) -> str:
    """Where a refused record stood, for people."""
    return clean(f"{record.file}:{record.line}")
