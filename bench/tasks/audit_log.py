"""Saves with and without the change log, and its verification, in a process of the product's own."""

# ruff: noqa: E402  (Django first)

import time
from statistics import median
from typing import Any

import django

from bench.children import answer, question

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import ChangeLogEntry
from audit.verify import verify
from products.models import Product
from ysh.core.actor import Actor, acting_as

ROUNDS = 10


def saves(count: int) -> dict[str, Any]:
    """Save one product over and over, in rounds with and without log in turn; the median of each."""
    product = Product.objects.create(sku="BENCH-SAVE", name="Módulo fotovoltaico", category="paineis", seo_slug="bench-save")
    Product.objects.filter(pk=product.pk).update(description="Monocristalino, bifacial, 144 células " * 5)
    product.refresh_from_db()
    wrappers = list(connection.execute_wrappers)
    times: dict[bool, list[float]] = {True: [], False: []}
    queries: dict[bool, int] = {}
    before = ChangeLogEntry.objects.count()
    number = 0
    for _round in range(ROUNDS):
        for on in (True, False):
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE products.products {'ENABLE' if on else 'DISABLE'} TRIGGER log_update")
            # Without log nobody need be told who acts.
            connection.execute_wrappers[:] = wrappers if on else []
            for turn in range(max(count // ROUNDS, 5) + 3):
                number += 1
                product.stock_quantity = number
                begun = time.perf_counter()
                product.save()
                if turn >= 3:
                    times[on].append(time.perf_counter() - begun)
            with CaptureQueriesContext(connection) as captured:
                product.save()
            queries[on] = len(captured)
    connection.execute_wrappers[:] = wrappers
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE products.products ENABLE TRIGGER log_update")
    figures = {
        "save_on_ms": median(times[True]) * 1000,
        "save_off_ms": median(times[False]) * 1000,
        "save_ratio": median(times[True]) / median(times[False]),
        "save_queries": queries[True] - queries[False],
    }
    return {
        "figures": figures,
        "expected": ROUNDS * (max(count // ROUNDS, 5) + 3),
        "entries": ChangeLogEntry.objects.count() - before,
    }


def verified() -> dict[str, Any]:
    """Verify the whole log. Its copies elsewhere are another database's."""
    settings.DYNAMODB_ENABLED = False
    begun = time.perf_counter()
    found = verify()
    return {"seconds": time.perf_counter() - begun, "entries": found.entries, "findings": len(found.findings)}


asked = question()
with acting_as(Actor("bench", "admin", reason="benchmark")):
    answer(saves(asked["saves"]) if asked["what"] == "saves" else verified())
