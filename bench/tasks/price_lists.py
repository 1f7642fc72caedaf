"""Writes the demo catalogue as a supplier's lists: as they are, and with a hundredth of the articles' prices moved."""

# ruff: noqa: E402  (Django first)

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

from bench.children import answer, question

django.setup()

from pipeline.demo.catalogue_kits import demo_kits
from pipeline.demo.catalogue_products import demo_products
from pipeline.demo.price_lists import demo_mapping, write_price_lists
from pipeline.suppliers.mapping import as_json

EVERY = 100


def write(*, folder: str, products: int, kits: int, seed: int) -> dict[str, Any]:
    """The files' paths, and how many prices the second pair moves."""
    out = Path(folder)
    articles = demo_products(products, seed)
    wanted = demo_kits(kits, seed, articles)
    first = write_price_lists(out, products=articles, kits=wanted, name="list")
    moved = [
        replace(each, cost_price=(each.cost_price * Decimal("1.03")).quantize(Decimal("0.01")) + 1)
        if place % EVERY == 0
        else each
        for place, each in enumerate(articles)
    ]
    later = write_price_lists(out, products=moved, kits=wanted, name="moved")
    mapping = out / "mapping.json"
    mapping.write_text(json.dumps(as_json(demo_mapping()), ensure_ascii=False), "utf-8")
    count = sum(before != after for before, after in zip(articles, moved, strict=True))
    return {"first": [*map(str, first)], "moved": [*map(str, later)], "mapping": str(mapping), "prices": count}


if __name__ == "__main__":
    answer(write(**question()))
