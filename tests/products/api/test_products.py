"""Products through the API."""

from decimal import Decimal
from typing import Any

import pytest

from products.models import Product
from tests.factories.products import ProductFactory
from tests.products.api.conftest import Catalogue

PRODUCTS = "/api/v1/products/"


def skus(client: Any, query: str) -> list[str]:
    response = client.get(f"{PRODUCTS}?{query}")
    assert response.status_code == 200, response.content
    return [row["sku"] for row in response.json()["results"]]


class TestProducts:
    def test_a_detail_says_all(self, api_client: Any, catalogue: Catalogue) -> None:
        body = api_client.get(f"{PRODUCTS}PNL-DAH-610/").json()
        assert (body["sale_price"], body["stock_status"], body["stock_quantity"]) == ("612.38", "IN_STOCK", 45)
        assert body["specifications"]["power_wp"] == 610
        assert body["inmetro_certified"] is True
        assert body["ence"] == {
            "registration": "001234/2024",
            "in_force": True,
            "valid_until": None,
            "manufacturer": "DAH Solar",
            "model": "DHN-610",
            "efficiency_percent": 97.5,
            "regulation": body["ence"]["regulation"],
            "source": "registry",
        }
        assert [(price["kind"], price["amount"]) for price in body["prices"]] == [("SALE", "612.38")]
        assert not {"cost_price", "markup_percent", "raw_data", "id"} & set(body)

    def test_a_number_only_the_supplier_states_is_not_in_force(self, api_client: Any, catalogue: Catalogue) -> None:
        body = api_client.get(f"{PRODUCTS}INV-DEYE-5/").json()
        assert (body["inmetro_certified"], body["inmetro_certificate_number"]) == (False, "009999/2023")
        assert (body["ence"]["in_force"], body["ence"]["source"]) == (False, "supplier")

    def test_without_any_number_there_is_no_label(self, api_client: Any, db: None) -> None:
        ProductFactory(sku="X-1")
        assert api_client.get(f"{PRODUCTS}X-1/").json()["ence"] is None

    def test_drafts_are_for_staff(self, api_client: Any, staff_api_client: Any, catalogue: Catalogue) -> None:
        assert skus(api_client, "ordering=sku") == ["INV-DEYE-5", "PNL-DAH-610"]
        assert skus(staff_api_client, "ordering=sku") == ["INV-DEYE-5", "PNL-DAH-610", "PNL-DRAFT"]
        assert api_client.get(f"{PRODUCTS}PNL-DRAFT/").status_code == 404
        assert staff_api_client.get(f"{PRODUCTS}PNL-DRAFT/").status_code == 200

    def test_lists_leave_heavy_fields_out(self, api_client: Any, catalogue: Catalogue) -> None:
        row = api_client.get(PRODUCTS).json()["results"][0]
        assert "specifications" not in row
        assert "ence" not in row
        row = api_client.get(f"{PRODUCTS}?fields=sku,specifications&include=ence,prices").json()["results"][0]
        assert list(row) == ["sku", "specifications", "ence", "prices"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("category=paineis", "PNL-DAH-610"),
            ("category=inversores,paineis&ordering=-price", "INV-DEYE-5 PNL-DAH-610"),
            ("manufacturer=DAH SOLAR", "PNL-DAH-610"),
            ("inmetro_certified=true", "PNL-DAH-610"),
            ("inmetro_certified=false", "INV-DEYE-5"),
            ("min_power_w=610&max_power_w=610", "PNL-DAH-610"),
            ("min_power_w=4000", "INV-DEYE-5"),
            ("max_price=1000", "PNL-DAH-610"),
            ("min_price=3612.50", "INV-DEYE-5"),
            ("supplier=fortlev", "PNL-DAH-610"),
            ("stock_status=OUT_OF_STOCK", ""),
            ("updated_since=2999-01-01T00:00:00Z", ""),
        ],
    )
    def test_filters(self, api_client: Any, catalogue: Catalogue, query: str, found: str) -> None:
        assert skus(api_client, query) == found.split()

    @pytest.mark.parametrize(
        "query",
        ["category=telhas", "nope=1", "fields=cost_price", "include=raw", "min_price=-1", "ordering=cost_price", "q="],
    )
    def test_what_is_not_understood_is_refused(self, api_client: Any, catalogue: Catalogue, query: str) -> None:
        response = api_client.get(f"{PRODUCTS}?{query}")
        assert response.status_code == 400, response.content
        assert response.json()["errors"]

    def test_pages(self, api_client: Any, db: None) -> None:
        ProductFactory.create_batch(5, sale_price=Decimal("10.00"))
        ProductFactory.create_batch(2, sale_price=None)
        url, seen = f"{PRODUCTS}?page_size=2&ordering=-price&count=true", []
        while url:
            body = api_client.get(url).json()
            assert body["count"] == 7
            seen += [row["sku"] for row in body["results"]]
            url = body["next"]
        assert len(seen) == len(set(seen)) == 7


def test_facets_count_what_the_list_would_show(api_client: Any, catalogue: Catalogue) -> None:
    for query in ("", "category=paineis", "max_price=1000", "inmetro_certified=false"):
        body = api_client.get(f"{PRODUCTS}facets/?{query}").json()
        assert body["count"] == api_client.get(f"{PRODUCTS}?{query}&count=true".replace("?&", "?")).json()["count"]
        for name, values in body["facets"].items():
            assert sum(value["count"] for value in values) == body["count"]
            for value in values:
                if name in query or value["value"] is None:
                    continue
                narrowed = api_client.get(
                    PRODUCTS, {**dict(part.split("=") for part in query.split("&") if part), name: value["value"]}
                )
                assert len(narrowed.json()["results"]) == value["count"], (query, name, value)


def test_facets_of_nothing(api_client: Any, db: None) -> None:
    body = api_client.get(f"{PRODUCTS}facets/").json()
    assert body["count"] == 0
    assert body["facets"]["category"] == []
    assert body["ranges"]["price"] == {"min": None, "max": None}
    assert Product.objects.count() == 0
