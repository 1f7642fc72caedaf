"""What a parsed list would change in the catalogue: new, changed, unchanged, refused, field by field.

Each row remembers what its supplier's list said last (`raw_data.listed`). A field is changed only when the list says something
else than it did: the same list again changes nothing, and a curator's correction outlives the next list.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from pipeline.suppliers.parse import ListParser
from pipeline.suppliers.records import Note, ParsedKit, ParsedList, ParsedProduct

INSERT, UPDATE, UNCHANGED = "INSERT", "UPDATE", "UNCHANGED"

# Fields of a list -> columns, where they have the same meaning.
PRODUCT_FIELDS = ("name", "description", "category", "subcategory", "brand", "model", "image_urls", "datasheet_url")
KIT_FIELDS = (
    "name", "description", "system_type", "power_kwp", "declared_power_kwp", "inverter_power_kw", "voltage_phase",
    "roof_type", "image_urls",
)  # fmt: skip
_BATCH = 5_000


@dataclass(slots=True)
class Change:
    """One article or kit.

    Attributes:
        kind: "product" or "kit". key: SKU or kit id. action: INSERT, UPDATE or UNCHANGED.
        text: what the list says, see `listed`; of new rows and unchanged ones nothing, as `parsed` has it. pk: of the stored row.
        fields: field -> (before, after) of what is written, for people; of a new row in a preview only.
        values: column -> new value.
        prices: prices to add to the history, in order.
        components: of a kit, (article key, part, count) when they are to be written anew.
    """

    kind: str
    key: str
    name: str
    action: str
    text: str
    parsed: ParsedProduct | ParsedKit
    digest: str = ""
    pk: int | None = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    prices: list[Decimal] = field(default_factory=list)
    components: Sequence[Sequence[Any]] | None = None

    @property
    def listed(self) -> str:
        """What the list says, as JSON text with its keys in order. A new row's is made when it is written: kept for all rows of
        an import it would be a tenth of the memory."""
        if self.text or self.action == UNCHANGED:
            return self.text
        parsed = self.parsed
        return text_of_listed(
            listed_product(parsed) if isinstance(parsed, ParsedProduct) else listed_kit(parsed, self.components or [])
        )

    @property
    def price_move(self) -> tuple[Decimal, Decimal] | None:
        """(before, after) of a price that moved."""
        before, after = self.fields.get("price", (None, None))
        return (Decimal(before), Decimal(after)) if before and after and Decimal(before) != Decimal(after) else None


@dataclass(slots=True)
class Plan:
    """All changes of an import; `notes` include those of the comparison."""

    parsed: ParsedList
    products: list[Change] = field(default_factory=list)
    kits: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def counts(self, kind: str) -> dict[str, int]:
        changes = self.products if kind == "products" else self.kits
        refused = self.parsed.refused_products if kind == "products" else self.parsed.refused_kits
        found = {"inserted": 0, "updated": 0, "unchanged": 0, "rejected": len(refused)}
        for change in changes:
            found[{INSERT: "inserted", UPDATE: "updated"}.get(change.action, "unchanged")] += 1
        return found

    @property
    def price_changes(self) -> int:
        return sum(change.price_move is not None for change in [*self.products, *self.kits])


def listed_product(product: ParsedProduct) -> dict[str, Any]:
    """What the list says of an article."""
    return {
        **{name: getattr(product, name) for name in PRODUCT_FIELDS},
        "specifications": product.specifications,
        "price": str(product.prices[-1]) if product.prices else None,
        "available": product.available,
        "stock": product.stock,
        "url": product.url,
        "source_key": product.source_key,
    }


def components_of(kit: ParsedKit, parser: ListParser) -> list[list[Any]]:
    """A kit's parts as [article key, part, count] in order."""
    return [[parser.article_key(part), part.component, part.quantity] for part in kit.parts]


def listed_kit(kit: ParsedKit, components: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """What the list says of a kit; `components` as `components_of` gives them."""
    return {
        "name": kit.name,
        "description": kit.description,
        "system_type": kit.system_type,
        "power_kwp": str(kit.power_kwp),
        "declared_power_kwp": str(kit.declared_kwp) if kit.declared_kwp is not None else None,
        "inverter_power_kw": str(kit.inverter_kw) if kit.inverter_kw is not None else None,
        "voltage_phase": kit.voltage_phase,
        "roof_type": kit.roof_type,
        "image_urls": kit.image_urls,
        "price": str(kit.prices[-1]) if kit.prices else None,
        "available": kit.available,
        "url": kit.url,
        "hybrid_ready": kit.hybrid_ready,
        "components": list(components),
    }


def text_of_listed(listed: dict[str, Any]) -> str:
    return json.dumps(listed, sort_keys=True, ensure_ascii=False, default=str)


def digest_of(listed: str) -> str:
    return hashlib.sha256(listed.encode()).hexdigest()[:32]


def make_plan(parsed: ParsedList, parser: ListParser, *, shown: bool = True) -> Plan:
    """Compare a parsed list with the catalogue. Reads, writes nothing.

    Args:
        shown: people will look at it, so new rows are told field by field.

    Memory: of rows whose list says the same as last time only the key is read.
    """
    plan = Plan(parsed, notes=list(parsed.notes))
    _plan_products(plan, shown=shown)
    _plan_kits(plan, parser, shown=shown)
    return plan


def _known(table: str, key: str, keys: Sequence[str]) -> dict[str, tuple[int, str, bool]]:
    """key -> (id, digest of what the list said last, is a placeholder)."""
    found: dict[str, tuple[int, str, bool]] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _BATCH):
            cursor.execute(
                f"SELECT {key}, id, coalesce(raw_data ->> 'digest', ''), coalesce((raw_data ->> 'placeholder')::boolean, false) "  # noqa: S608
                f"FROM {table} WHERE {key} = ANY(%s)",
                [list(keys[start : start + _BATCH])],
            )
            found |= {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}
    return found


def _stored(table: str, columns: Sequence[str], ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Full rows of the few that differ."""
    found: dict[int, dict[str, Any]] = {}
    names = ["id", *columns, "raw_data"]
    with connection.cursor() as cursor:
        for start in range(0, len(ids), _BATCH):
            cursor.execute(f"SELECT {', '.join(names)} FROM {table} WHERE id = ANY(%s)", [list(ids[start : start + _BATCH])])  # noqa: S608
            for row in cursor.fetchall():
                values = dict(zip(names, row, strict=True))
                values["raw_data"] = _json(values["raw_data"]) or {}
                if "specifications" in values:
                    values["specifications"] = _json(values["specifications"]) or {}
                found[values["id"]] = values
    return found


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _plan_products(plan: Plan, *, shown: bool) -> None:
    products = list(plan.parsed.products.values())
    known = _known("products.products", "sku", [product.key for product in products])
    changed: list[tuple[ParsedProduct, dict[str, Any], str, int]] = []
    for product in products:
        stored = known.get(product.key)
        if product.update_only and stored is None:
            plan.notes.append(Note("not_in_catalogue", product.key))
            continue
        listed = listed_product(product)
        text = text_of_listed(listed)
        digest = digest_of(text)
        if stored is None:
            change = Change("product", product.key, product.name, INSERT, "", product, digest, prices=product.prices)
            if shown:
                change.fields = {name: (None, value) for name, value in listed.items() if value not in (None, "", [], {})}
            plan.products.append(change)
        elif product.placeholder or stored[1] == digest:
            plan.products.append(Change("product", product.key, product.name, UNCHANGED, "", product, pk=stored[0]))
        else:
            changed.append((product, listed, digest, stored[0]))
    columns = [*PRODUCT_FIELDS, "specifications", "cost_price", "status", "stock_quantity"]
    rows = _stored("products.products", columns, [pk for _product, _listed, _digest, pk in changed])
    for product, listed, digest, pk in changed:
        plan.products.append(_changed_product(plan, product, listed, digest, rows[pk]))


def _changed_product(plan: Plan, product: ParsedProduct, listed: dict[str, Any], digest: str, row: dict[str, Any]) -> Change:
    before = row["raw_data"].get("listed") or {}
    if product.update_only:
        listed = {**before, "datasheet_url": product.datasheet_url}
        if before.get("datasheet_url") == product.datasheet_url:
            return Change("product", product.key, row["name"], UNCHANGED, "", product, pk=row["id"])
    elif not listed["datasheet_url"] and before.get("datasheet_url"):
        listed["datasheet_url"] = before["datasheet_url"]  # it came from the list of data sheets
        if before == listed:
            return Change("product", product.key, product.name, UNCHANGED, "", product, pk=row["id"])
    text = text_of_listed(listed)
    change = Change("product", product.key, row["name"], UPDATE, text, product, digest_of(text), pk=row["id"])
    for name in PRODUCT_FIELDS:
        _merge(
            plan, change, name, before=before.get(name, "" if name != "image_urls" else []), after=listed[name], current=row[name]
        )
    specifications = dict(row["specifications"])
    old, new = before.get("specifications") or {}, listed["specifications"]
    for name in sorted({*old, *new}):
        if old.get(name) == new.get(name):
            continue
        if specifications.get(name) not in (None, old.get(name)) and specifications.get(name) != new.get(name):
            plan.notes.append(_kept(product.key, name, specifications[name], new.get(name)))
            continue
        if name in new:
            specifications[name] = new[name]
        else:
            specifications.pop(name, None)
        change.fields[name] = (old.get(name), new.get(name))
    if specifications != row["specifications"]:
        change.values["specifications"] = specifications
    _merge_price(
        plan,
        change,
        "cost_price",
        before=before.get("price"),
        after=listed["price"],
        current=row["cost_price"],
        seen=product.prices,
    )
    _merge_availability(
        change, before.get("available"), listed["available"], row["status"], bool(row["raw_data"].get("placeholder"))
    )
    if before.get("stock") != listed.get("stock"):
        change.fields["stock"] = (before.get("stock"), listed["stock"])
        change.values["stock_quantity"] = listed["stock"]
    return change


def _kept(key: str, name: str, kept: Any, listed: Any) -> Note:
    return Note("curated_kept", key, {"field": name, "kept": str(kept)[:100], "listed": str(listed)[:100]})


def _merge(plan: Plan, change: Change, name: str, *, before: Any, after: Any, current: Any) -> None:
    """Take a field over when the list changed it and nobody corrected it here meanwhile."""
    if before == after:
        return
    if not _same(current, before) and not _same(current, after) and current not in (None, "", []):
        plan.notes.append(_kept(change.key, name, current, after))
        return
    if not _same(current, after):
        change.fields[name] = (before, after)
        change.values[name] = after


def _same(current: Any, listed: Any) -> bool:
    if isinstance(current, Decimal) and listed is not None:
        return current == Decimal(listed)
    return bool(current == listed) or (current in (None, "", []) and listed in (None, "", []))


def _merge_price(
    plan: Plan,
    change: Change,
    column: str,
    *,
    before: str | None,
    after: str | None,
    current: Decimal | None,
    seen: list[Decimal],
) -> None:
    if after is None:
        if before is not None and current is not None:
            plan.notes.append(Note("price_gone", change.key, {"kept": f"{current:f}"}))
        return
    new = list(seen)
    if before is not None and new and new[0] == Decimal(before):
        new = new[1:]
    if before != after or new:
        change.prices = new
    if before != after:
        change.fields["price"] = (before, after)
        change.values[column] = Decimal(after)


def _merge_availability(change: Change, before: bool | None, after: bool | None, status: str, placeholder: bool) -> None:
    """ACTIVE and OUT_OF_STOCK follow the list; what a person retired stays retired; a placeholder becomes an article."""
    wanted = "OUT_OF_STOCK" if after is False else "ACTIVE"
    if (placeholder and status == "DRAFT") or (before != after and status in {"ACTIVE", "OUT_OF_STOCK"} and status != wanted):
        change.fields["status"] = (status, wanted)
        change.values["status"] = wanted


def _plan_kits(plan: Plan, parser: ListParser, *, shown: bool) -> None:
    kits = list(plan.parsed.kits.values())
    known = _known("products.solar_kits", "kit_id", [kit.key for kit in kits])
    partial = _partial_components([known[kit.key][0] for kit in kits if kit.partial and kit.key in known])
    changed: list[tuple[ParsedKit, dict[str, Any], str, int]] = []
    same: dict[tuple[Any, ...], tuple[Any, ...]] = {}  # the same cables and clamps are in thousands of kits
    for kit in kits:
        listed = listed_kit(kit, components_of(kit, parser))
        stored = known.get(kit.key)
        if stored is not None and kit.partial:
            _keep_components(listed, partial.get(stored[0], {}))
        text = text_of_listed(listed)
        digest = digest_of(text)
        if stored is None:
            change = Change(
                "kit",
                kit.key,
                kit.name,
                INSERT,
                "",
                kit,
                digest,
                prices=kit.prices,
                components=[same.setdefault(each, each) for each in map(tuple, listed["components"])],
            )
            if shown:
                change.fields = {name: (None, value) for name, value in listed.items() if value not in (None, "", [], {}, False)}
            plan.kits.append(change)
        elif stored[1] == digest:
            plan.kits.append(Change("kit", kit.key, kit.name, UNCHANGED, "", kit, pk=stored[0]))
        else:
            changed.append((kit, listed, digest, stored[0]))
    rows = _stored("products.solar_kits", [*KIT_FIELDS, "kit_cost", "status"], [pk for *_rest, pk in changed])
    current = _current_components([pk for *_rest, pk in changed])
    for kit, listed, digest, pk in changed:
        row = rows[pk]
        before = row["raw_data"].get("listed") or {}
        change = Change("kit", kit.key, row["name"], UPDATE, text_of_listed(listed), kit, digest, pk=pk)
        for name in KIT_FIELDS:
            _merge(
                plan,
                change,
                name,
                before=before.get(name, [] if name == "image_urls" else None),
                after=listed[name],
                current=row[name],
            )
        if before.get("components") != listed["components"]:
            if not before or sorted(map(str, before.get("components") or [])) == sorted(map(str, current.get(pk, []))):
                change.components = listed["components"]
                change.fields["components"] = (before.get("components"), listed["components"])
            else:
                plan.notes.append(_kept(kit.key, "components", "", listed["components"]))
        _merge_price(
            plan, change, "kit_cost", before=before.get("price"), after=listed["price"], current=row["kit_cost"], seen=kit.prices
        )
        _merge_availability(change, before.get("available"), listed["available"], row["status"], False)
        plan.kits.append(change)


def _partial_components(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, raw_data -> 'listed' FROM products.solar_kits WHERE id = ANY(%s)", [list(ids)])
        return {pk: _json(listed) or {} for pk, listed in cursor.fetchall()}


def _keep_components(listed: dict[str, Any], stored: dict[str, Any]) -> None:
    """A list of main parts only takes no parts away: the stored ones stay when the main ones are the same."""
    main = {"PANEL", "INVERTER", "MICROINVERTER", "BATTERY"}
    before = stored.get("components") or []
    if sorted(map(str, (each for each in before if each[1] in main))) == sorted(
        map(str, (each for each in listed["components"] if each[1] in main))
    ):
        listed["components"] = before
        for name in ("roof_type", "description", "image_urls", "url", "voltage_phase", "inverter_power_kw"):
            listed[name] = stored.get(name, listed[name])


def _current_components(ids: Sequence[int]) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        for start in range(0, len(ids), _BATCH):
            cursor.execute(
                "SELECT c.kit_id, p.sku, c.component_type, c.quantity FROM products.kit_components c "
                "JOIN products.products p ON p.id = c.product_id WHERE c.kit_id = ANY(%s) "
                "ORDER BY c.kit_id, c.display_order, c.id",
                [list(ids[start : start + _BATCH])],
            )
            for kit, sku, part, quantity in cursor.fetchall():
                found[kit].append([sku, part, quantity])
    return found


def refused_rows(parsed: ParsedList) -> Iterable[tuple[str, Any]]:
    """("product" or "kit", refusal) of every record not taken."""
    yield from (("product", refused) for refused in parsed.refused_products)
    yield from (("kit", refused) for refused in parsed.refused_kits)
