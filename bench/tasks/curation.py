"""Opens the curators' pages over a filled catalogue, in a process of the product's own."""

# ruff: noqa: E402  (Django first)

import json
import time
from typing import Any

import django

from bench.children import answer, question

django.setup()

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from products.actions.work_lists import refresh_work_lists
from products.models import KitComponent, Product, SolarKit
from products.worklists import work_lists

WARMING = 2
_HOST: dict[str, Any] = {"headers": {"host": "127.0.0.1"}}


def measure(requests: int) -> dict[str, Any]:
    """Milliseconds and queries of each page, by name."""
    refresh_work_lists()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench-curator", "bench@example.org"))
    kits, products = (reverse(f"admin:products_{name}_changelist") for name in ("solarkit", "product"))
    pages: dict[str, Any] = {"list of kits": kits, "list of products": products}
    pages |= {f"work list {found.key}": f"{kits}?work_list={found.key}" for found in work_lists(SolarKit)}
    pages["search placa 610"] = f"{kits}?q=placa+610"
    pages["counts and facets"] = reverse("admin:products_solarkit_curation")
    pages["home: catalogue"] = reverse("admin:home_catalogue")
    found = {name: _asked(requests, lambda path=path: client.get(path, **_HOST)) for name, path in pages.items()}
    typed = _form()
    totals = reverse("admin:products_kit_totals")
    found["editor: totals of a change"] = _asked(
        requests, lambda: client.post(totals, typed, content_type="application/json", **_HOST)
    )
    return {"kits": SolarKit.objects.count(), "products": Product.objects.count(), "pages": found}


def _form() -> str:
    """What the editor sends at each change: a kit's parts as they stand in the form."""
    parts = KitComponent.objects.filter(kit=SolarKit.objects.order_by("pk").first())
    rows = [{"product": part.product_id, "component_type": part.component_type, "quantity": part.quantity} for part in parts]
    return json.dumps({"parts": rows, "kit_cost": "9000"})


def _asked(requests: int, ask: Any) -> dict[str, Any]:
    taken, queries, sound = [], [], 0
    for number in range(requests + WARMING):
        with CaptureQueriesContext(connection) as captured:
            begun = time.perf_counter()
            page = ask()
            spent = (time.perf_counter() - begun) * 1000
        if number < WARMING:  # templates are compiled, plans made
            continue
        taken.append(spent)
        queries.append(len(captured))
        sound += page.status_code == 200
    return {"ms": taken, "queries": max(queries), "sound": sound}


answer(measure(question()["requests"]))
