"""Fills the catalogue with kits, checks them, and opens the kit's editor, in a process of the product's own."""

# ruff: noqa: E402  (Django first)

import resource
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

import ysh.gunicorn
from pipeline.demo.catalogue import write_catalogue
from products.actions.check_processes import check_in_processes
from products.choices import ReviewState
from products.models import KitCheck, Product, SiteConditions, SolarKit
from ysh.core.actor import Actor, acting_as

# What the demo's data sheets leave out now and then: here every rule has to do its work.
_COMPLETED: dict[str, dict[str, Any]] = {
    "paineis": {"temp_coeff_voc_pct_per_c": -0.26, "temp_coeff_pmax_pct_per_c": -0.3, "temp_coeff_isc_pct_per_c": 0.045},
    "inversores": {"short_circuit_factor_included": False, "dc_switch": True, "dc_surge_protection": True},
}
_OF_MICROS: dict[str, Any] = {"max_module_power_wp": 750, "max_units_per_branch": 6}
COLDER_C = -3


def fill(products: int, kits: int, seed: int, *, published: bool) -> dict[str, Any]:
    """Kits of the demo's generators with complete data sheets; returns how many, and how many sorts."""
    write_catalogue(products=products, kits=kits, seed=seed)
    articles = list(Product.objects.filter(category__in=_COMPLETED))
    for article in articles:
        given = article.specifications
        more: dict[str, Any] = _OF_MICROS if given.get("topology") == "micro" else {}
        article.specifications = {**_COMPLETED[article.category], **more, **given}
    Product.objects.bulk_update(articles, ["specifications"], batch_size=500)
    if published:
        keys = list(SolarKit.objects.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), 500):  # the change log compares a statement's rows with each other
            SolarKit.objects.filter(pk__in=keys[start : start + 500]).update(review_state=ReviewState.PUBLISHED)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT parts), count(*) FROM (SELECT string_agg(product_id || 'x' || quantity, ',' "
            "ORDER BY product_id) AS parts FROM products.kit_components "
            "WHERE component_type IN ('PANEL', 'INVERTER', 'MICROINVERTER', 'BATTERY') GROUP BY kit_id) AS lists"
        )
        different, found = cursor.fetchone()
        # As autovacuum does within minutes: what was just written many times over also waits to be put into the search's indexes.
        cursor.execute("VACUUM (ANALYZE) products.products, products.solar_kits, products.kit_components, products.prices")
    return {"kits": found, "different": different}


def measure(workers: int) -> dict[str, Any]:
    """All kits for the first time, unchanged, and at a lower temperature of the country."""
    passes = {"first": _pass(workers), "same": _pass(workers)}
    SiteConditions.objects.update_or_create(
        code="BR",
        defaults={"name": "Brasil", "min_ambient_c": COLDER_C, "max_cell_c": 70, "temperature_source": "benchmark"},
    )
    passes["colder"] = _pass(workers)
    return {"passes": passes, "findings": KitCheck.objects.count()}


def _pass(workers: int) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), _cpu_s()
    report = check_in_processes(workers=workers)
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": _cpu_s() - cpu,
        "checked": report.checked,
        "written": report.inserted + report.updated + report.deleted,
    }


def _cpu_s() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def editor(requests: int) -> dict[str, Any]:
    """The kit's page in the admin, of kits spread over the catalogue: milliseconds and queries of each."""
    ysh.gunicorn.when_ready(None)  # as a web worker begins
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("bench-editor", "bench@example.org"))
    keys = list(SolarKit.objects.order_by("pk").values_list("pk", flat=True))
    chosen = keys[:: max(len(keys) // (requests + 3), 1)][: requests + 3]
    taken, queries, sound = [], [], 0
    for number, key in enumerate(chosen):
        path = reverse("admin:products_solarkit_change", args=[key])
        with CaptureQueriesContext(connection) as captured:
            begun = time.perf_counter()
            page = client.get(path, headers={"host": "127.0.0.1"})
            spent = (time.perf_counter() - begun) * 1000
        if number < 3:  # templates are compiled at the first
            continue
        taken.append(spent)
        queries.append(len(captured))
        sound += page.status_code == 200
    return {"ms": taken, "queries": queries, "sound": sound}


if __name__ == "__main__":  # processes of a pass import this module again
    asked = question()
    with acting_as(Actor("bench", "command", reason="benchmark")):
        if asked["what"] == "fill":
            answer(fill(asked["products"], asked["kits"], asked["seed"], published=asked.get("published", False)))
        elif asked["what"] == "measure":
            answer(measure(asked["workers"]))
        else:
            answer(editor(asked["requests"]))
