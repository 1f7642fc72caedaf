"""What the reading benchmark asks for: an administrator, and places, codes and cursors that exist in the loaded table."""

# ruff: noqa: PLC0415  (models can be imported after django.setup() only)

import random
from typing import Any

import django

from bench.children import answer, question

CITY_DEGREES, REGION_DEGREES = 0.2, 5.0
OFF_CENTRE_DEGREES = 0.45  # about 50 km


def samples(asked: dict[str, Any]) -> dict[str, Any]:
    """Everything the requests need, drawn from a seed.

    Args:
        asked: `seed`, `username`, `password`.
    """
    from django.contrib.auth import get_user_model
    from django.db import connection

    from aneel.models import GenerationUnit, GenerationUnitStatistics, Municipality

    get_user_model().objects.create_superuser(asked["username"], "bench@example.org", asked["password"])
    draw = random.Random(asked["seed"])
    units = GenerationUnit.objects.order_by()
    first, last = units.order_by("id")[0].pk, units.order_by("-id")[0].pk
    drawn = list(
        units.filter(pk__in=[draw.randint(first, last) for _ in range(300)]).values(
            "pk", "unit_id", "state", "distributor_id", "municipality_id"
        )
    )
    rare = (
        GenerationUnitStatistics.objects.exclude(source_type=None).exclude(consumer_class=None).order_by("unit_count", "key")[:25]
    )
    places = {m.pk: (m.centroid.x, m.centroid.y) for m in Municipality.objects.exclude(centroid=None)}
    cities = [places[unit["municipality_id"]] for unit in drawn if unit["municipality_id"] in places]
    anywhere = [
        (x + draw.uniform(-OFF_CENTRE_DEGREES, OFF_CENTRE_DEGREES), y + draw.uniform(-OFF_CENTRE_DEGREES, OFF_CENTRE_DEGREES))
        for x, y in draw.sample(sorted(places.values()), 200)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM aneel.generation_units")
        rows = cursor.fetchone()[0]
    return {
        "rows": rows,
        "unit_ids": [unit["unit_id"] for unit in drawn],
        "states": sorted({unit["state"] for unit in drawn}),
        "distributors": sorted({unit["distributor_id"] for unit in drawn}),
        "municipalities": sorted({unit["municipality_id"] for unit in drawn if unit["municipality_id"]}),
        "rare": [{"state": row.state, "source_type": row.source_type, "consumer_class": row.consumer_class} for row in rare],
        "points": [{"lon": round(x, 4), "lat": round(y, 4)} for x, y in anywhere],
        "cities": [_box(x, y, CITY_DEGREES) for x, y in cities],
        "regions": [_box(x, y, REGION_DEGREES) for x, y in cities],
        "cursors": _cursors([unit["pk"] for unit in drawn if unit["pk"] > (first + last) // 2]),
    }


def _cursors(keys: list[int]) -> list[str]:
    """Places deep inside the list in its default order, as the API itself would give them after millions of rows."""
    from aneel.api.urls import router
    from ysh.core.api.cursors import Cursor

    basename = next(basename for prefix, _viewset, basename in router.registry if prefix == "generation-units")
    return [Cursor("id", False, (key,)).encode(basename) for key in keys]


def _box(x: float, y: float, degrees: float) -> str:
    """A box around a point, kept inside Brazil's bounds."""
    half = degrees / 2
    west, east = max(x - half, -74.0), min(x + half, -29.0)
    south, north = max(y - half, -33.9), min(y + half, 5.4)
    return f"{west:.4f},{south:.4f},{east:.4f},{north:.4f}"


if __name__ == "__main__":
    django.setup()
    answer(samples(question()))
