"""Articles of the catalogue by the supplier's own keys, for lists whose kits name parts by a key."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from django.db import connection

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import kind_by_name, kind_of
from pipeline.suppliers.parts import Part, parse_part


def stored_parts(supplier: str, brands: Brands) -> Callable[[str], tuple[str, Part] | None]:
    """A look-up of (SKU, part) by the key a list gave the article (component id). Read at the first question, in one query.

    What the catalogue knows better, a corrected power, counts: it is what the kit is made of.
    """
    found: dict[str, tuple[str, Part]] | None = None

    def look_up(key: str) -> tuple[str, Part] | None:
        nonlocal found
        if found is None:
            found = _read(supplier, brands)
        return found.get(key)

    return look_up


def _read(supplier: str, brands: Brands) -> dict[str, tuple[str, Part]]:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT raw_data -> 'listed' ->> 'source_key', sku, name, category, subcategory, specifications "
            "FROM products.products "
            "WHERE starts_with(sku, %s) AND coalesce(raw_data -> 'listed' ->> 'source_key', '') <> '' "
            "ORDER BY coalesce((raw_data ->> 'placeholder')::boolean, false) DESC, id",
            [f"{supplier.upper()}-"],
        )
        for key, sku, name, category, subcategory, specifications in cursor.fetchall():
            values = json.loads(specifications) if isinstance(specifications, str) else specifications
            kind = kind_of(name)
            if kind.category != category:
                kind = kind_by_name("MICROINVERTER" if subcategory == "microinversor" else category) or kind
            part = parse_part(name, brands, kind=kind)
            if values.get("power_wp"):
                part = replace(part, power_wp=Decimal(str(values["power_wp"])))
            if values.get("ac_power_kw"):
                part = replace(part, ac_kw=Decimal(str(values["ac_power_kw"])))
            if values.get("topology"):
                part = replace(part, topology=str(values["topology"]))
            found[key] = (sku, part)
    return found
