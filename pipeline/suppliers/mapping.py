"""The declaration of one supplier's lists: which columns or card lines mean what. JSON, see `docs/suppliers.md`."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.suppliers.classify import Kind, kind_by_name
from pipeline.suppliers.text import clean, fold, header_key

VERSION = 1
FOLDER = Path(__file__).parent / "mappings"
FIELDS = (
    "key", "name", "description", "price", "price_per_wp", "brand", "model", "category", "power", "power_wp",
    "power_kw", "quantity", "image", "url",
    "status", "stock", "datasheet", "declared_kwp", "roof", "source_key", "kit_key", "component", "system",
)  # fmt: skip
ENTITIES = ("products", "kits", "auto")
STYLES = ("auto", "pt-BR", "international")
PICKS = ("first", "last", "longest", "joined")


class MappingError(ValueError):
    """A mapping that cannot be used: what was expected, what was found, and at which place of the JSON."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field's value is.

    Attributes:
        headers: column names, compared without case, accents and punctuation; "*" is every column; "name*" a beginning.
        pattern: only cells it matches count; with a group, the group is the value.
        pick: of several such cells the first, last or longest, or all of them put together (a price cut into columns).
    """

    headers: tuple[str, ...]
    pattern: str = ""
    pick: str = "first"


@dataclass(frozen=True, slots=True)
class PartColumns:
    """A kit's part that has columns of its own.

    Attributes:
        component: the part it plays; empty when the text tells.
        text: its name. quantity, brand, power: columns of their own, when there are.
        join: its key in the supplier's product list (an id inside an image address), when there is one.
        count: "stated", or "from_power" for panels whose count is kWp / Wp.
    """

    component: str = ""
    text: Column | None = None
    quantity: Column | None = None
    brand: Column | None = None
    power: Column | None = None
    join: Column | None = None
    count: str = "stated"


@dataclass(frozen=True, slots=True)
class Card:
    """The grammar of a Markdown page's cards, as regular expressions on a line; a group is the value."""

    title: str
    price: str
    item: str = ""
    quantity: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of table (or page) of the supplier.

    Attributes:
        name: for people.
        entity: what its rows are; "auto" decides row by row.
        when: column names that must all be there for this declaration to apply; empty applies to any.
        columns: field -> where it is; also "attribute:NAME" for a declared attribute of the article's category.
        parts: a kit's part columns. group_by is the field `kit_key`: rows with the same key are lines of one kit.
        card: set for Markdown pages.
        bom_partial: the page lists a kit's main parts only, so it never takes parts away.
        update_only: rows add to articles that are known (data-sheet lists); others are passed over.
        joined: with `kit_key`, the rows of one kit.
    """

    name: str = ""
    entity: str = "auto"
    when: tuple[str, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    parts: tuple[PartColumns, ...] = ()
    card: Card | None = None
    bom_partial: bool = False
    update_only: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """All a supplier's lists need. See `docs/suppliers.md` for the JSON."""

    supplier: str
    name: str = ""
    number_format: str = "auto"
    tables: tuple[Table, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    brands: dict[str, str] = field(default_factory=dict)
    skip: tuple[str, ...] = ()
    not_kits: tuple[str, ...] = ()
    known_parts: dict[str, str] = field(default_factory=dict)
    notes: str = ""

    def rules(self) -> tuple[tuple[re.Pattern[str], Kind], ...]:
        """The category rules, compiled."""
        return tuple((re.compile(pattern), kind) for pattern, word in self.categories if (kind := kind_by_name(word)))


def as_json(mapping: Mapping) -> dict[str, Any]:
    """The JSON object; `from_json` reads it back to an equal mapping."""
    return {
        "version": VERSION,
        "supplier": mapping.supplier,
        "name": mapping.name,
        "number_format": mapping.number_format,
        "tables": [_table_json(table) for table in mapping.tables],
        "categories": [{"match": pattern, "category": word} for pattern, word in mapping.categories],
        "brands": dict(mapping.brands),
        "skip": list(mapping.skip),
        "not_kits": list(mapping.not_kits),
        "known_parts": dict(mapping.known_parts),
        "notes": mapping.notes,
    }


def _table_json(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {"name": table.name, "entity": table.entity, "when": list(table.when)}
    found["columns"] = {name: _column_json(column) for name, column in table.columns.items()}
    if table.parts:
        found["parts"] = [
            {"component": part.component, "count": part.count}
            | {
                name: _column_json(column)
                for name in ("text", "quantity", "brand", "power", "join")
                if (column := getattr(part, name))
            }
            for part in table.parts
        ]
    if table.card:
        found["card"] = {name: getattr(table.card, name) for name in ("title", "price", "item", "quantity", "image")}
    if table.bom_partial:
        found["bom_partial"] = True
    if table.update_only:
        found["update_only"] = True
    return found


def _column_json(column: Column) -> Any:
    if not column.pattern and column.pick == "first":
        return column.headers[0] if len(column.headers) == 1 else list(column.headers)
    return {"headers": list(column.headers), "pattern": column.pattern, "pick": column.pick}


def load(text: str | bytes, *, supplier: str = "", origin: str = "the mapping") -> Mapping:
    """A mapping from JSON text.

    Raises:
        MappingError: it is no JSON, or not a mapping.
    """
    try:
        data = json.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise MappingError(f"{origin}: expected JSON, found something else ({error}).") from error
    return from_json(data, supplier=supplier, origin=origin)


def shipped(supplier: str) -> Mapping | None:
    """The mapping that comes with the product; None for a supplier it does not know."""
    path = FOLDER / f"{supplier}.json"
    return load(path.read_bytes(), origin=path.name) if re.fullmatch(r"[a-z0-9_-]+", supplier) and path.is_file() else None


def from_json(data: object, *, supplier: str = "", origin: str = "the mapping") -> Mapping:
    """Check and read the JSON object. Unknown keys are refused, so that a misspelt one is not passed over.

    Args:
        supplier: the code it is used for, when the JSON names none.

    Raises:
        MappingError: with the place of the first fault.
    """
    top = _object(data, origin, {"version", "supplier", "name", "number_format", "tables", "categories", "brands", "skip",
                                 "not_kits", "known_parts", "notes"})  # fmt: skip
    if top.get("version", VERSION) != VERSION:
        raise MappingError(f"{origin}.version: expected {VERSION}, found {top.get('version')!r}.")
    tables = tuple(
        _table(each, f"{origin}.tables[{place}]") for place, each in enumerate(_list(top.get("tables", []), f"{origin}.tables"))
    )
    categories = []
    for place, each in enumerate(_list(top.get("categories", []), f"{origin}.categories")):
        where = f"{origin}.categories[{place}]"
        rule = _object(each, where, {"match", "category"})
        if kind_by_name(_text(rule.get("category"), f"{where}.category")) is None:
            raise MappingError(f"{where}.category: expected a product category or component type, found {rule['category']!r}.")
        categories.append((_pattern(rule.get("match"), f"{where}.match"), rule["category"]))
    return Mapping(
        supplier=_text(top.get("supplier") or supplier, f"{origin}.supplier"),
        name=_text(top.get("name", ""), f"{origin}.name"),
        number_format=_choice(top.get("number_format", "auto"), STYLES, f"{origin}.number_format"),
        tables=tables,
        categories=tuple(categories),
        brands=_texts(top.get("brands", {}), f"{origin}.brands"),
        skip=tuple(_pattern(each, f"{origin}.skip") for each in _list(top.get("skip", []), f"{origin}.skip")),
        not_kits=tuple(_pattern(each, f"{origin}.not_kits") for each in _list(top.get("not_kits", []), f"{origin}.not_kits")),
        known_parts=_texts(top.get("known_parts", {}), f"{origin}.known_parts"),
        notes=_text(top.get("notes", ""), f"{origin}.notes"),
    )


def _table(data: object, where: str) -> Table:
    table = _object(data, where, {"name", "entity", "when", "columns", "parts", "card", "bom_partial", "update_only"})
    columns: dict[str, Column] = {}
    for name, spec in _object(table.get("columns", {}), f"{where}.columns", None).items():
        if name not in FIELDS and not re.fullmatch(r"attribute:[a-z0-9_]+", name):
            raise MappingError(f"{where}.columns: expected one of {', '.join(FIELDS)} or attribute:NAME, found {name!r}.")
        columns[name] = _column(spec, f"{where}.columns.{name}")
    parts = []
    for place, each in enumerate(_list(table.get("parts", []), f"{where}.parts")):
        spot = f"{where}.parts[{place}]"
        part = _object(each, spot, {"component", "count", "text", "quantity", "brand", "power", "join"})
        component = _text(part.get("component", ""), f"{spot}.component")
        if component and kind_by_name(component) is None:
            raise MappingError(f"{spot}.component: expected a component type such as PANEL or INVERTER, found {component!r}.")
        found = {
            name: _column(part[name], f"{spot}.{name}")
            for name in ("text", "quantity", "brand", "power", "join")
            if part.get(name)
        }
        if not {"text", "join", "power"} & set(found):
            raise MappingError(f"{spot}: expected text, power or join, found {', '.join(found) or 'none of them'}.")
        count = _choice(part.get("count", "stated"), ("stated", "from_power", "one"), f"{spot}.count")
        parts.append(PartColumns(component=component, count=count, **found))
    card = None
    if table.get("card"):
        given = _object(table["card"], f"{where}.card", {"title", "price", "item", "quantity", "image"})
        card = Card(**{name: _pattern(value, f"{where}.card.{name}") if value else "" for name, value in given.items()})
    return Table(
        name=_text(table.get("name", ""), f"{where}.name"),
        entity=_choice(table.get("entity", "auto"), ENTITIES, f"{where}.entity"),
        when=tuple(_text(each, f"{where}.when") for each in _list(table.get("when", []), f"{where}.when")),
        columns=columns,
        parts=tuple(parts),
        card=card,
        bom_partial=table.get("bom_partial", False) is True,
        update_only=table.get("update_only", False) is True,
    )


def _column(spec: object, where: str) -> Column:
    if isinstance(spec, str):
        return Column((spec,))
    if isinstance(spec, list):
        return Column(tuple(_text(each, where) for each in spec))
    given = _object(spec, where, {"headers", "pattern", "pick"})
    headers = given.get("headers", ["*"])
    return Column(
        tuple(
            _text(each, f"{where}.headers")
            for each in ([headers] if isinstance(headers, str) else _list(headers, f"{where}.headers"))
        ),
        _pattern(given["pattern"], f"{where}.pattern") if given.get("pattern") else "",
        _choice(given.get("pick", "first"), PICKS, f"{where}.pick"),
    )


def _object(data: object, where: str, known: set[str] | None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise MappingError(f"{where}: expected an object, found {type(data).__name__}.")
    if known is not None and (unknown := set(data) - known):
        raise MappingError(f"{where}: expected the keys {', '.join(sorted(known))}; found {', '.join(sorted(unknown))} too.")
    return data


def _list(data: object, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise MappingError(f"{where}: expected a list, found {type(data).__name__}.")
    return data


def _text(data: object, where: str) -> str:
    if not isinstance(data, str):
        raise MappingError(f"{where}: expected a text, found {type(data).__name__}.")
    return data


def _texts(data: object, where: str) -> dict[str, str]:
    return {key: _text(value, f"{where}.{key}") for key, value in _object(data, where, None).items()}


def _choice(data: object, choices: tuple[str, ...], where: str) -> str:
    if data not in choices:
        raise MappingError(f"{where}: expected one of {', '.join(choices)}, found {data!r}.")
    return str(data)


def _pattern(data: object, where: str) -> str:
    pattern = _text(data, where)
    if len(pattern) > 500:
        raise MappingError(f"{where}: expected a regular expression of at most 500 characters, found {len(pattern)}.")
    try:
        re.compile(pattern)
    except re.error as error:
        raise MappingError(f"{where}: expected a regular expression, found {pattern!r} ({error}).") from error
    return pattern


def same_header(wanted: str, header: str) -> bool:
    """Whether a declared column name means this header: exactly, or without case and punctuation; "*" ends a beginning."""
    if wanted == "*":
        return True
    if wanted.endswith("*"):
        return fold(clean(header)).startswith(fold(wanted[:-1]))
    return clean(wanted) == clean(header) or (bool(header_key(wanted)) and header_key(wanted) == header_key(header))
