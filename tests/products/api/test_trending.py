"""What is looked at most: counted on kept answers too, shown from cards that end with a change."""

from typing import Any

import pytest
from django.test import override_settings

from products.choices import ProductStatus
from products.models import Product
from tests.core.cache.conftest import cache_settings, layers_on
from tests.products.api.conftest import Catalogue
from ysh.core.cache import background, names, redis_tier, versions, views

__all__ = ["layers_on"]

TRENDING = "/api/v1/products/trending/"
pytestmark = pytest.mark.usefixtures("layers_on")


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    views.looked_at.clear()


def counted() -> None:
    views.looked_at.tell()
    assert background.drain()


def shown(api_client: Any, query: str = "") -> list[tuple[str, int]]:
    return [(row["sku"], row["views"]) for row in api_client.get(TRENDING + query).json()["results"]]


def test_each_reader_counts_whether_the_answer_was_kept_or_not(catalogue: Catalogue, api_client: Any, staff_client: Any) -> None:
    panel, inverter = catalogue.panel.sku, catalogue.inverter.sku
    for sku, times in ((panel, 2), (inverter, 3)):
        for _ in range(times):
            assert api_client.get(f"/api/v1/products/{sku}/").status_code == 200
    tag = api_client.get(f"/api/v1/products/{inverter}/")["ETag"]
    assert api_client.get(f"/api/v1/products/{inverter}/", headers={"if-none-match": tag}).status_code == 304
    for unseen in ("none", catalogue.draft_product.sku):
        assert api_client.get(f"/api/v1/products/{unseen}/").status_code == 404
    staff_client.get(f"/api/v1/products/{panel}/")
    counted()
    assert shown(api_client) == [(inverter, 5), (panel, 2)]
    assert shown(api_client, "?limit=1&days=1") == [(inverter, 5)]


def test_cards_end_with_a_change(catalogue: Catalogue, api_client: Any) -> None:
    views.note(catalogue.panel.sku)
    counted()
    with override_settings(API_CACHE=False):
        before = api_client.get(TRENDING).json()["results"][0]
        detail = api_client.get(f"/api/v1/products/{catalogue.panel.sku}/").json()
        assert before == {"views": 1} | {name: detail[name] for name in before if name != "views"}
        Product.objects.filter(pk=catalogue.panel.pk).update(name="Another name")
        versions.bump(["products"])  # what the commit does
        assert api_client.get(TRENDING).json()["results"][0]["name"] == "Another name"
        Product.objects.filter(pk=catalogue.panel.pk).update(status=ProductStatus.DISCONTINUED)
        versions.bump(["products"])
        assert shown(api_client) == []


def test_from_cards_alone(catalogue: Catalogue, api_client: Any, django_assert_max_num_queries: Any) -> None:
    for sku in (catalogue.panel.sku, catalogue.inverter.sku):
        views.note(sku)
    counted()
    with override_settings(API_CACHE=False):
        first = api_client.get(TRENDING).json()
        assert redis_tier.client().keys(f"{names.prefix()}:card:*")
        with django_assert_max_num_queries(3) as queries:  # the statement's time limit, set and reset
            assert api_client.get(TRENDING).json() == first
        assert not [query for query in queries if "products" in query["sql"]]


@pytest.mark.parametrize("query", ["?days=0", "?days=8", "?limit=51", "?q=a"])
def test_strict(db: None, api_client: Any, query: str) -> None:
    assert api_client.get(TRENDING + query).status_code == 400


def test_without_redis_it_is_empty(catalogue: Catalogue, api_client: Any) -> None:
    with override_settings(CACHES=cache_settings(LOCATION="redis://127.0.0.1:1/0"), API_CACHE=False):
        assert shown(api_client) == []
