"""Kits through the API."""

from decimal import Decimal
from typing import Any

import pytest

from tests.products.api.conftest import Catalogue

KITS = "/api/v1/kits/"


def ids(client: Any, query: str) -> list[str]:
    response = client.get(f"{KITS}?{query}")
    assert response.status_code == 200, response.content
    return [row["kit_id"] for row in response.json()["results"]]


class TestKits:
    def test_a_detail_says_all(self, api_client: Any, catalogue: Catalogue) -> None:
        body = api_client.get(f"{KITS}KIT-A/").json()
        assert (body["total_price"], body["price_per_wp"], body["power_kwp"]) == ("8900.00", "1.4590", 6.1)
        assert (body["availability"], body["available_quantity"]) == ("IN_STOCK", 3)
        assert body["inmetro_certified"] is False
        assert [(part["sku"], part["quantity"], part["total_price"]) for part in body["components"]] == [
            ("PNL-DAH-610", 10, "4899.00"),
            ("INV-DEYE-5", 1, "2890.00"),
        ]
        assert [part["ence"]["source"] for part in body["components"]] == ["registry", "supplier"]
        assert [(check["rule_id"], check["outcome"]) for check in body["checks"]] == [("R02", "FAIL"), ("R01", "PASS")]
        assert body["checks"][0]["accepted_until"] == "2027-01-01T00:00:00Z"
        assert body["regional_price"] is None

    def test_unknown_stock_is_unknown(self, api_client: Any, catalogue: Catalogue) -> None:
        type(catalogue.inverter).objects.filter(pk=catalogue.inverter.pk).update(stock_quantity=None)
        body = api_client.get(f"{KITS}KIT-A/").json()
        assert (body["availability"], body["available_quantity"]) == ("UNKNOWN", None)
        body = api_client.get(f"{KITS}KIT-B/").json()
        assert (body["availability"], body["inmetro_certified"], body["total_price"]) == ("UNKNOWN", None, None)

    def test_drafts_are_for_staff(self, api_client: Any, staff_api_client: Any, catalogue: Catalogue) -> None:
        assert ids(api_client, "ordering=kit_id") == ["KIT-A", "KIT-B"]
        assert ids(staff_api_client, "ordering=kit_id") == ["KIT-A", "KIT-B", "KIT-DRAFT"]
        assert ids(api_client, "review_state=DRAFT") == []
        for path in ("", "check/", "cost-breakdown/"):
            assert api_client.get(f"{KITS}KIT-DRAFT/{path}").status_code == 404
            assert staff_api_client.get(f"{KITS}KIT-DRAFT/{path}").status_code == 200

    def test_a_states_price(self, api_client: Any, catalogue: Catalogue) -> None:
        for state, price in (("BR-AM", "10012.50"), ("BR-SP", "8900.00")):
            row = api_client.get(f"{KITS}?state={state}&fields=regional_price&ordering=kit_id").json()["results"][0]
            assert row == {"regional_price": price}
            assert api_client.get(f"{KITS}KIT-A/?state={state}").json()["regional_price"] == price
        assert ids(api_client, "state=BR-AM&min_price=10000") == ["KIT-A"]
        assert ids(api_client, "state=BR-SP&min_price=10000") == []
        assert api_client.get(f"{KITS}KIT-A/?state=BR-XX").status_code == 400

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("system_type=ON_GRID&ordering=-power_kwp", "KIT-B KIT-A"),
            ("phase=TRI", "KIT-B"),
            ("phase=MONO,BI", "KIT-A"),
            ("voltage_phase=MONO_220", "KIT-A"),
            ("roof_type=CERAMIC", "KIT-A"),
            ("supplier=fotus", "KIT-B"),
            ("manufacturer=deye", "KIT-A"),
            ("min_power_kwp=6.1&max_power_kwp=6.1", "KIT-A"),
            ("min_inverter_power_kw=10", "KIT-B"),
            ("max_price=8900", "KIT-A"),
            ("check_state=UNKNOWN&ordering=kit_id", "KIT-A KIT-B"),
            ("check_state=PASS", ""),
            ("consumption_kwh=500", ""),
            ("ordering=total_price", "KIT-A KIT-B"),
            ("ordering=-total_price", "KIT-A KIT-B"),
        ],
    )
    def test_filters_and_orders(self, api_client: Any, catalogue: Catalogue, query: str, found: str) -> None:
        assert ids(api_client, query) == found.split()

    @pytest.mark.parametrize("query", ["state=SP", "phase=QUAD", "fields=components", "include=kit", "min_power_kwp=x", "kit=1"])
    def test_what_is_not_understood_is_refused(self, api_client: Any, catalogue: Catalogue, query: str) -> None:
        assert api_client.get(f"{KITS}?{query}").status_code == 400

    def test_included_rows(self, api_client: Any, catalogue: Catalogue) -> None:
        rows = api_client.get(f"{KITS}?include=components,checks&fields=kit_id&ordering=kit_id").json()["results"]
        assert [(len(row["components"]), len(row["checks"])) for row in rows] == [(2, 2), (0, 0)]

    def test_many_kits_cost_no_more_queries(
        self, api_client: Any, catalogue: Catalogue, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(10):  # two set the transaction up; then list, parts, labels, findings, prices
            api_client.get(f"{KITS}?include=components,checks,prices")


def test_findings(api_client: Any, catalogue: Catalogue) -> None:
    response = api_client.get(f"{KITS}KIT-A/check/")
    body = response.json()
    assert body["check_state"] == "UNKNOWN"
    assert [row["rule_id"] for row in body["findings"]] == ["R02", "R01"]
    assert body["findings"][0]["inputs"] == {"voc_v": {"value": 48.2, "source": "datasheet"}}
    assert "reconhecivel" not in response.content.decode()


def test_a_breakdown_adds_up(api_client: Any, catalogue: Catalogue) -> None:
    body = api_client.get(f"{KITS}KIT-A/cost-breakdown/").json()
    assert body["total_price"] == "8900.00"
    assert [line["item"] for line in body["lines"]] == ["Módulo DAH 610 Wp", "Inversor Deye 5 kW", "UNITEMISED"]
    assert sum(Decimal(line["total"]) for line in body["lines"]) == Decimal("8900.00")
    assert sum(Decimal(line["share"]) for line in body["lines"]) == 1
    assert api_client.get(f"{KITS}KIT-B/cost-breakdown/").json()["lines"] == []


@pytest.mark.parametrize("query", ["", "phase=TRI", "roof_type=CERAMIC", "max_price=9000", "state=BR-AM&min_price=9000"])
def test_facets_count_what_the_list_would_show(api_client: Any, catalogue: Catalogue, query: str) -> None:
    asked = dict(part.split("=") for part in query.split("&") if part)
    body = api_client.get(f"{KITS}facets/", asked).json()
    assert body["count"] == api_client.get(KITS, {**asked, "count": "true"}).json()["count"]
    for name, values in body["facets"].items():
        assert sum(value["count"] for value in values) == body["count"]
        for value in values:
            if name not in asked and value["value"] is not None:
                narrowed = api_client.get(KITS, {**asked, name: value["value"]}).json()
                assert len(narrowed["results"]) == value["count"], (name, value)
