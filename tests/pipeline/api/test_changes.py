"""The feed of changes through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.api.changes import encode
from pipeline.changes import Place
from tests.factories.products import ProductFactory
from tests.pipeline.published_feed import put_on_sale

CHANGES = "/api/v1/changes/"


def test_pages_from_the_beginning(api_client: Any, committed: None) -> None:
    skus = ["FEED-A", "FEED-B", "FEED-C"]
    for sku in skus:
        put_on_sale(sku)
    url, seen = f"{CHANGES}?page_size=2&type=product", []
    while True:
        body = api_client.get(url).json()
        seen += [(row["key"], row["operation"], row["path"]) for row in body["results"]]
        url = body["next"]
        if not body["has_more"]:
            break
    assert seen == [(sku, "INSERT", f"products/{sku}/") for sku in skus]
    assert api_client.get(url).json()["results"] == []
    assert api_client.get(f"{CHANGES}?since={body['cursor']}").json()["results"] == []


def test_latest(api_client: Any, db: None) -> None:
    body = api_client.get(f"{CHANGES}?since=latest").json()
    assert (body["results"], body["has_more"]) == ([], False)


def test_drafts_are_told_to_nobody(api_client: Any, staff_api_client: Any, db: None) -> None:
    ProductFactory(status="DRAFT")
    for client in (api_client, staff_api_client):
        assert client.get(CHANGES).json()["results"] == []


def test_what_is_not_understood_is_refused(api_client: Any, db: None) -> None:
    for query, code in (
        ("since=made-up", "invalid_cursor"),
        ("type=unit", "invalid_parameter"),
        ("cursor=x", "unknown_parameter"),
        ("page_size=501", "invalid_parameter"),
    ):
        response = api_client.get(f"{CHANGES}?{query}")
        assert (response.status_code, response.json()["code"]) == (400, code), query
    good = api_client.get(CHANGES).json()["cursor"]
    assert api_client.get(f"{CHANGES}?since={good[:-1]}x").status_code == 400


def test_a_cursor_that_is_too_old(api_client: Any, db: None) -> None:
    old = encode(Place(0, 1, 0, datetime.now(UTC) - timedelta(days=400)))
    response = api_client.get(f"{CHANGES}?since={old}")
    assert (response.status_code, response.json()["code"]) == (410, "cursor_expired")
    assert response["Content-Type"] == "application/problem+json"
