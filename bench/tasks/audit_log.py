"""Saves with and without the change log, and its verification, in a process of the product's own."""

# ruff: noqa: E402  (Django first)

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from statistics import median
from typing import Any
from uuid import UUID

import django

from bench.children import answer, question

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import ChangeLogEntry
from audit.presenters import Narrator
from audit.timeline import Filters, read
from audit.verify import verify
from products.models import Product
from ysh.core.actor import Actor, acting_as
from ysh.core.db.actor_settings import ActorSettings

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
            # Without log nobody need be told who acts. The caches are told of the write either way.
            connection.execute_wrappers[:] = [one for one in wrappers if on or not isinstance(one, ActorSettings)]
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


def pages(requests: int, entries: int, days: int, seed: int) -> dict[str, Any]:
    """Read pages of the log as the admin and the API do, with what is told of them; milliseconds by kind of page."""
    chosen = random.Random(seed)
    records, month = max(entries // 10, 1), datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    products = {"schema": "products", "table": "products"}

    def day() -> dict[str, Any]:
        since = month + timedelta(days=chosen.randrange(max(days, 1)))
        return {"since": since, "until": since + timedelta(days=1), "source": "admin"}

    def request() -> UUID:
        found = ChangeLogEntry.objects.filter(
            record_id=str(chosen.randrange(records)), table_name="products", table_schema="products"
        )
        return found.values_list("request_id", flat=True)[:1].get() or UUID(int=0)

    def run() -> UUID:
        number = chosen.randrange(0, (entries - 1) // 100_000 + 1, 10)
        return UUID(md5(f"run {number}".encode(), usedforsecurity=False).hexdigest())

    kinds: dict[str, Callable[[], Filters]] = {
        "page_history": lambda: Filters(**products, record_id=str(chosen.randrange(records)), with_children=True),
        "page_actor": lambda: Filters(**products, actor=f"person {chosen.randrange(20)}"),
        "page_field": lambda: Filters(**products, field="description"),
        "page_days": lambda: Filters(**day()),
        "page_request": lambda: Filters(request_id=request()),
        "page_run": lambda: Filters(run_id=run()),
        "page_nothing": lambda: Filters(**products, source="api", operation="DELETE"),
    }
    taken: dict[str, list[float]] = {}
    for name, make in kinds.items():
        times = taken.setdefault(name, [])
        for _turn in range(requests if name != "page_nothing" else max(requests // 10, 5)):
            filters = make()
            begun = time.perf_counter()
            page = read(filters)
            narrator = Narrator.of(page.entries)
            told = [narrator.sentence(entry) for entry in page.entries]
            times.append((time.perf_counter() - begun) * 1000)
            if bool(told) == (name == "page_nothing"):
                raise ValueError(f"{name}: {len(told)} entries for {filters}.")
    return {"milliseconds": taken}


asked = question()
with acting_as(Actor("bench", "admin", reason="benchmark")):
    if asked["what"] == "saves":
        answer(saves(asked["saves"]))
    elif asked["what"] == "pages":
        answer(pages(asked["requests"], asked["entries"], asked["days"], asked["seed"]))
    else:
        answer(verified())
