"""Pages of a box that is read by place: the same units in the same order as any other way gives."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aneel.models import GenerationUnit, Municipality
from tests.factories.aneel import DistributorFactory, GenerationUnitFactory
from ysh.core.db.expressions import WithinBox

pytestmark = pytest.mark.django_db
UNITS = "/api/v1/generation-units/"
AREA = (-47.2, -24.0, -46.2, -23.2)  # greater São Paulo
BOX = "bbox=" + ",".join(map(str, AREA))


@pytest.fixture
def units() -> None:
    """In six centres of the box, between those outside and those with places of their own, one of each three removed.

    In turn at first, later most in one: the first of a centre are not all that a page has of it.
    """
    distributor = DistributorFactory()
    inside = list(Municipality.objects.filter(WithinBox("centroid", AREA)).order_by("pk")[:6])
    outside = Municipality.objects.get(pk=3304557)
    for n in range(60):
        place: dict[str, Any] = {"municipality": [*inside, outside][n % 7 if n < 21 else n % 8 // 6]}
        if n % 5 == 0:
            place |= {"latitude": Decimal("-23.5") - Decimal(n) / 50, "longitude": Decimal("-46.5")}
        GenerationUnitFactory(
            unit_id=f"unit {n:02d}", distributor=distributor, status="REMOVED" if n % 3 == 2 else "ACTIVE",
            deactivation_date="2026-01-01" if n % 3 == 2 else None, **place,
        )  # fmt: skip


def pages(client: Any, query: str) -> list[str]:
    """All units' ids, page after page."""
    found: list[str] = []
    address: str | None = f"{UNITS}?{query}"
    while address:
        answer = client.get(address).json()
        found += [unit["unit_id"] for unit in answer["results"]]
        address = answer["next"]
    return found


@pytest.mark.parametrize(
    "more",
    ["page_size=7", "page_size=7&ordering=-id", "page_size=15", "page_size=15&ordering=-id", "page_size=500", "page_size=1"],
)
def test_a_box_read_by_place_has_the_units_in_it_and_no_others(units: None, api_client: Any, more: str) -> None:
    west, south, east, north = AREA
    expected = [
        unit.unit_id
        for unit in GenerationUnit.objects.filter(status="ACTIVE", geolocation__isnull=False).order_by("pk")
        if west <= unit.geolocation.x <= east and south <= unit.geolocation.y <= north
    ]
    assert 20 < len(expected) < 40
    assert pages(api_client, f"{BOX}&{more}") == (expected[::-1] if "-id" in more else expected)


@pytest.mark.parametrize("more", ["state=BR-SP", "status=ALL", "ordering=-installed_power_kw"])
def test_other_filters_and_orders_go_their_usual_way(units: None, api_client: Any, more: str) -> None:
    with CaptureQueriesContext(connection) as sent:
        found = pages(api_client, f"{BOX}&{more}")
    assert not [query for query in sent if '"municipalities"' in query["sql"] and "ARRAY" in query["sql"]]
    plain = set(pages(api_client, BOX))
    assert set(found) >= plain if more == "status=ALL" else set(found) == plain
