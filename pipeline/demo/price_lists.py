"""The demo catalogue as a supplier's price lists: articles with their data sheets as columns, and kits by article codes.

What no supplier's list says (sale price, installation, review) is not in them; `catalogue` adds it after the import.
"""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from pipeline.demo.catalogue_article import brazilian
from pipeline.demo.catalogue_kits import DemoKit
from pipeline.demo.catalogue_parts import ROOFS
from pipeline.demo.catalogue_products import DemoProduct
from pipeline.suppliers.mapping import Column, Mapping, PartColumns, Table
from products.rules.families import FAMILIES

SUPPLIER_CODE, SUPPLIER_NAME = "demo", "Demonstração"
PRODUCT_COLUMNS = ("Código", "Produto", "Descrição", "Categoria", "Marca", "Modelo", "Custo", "Estoque", "Situação")
KIT_COLUMNS = ("Kit", "Nome", "Apresentação", "Potência declarada", "Cobertura", "Preço do kit")
ATTRIBUTES = tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family))
PARTS = 9  # part columns of a kit: no demo kit has more


def demo_mapping() -> Mapping:
    """How the lists are to be read; the same declaration as any supplier's."""
    fields = ("key", "name", "description", "category", "brand", "model", "price", "stock", "status")
    products = dict(zip(fields, PRODUCT_COLUMNS, strict=True))
    kits = dict(zip(("key", "name", "description", "declared_kwp", "roof", "price"), KIT_COLUMNS, strict=True))
    own = {**products, "source_key": "Código", **{f"attribute:{name}": name for name in ATTRIBUTES}}
    return Mapping(
        SUPPLIER_CODE,
        name=SUPPLIER_NAME,
        number_format="pt-BR",
        tables=(
            Table("kits", "kits", ("Kit", "Peça 1"), _columns(kits), parts=tuple(map(_part, range(1, PARTS + 1)))),
            Table("products", "products", ("Código", "Custo"), _columns(own)),
        ),
        notes="manage.py seed_demo",
    )


def _columns(names: dict[str, str]) -> dict[str, Column]:
    return {field: Column((header,)) for field, header in names.items()}


def _part(number: int) -> PartColumns:
    return PartColumns(join=Column((f"Peça {number}",)), quantity=Column((f"Quantidade {number}",)))


def write_price_lists(
    folder: Path, *, products: Sequence[DemoProduct], kits: Sequence[DemoKit], name: str = "demo"
) -> tuple[Path, ...]:
    """Write the two lists; the same articles and kits give the same bytes.

    Returns:
        The files: of articles, and of kits when there are any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_write(folder / f"{name}_products.csv", (*PRODUCT_COLUMNS, *ATTRIBUTES), map(_product_row, products))]
    if kits:
        header = [*KIT_COLUMNS, *(f"{word} {number}" for number in range(1, PARTS + 1) for word in ("Peça", "Quantidade"))]
        paths.append(_write(folder / f"{name}_kits.csv", header, map(_kit_row, kits)))
    return tuple(paths)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _code(sku: str) -> str:
    return sku.removeprefix(f"{SUPPLIER_CODE.upper()}-")


def _reais(amount: Decimal) -> str:
    whole, cents = f"{amount:.2f}".split(".")
    return f"R$ {int(whole):,}".replace(",", ".") + f",{cents}"


def _product_row(product: DemoProduct) -> list[object]:
    stock = "" if product.stock_quantity is None else product.stock_quantity
    # "Accessories" would say less than the name does.
    category = "" if product.category == "acessorios" else product.category
    return [
        _code(product.sku), product.name, f"{product.name}. Artigo inventado para demonstração.", category,
        product.brand, product.model, _reais(product.cost_price), stock,
        "Indisponível" if product.status == "OUT_OF_STOCK" else "Disponível",
        *(_cell(product.specifications.get(name)) for name in ATTRIBUTES),
    ]  # fmt: skip


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "sim" if value else "não"
        case int() | float():
            return brazilian(value) if abs(value) < 100_000 else str(value)
    return str(value)


def _kit_row(kit: DemoKit) -> list[object]:
    cells: list[object] = [
        _code(kit.kit_id), kit.name, kit.description, brazilian(float(kit.power_kwp)) + " kWp", ROOFS[kit.roof_type],
        _reais(kit.kit_cost),
    ]  # fmt: skip
    for part in kit.components:
        cells += [_code(part.product.sku), part.quantity]
    return cells + [""] * (len(KIT_COLUMNS) + 2 * PARTS - len(cells))
