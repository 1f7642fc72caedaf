"""Writing a plan: COPY into temporary tables, then one statement a table. Every price seen becomes a row of the history."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql

from pipeline.suppliers.maker_book import MakerBook
from pipeline.suppliers.plan import INSERT, UPDATE, Change, Plan
from pipeline.suppliers.records import ParsedKit, ParsedProduct
from products.actions.completeness import refresh_completeness
from products.rules.completeness import kit_completeness, product_completeness

_PRODUCT_TYPES = {
    "id": "bigint", "sku": "varchar", "name": "varchar", "description": "text", "category": "varchar", "subcategory": "varchar",
    "manufacturer_id": "bigint", "model": "varchar", "brand": "varchar", "specifications": "jsonb", "completeness": "numeric",
    "missing": "text[]", "cost_price": "numeric", "status": "varchar", "stock_quantity": "integer", "image_urls": "text[]",
    "datasheet_url": "varchar", "source_run_id": "uuid", "raw_data": "jsonb",
}  # fmt: skip
_KIT_TYPES = {
    "id": "bigint", "kit_id": "varchar", "sku": "varchar", "name": "varchar", "description": "text", "system_type": "varchar",
    "power_kwp": "numeric", "declared_power_kwp": "numeric", "inverter_power_kw": "numeric", "voltage_phase": "varchar",
    "roof_type": "varchar", "kit_cost": "numeric", "completeness": "numeric", "missing": "text[]", "status": "varchar",
    "supplier_id": "varchar", "image_urls": "text[]", "source_run_id": "uuid", "raw_data": "jsonb",
}  # fmt: skip


def write_plan(cursor: Any, plan: Plan, *, supplier: str, run_id: UUID, makers: MakerBook, now: datetime) -> None:
    """Write a plan inside the caller's transaction.

    Args:
        cursor: a psycopg cursor of Django's connection; the actor is told to PostgreSQL already.
        plan: what `plan.make_plan` found; changes that are UNCHANGED are passed over.
        supplier: code of an existing supplier.
        run_id: the import's run; every row written carries it.
        makers: names to manufacturers.
        now: from when on the prices are in force.
    """
    _insert(
        cursor,
        "products",
        _PRODUCT_TYPES,
        (_new_product(each, supplier, run_id, makers) for each in plan.products if each.action == INSERT),
    )
    _update(
        cursor,
        "products",
        _PRODUCT_TYPES,
        [each for each in plan.products if each.action == UPDATE],
        run_id=run_id,
        makers=makers,
    )
    _insert(cursor, "solar_kits", _KIT_TYPES, (_new_kit(each, supplier, run_id) for each in plan.kits if each.action == INSERT))
    _update(cursor, "solar_kits", _KIT_TYPES, [each for each in plan.kits if each.action == UPDATE], run_id=run_id, makers=makers)
    refresh_completeness(kit_ids=[each.pk for each in plan.kits if each.action == UPDATE and each.pk is not None])
    _components(cursor, plan.kits)
    _prices(cursor, plan, supplier, run_id, now)


def _raw(change: Change, placeholder: bool) -> str:
    where: dict[str, Any] = {"digest": change.digest, "file": change.parsed.file, "line": change.parsed.line}
    if placeholder:
        where["placeholder"] = True
    return f'{{"listed": {change.listed}, {json.dumps(where, ensure_ascii=False)[1:]}'


def _new_product(change: Change, supplier: str, run_id: UUID, makers: MakerBook) -> dict[str, Any]:
    product = change.parsed
    assert isinstance(product, ParsedProduct)  # noqa: S101  (tells mypy; kinds are kept apart by the plan)
    share, missing = product_completeness(product.category, product.specifications)
    return {
        "sku": product.key,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "subcategory": product.subcategory,
        "manufacturer_id": makers.id_of(product.brand),
        "model": product.model,
        "brand": product.brand,
        "specifications": json.dumps(product.specifications),
        "completeness": share,
        "missing": missing,
        "cost_price": product.prices[-1] if product.prices else None,
        "status": "DRAFT" if product.placeholder else "OUT_OF_STOCK" if product.available is False else "ACTIVE",
        "stock_quantity": product.stock,
        "image_urls": product.image_urls,
        "datasheet_url": product.datasheet_url,
        "source_run_id": run_id,
        "raw_data": _raw(change, product.placeholder),
    }


def _new_kit(change: Change, supplier: str, run_id: UUID) -> dict[str, Any]:
    kit = change.parsed
    assert isinstance(kit, ParsedKit)  # noqa: S101
    row: dict[str, Any] = {
        "kit_id": kit.key,
        "sku": kit.key,
        "name": kit.name,
        "description": kit.description,
        "system_type": kit.system_type,
        "power_kwp": kit.power_kwp,
        "declared_power_kwp": kit.declared_kwp,
        "inverter_power_kw": kit.inverter_kw,
        "voltage_phase": kit.voltage_phase,
        "roof_type": kit.roof_type,
        "kit_cost": kit.prices[-1] if kit.prices else None,
        "status": "OUT_OF_STOCK" if kit.available is False else "ACTIVE",
        "supplier_id": supplier,
        "image_urls": kit.image_urls,
        "source_run_id": run_id,
        "raw_data": _raw(change, False),
    }
    row["completeness"], row["missing"] = kit_completeness(row)
    return row


def _copy(cursor: Any, table: str, types: dict[str, str], rows: Iterable[Sequence[Any]]) -> int:
    """Fill a temporary table of these columns; how many rows."""
    definition = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in types.items())  # type: ignore[arg-type]
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{0}").format(sql.Identifier(table)))
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(table), definition))
    count = 0
    columns = sql.SQL(", ").join(map(sql.Identifier, types))
    with cursor.copy(sql.SQL("COPY pg_temp.{} ({}) FROM STDIN").format(sql.Identifier(table), columns)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _insert(cursor: Any, table: str, types: dict[str, str], rows: Iterable[dict[str, Any]]) -> None:
    wanted = {name: kind for name, kind in types.items() if name != "id"}
    staged = f"import_new_{table}"
    if _copy(cursor, staged, wanted, ([row[name] for name in wanted] for row in rows)):
        columns = sql.SQL(", ").join(map(sql.Identifier, wanted))
        cursor.execute(
            sql.SQL("INSERT INTO products.{} ({}) SELECT {} FROM pg_temp.{}").format(
                sql.Identifier(table), columns, columns, sql.Identifier(staged)
            )
        )


def _update(
    cursor: Any, table: str, types: dict[str, str], changes: Sequence[Change], *, run_id: UUID, makers: MakerBook
) -> None:
    """Grouped by which columns change, so that a day's new prices write nothing else."""
    groups: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for change in changes:
        values = dict(change.values)
        if table == "products" and {"specifications", "category"} & set(values):
            product = change.parsed
            assert isinstance(product, ParsedProduct)  # noqa: S101
            values.setdefault("specifications", product.specifications)
            values["completeness"], values["missing"] = product_completeness(product.category, values["specifications"])
            values["specifications"] = json.dumps(values["specifications"])
        if "brand" in values:
            values["manufacturer_id"] = makers.id_of(values["brand"])
        values |= {"source_run_id": run_id, "raw_data": _raw(change, getattr(change.parsed, "placeholder", False))}
        groups.setdefault(tuple(sorted(values)), []).append((change.pk or 0, values))
    for names, rows in groups.items():
        staged = f"import_changed_{table}"
        wanted = {"id": "bigint", **{name: types[name] for name in names}}
        _copy(cursor, staged, wanted, ([pk, *(values[name] for name in names)] for pk, values in rows))
        assignments = sql.SQL(", ").join(sql.SQL("{0} = t.{0}").format(sql.Identifier(name)) for name in names)
        cursor.execute(
            sql.SQL("UPDATE products.{} r SET {} FROM pg_temp.{} t WHERE r.id = t.id").format(
                sql.Identifier(table), assignments, sql.Identifier(staged)
            )
        )


def _components(cursor: Any, kits: Sequence[Change]) -> None:
    """Replace the parts of the kits whose parts change; articles are found by key, as they may be new."""
    changed = [kit for kit in kits if kit.components is not None and kit.action in {INSERT, UPDATE}]
    if not changed:
        return
    types = {
        "kit_id": "varchar",
        "sku": "varchar",
        "component_type": "varchar",
        "quantity": "integer",
        "display_order": "integer",
    }
    rows = (
        (kit.key, sku, part, quantity, order)
        for kit in changed
        for order, (sku, part, quantity) in enumerate(kit.components or [])
    )
    staged = _copy(cursor, "import_components", types, rows)
    replaced = [kit.pk for kit in changed if kit.pk is not None]
    if replaced:
        cursor.execute("DELETE FROM products.kit_components WHERE kit_id = ANY(%s)", [replaced])
    cursor.execute(
        "INSERT INTO products.kit_components (kit_id, product_id, component_type, quantity, display_order) "
        "SELECT k.id, p.id, t.component_type, t.quantity, t.display_order FROM pg_temp.import_components t "
        "JOIN products.solar_kits k ON k.kit_id = t.kit_id JOIN products.products p ON p.sku = t.sku"
    )
    if cursor.rowcount != staged:
        raise RuntimeError(f"Expected an article for each of {staged} parts, found {cursor.rowcount}: a key is missing.")


def _prices(cursor: Any, plan: Plan, supplier: str, run_id: UUID, now: datetime) -> None:
    types = {"kind": "varchar", "key": "varchar", "amount": "numeric", "valid_from": "timestamptz"}
    rows = (
        (change.kind, change.key, amount, now + timedelta(microseconds=place))
        for change in (*plan.products, *plan.kits)
        if change.action in {INSERT, UPDATE}
        for place, amount in enumerate(change.prices)
    )
    if _copy(cursor, "import_prices", types, rows):
        for kind, column, table, key in (("product", "product_id", "products", "sku"), ("kit", "kit_id", "solar_kits", "kit_id")):
            cursor.execute(
                sql.SQL(
                    "INSERT INTO products.prices ({}, supplier_id, kind, amount, valid_from, source_run_id) "
                    "SELECT r.id, %s, 'COST', t.amount, t.valid_from, %s FROM pg_temp.import_prices t "
                    "JOIN products.{} r ON r.{} = t.key "
                    "WHERE t.kind = %s ORDER BY t.valid_from, r.id"
                ).format(sql.Identifier(column), sql.Identifier(table), sql.Identifier(key)),
                [supplier, run_id, kind],
            )
