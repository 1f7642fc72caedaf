"""Articles of the catalogue by the supplier's own keys, for lists whose kits name parts by a key."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import connection

from pipeline.suppliers.brands import Brands
from pipeline.suppliers.classify import Kind, kind_by_name, kind_of
from pipeline.suppliers.identify import Articles
from pipeline.suppliers.parts import Part, parse_part


class StoredArticles:
    """What the catalogue has of a supplier; this one has nothing."""

    def by_source_key(self, key: str) -> tuple[str, Part] | None:
        """(SKU, part) by the key a list gave the article (component id)."""
        return None

    def find(self, part: Part) -> str:
        """The SKU of the article a kit's part surely is; empty when there is none."""
        return ""

    def has(self, sku: str) -> bool:
        """Whether the catalogue has this article, not only because a kit named it."""
        return False


class CatalogueArticles(StoredArticles):
    """The supplier's articles of the catalogue, read at the first question, in one query.

    What the catalogue knows better, a corrected power, counts: it is what the kit is made of.
    """

    def __init__(self, supplier: str, brands: Brands) -> None:
        self._supplier, self._brands = supplier, brands
        self._keys: dict[str, tuple[str, Part]] | None = None
        self._skus: set[str] = set()
        self._articles = Articles()

    def by_source_key(self, key: str) -> tuple[str, Part] | None:
        return self._read().get(key)

    def find(self, part: Part) -> str:
        self._read()
        return self._articles.find(part)

    def has(self, sku: str) -> bool:
        self._read()
        return sku in self._skus

    def _read(self) -> dict[str, tuple[str, Part]]:
        if self._keys is not None:
            return self._keys
        self._keys = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(raw_data -> 'listed' ->> 'source_key', ''), sku, name, category, subcategory, specifications, "
                "coalesce((raw_data ->> 'placeholder')::boolean, false), coalesce(raw_data -> 'listed' ->> 'name', ''), "
                "brand, model "
                "FROM products.products WHERE starts_with(sku, %s) "
                "ORDER BY coalesce((raw_data ->> 'placeholder')::boolean, false) DESC, id",
                [f"{self._supplier.upper()}-"],
            )
            for key, sku, name, category, subcategory, specifications, placeholder, listed, brand, model in cursor:
                values = json.loads(specifications) if isinstance(specifications, str) else specifications
                if key:
                    self._keys[key] = (
                        sku,
                        _rated(parse_part(name, self._brands, kind=_kind(name, category, subcategory)), values),
                    )
                if not placeholder:
                    self._skus.add(sku)
                    plain = Part(listed or name, _kind(name, category, subcategory), brand=brand, model=model)
                    self._articles.add(sku, listed or name, _rated(plain, values))
        return self._keys


def _kind(name: str, category: str, subcategory: str) -> Kind:
    kind = kind_of(name)
    return (
        kind
        if kind.category == category
        else kind_by_name("MICROINVERTER" if subcategory == "microinversor" else category) or kind
    )


def _rated(part: Part, values: dict[str, Any]) -> Part:
    """The part with the ratings the catalogue has."""
    if values.get("power_wp"):
        part = replace(part, power_wp=Decimal(str(values["power_wp"])))
    if values.get("ac_power_kw"):
        part = replace(part, ac_kw=Decimal(str(values["ac_power_kw"])))
    if values.get("topology"):
        part = replace(part, topology=str(values["topology"]))
    return part
