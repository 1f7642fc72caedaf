"""Exports: whole filtered lists, streamed, safe to open in a spreadsheet."""

import csv
import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest

from tests.aneel.api.conftest import many_units  # noqa: F401  (a fixture)
from tests.factories.products import ProductFactory
from ysh.core.api.exports import cell

UNITS, PRODUCTS = "/api/v1/generation-units/", "/api/v1/products/"


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+55 11", "'+55 11"),
        ("-cmd", "'-cmd"),
        ("-12.50", "-12.50"),
        (-3.5, -3.5),
        (True, "true"),
        (None, None),
        (["a", "b"], "a; b"),
        (["=a"], "'=a"),
        ({"a": 1}, '{"a": 1}'),
        ("a=b", "a=b"),
    ],
)
def test_cells(value: Any, shown: Any) -> None:
    assert cell(value) == shown


def test_the_whole_filtered_list(api_client: Any, db: None) -> None:
    ProductFactory.create_batch(60)
    ProductFactory(name='=HYPERLINK("x")', category="cabos", specifications={})
    rows = list(csv.DictReader(io.StringIO(text_of(api_client.get(f"{PRODUCTS}?format=csv&fields=sku,name,sale_price")))))
    assert len(rows) == 61  # more than a page
    assert list(rows[0]) == ["sku", "name", "sale_price"]
    assert rows[-1]["name"] == '\'=HYPERLINK("x")'
    lines = text_of(api_client.get(f"{PRODUCTS}?format=ndjson&category=cabos")).splitlines()
    assert [json.loads(line)["category"] for line in lines] == ["cabos"]
    assert json.loads(lines[0])["name"] == '=HYPERLINK("x")'
    assert text_of(api_client.get(f"{PRODUCTS}?format=ndjson&category=baterias")) == ""
    assert text_of(api_client.get("/api/v1/tariffs/?format=csv&fields=tariff_id")) == "tariff_id\r\n"
    assert text_of(api_client.get("/api/v1/kits/?format=csv&fields=kit_id")) == "kit_id\r\n"
    assert api_client.get(f"{PRODUCTS}?format=csv")["Content-Disposition"] == 'attachment; filename="product.csv"'


def test_packed_as_it_goes(api_client: Any, db: None, many_units: int) -> None:  # noqa: F811
    plain = b"".join(api_client.get(f"{UNITS}?format=csv").streaming_content)
    response = api_client.get(f"{UNITS}?format=csv", headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    packed = b"".join(response.streaming_content)
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2


def test_drafts_are_for_staff(api_client: Any, staff_api_client: Any, db: None) -> None:
    ProductFactory(sku="D", status="DRAFT")
    assert "D\r\n" not in text_of(api_client.get(f"{PRODUCTS}?format=csv&fields=sku"))
    assert "D\r\n" in text_of(staff_api_client.get(f"{PRODUCTS}?format=csv&fields=sku"))


@pytest.mark.parametrize(
    "query", ["cursor=x", "page_size=5", "ordering=name", "count=true", "include=ence", "nope=1", "category=x"]
)
def test_what_makes_no_sense_is_refused(api_client: Any, db: None, query: str) -> None:
    response = api_client.get(f"{PRODUCTS}?format=csv&{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_detail_has_no_export(api_client: Any, db: None) -> None:
    ProductFactory(sku="A")
    assert api_client.get(f"{PRODUCTS}A/?format=csv").status_code == 400


def test_few_a_minute_without_a_scope(api_client: Any, db: None, settings: Any) -> None:
    settings.API_EXPORTS_PER_MINUTE = 2
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 100_000, "user": 0}
    answers = [api_client.get(f"{PRODUCTS}?format=csv&fields=sku", REMOTE_ADDR="192.0.2.77").status_code for _ in range(4)]
    assert answers.count(429) >= 1


def test_memory_does_not_grow_with_the_list(api_client: Any, db: None, many_units: int) -> None:  # noqa: F811
    """Twenty thousand rows, 16 MB as text, pass through less than half of that."""
    response = api_client.get(f"{UNITS}?format=ndjson")
    tracemalloc.start()
    count = size = 0
    for part in response.streaming_content:
        count += part.count(b"\n")
        size += len(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == many_units
    assert size > 12_000_000
    assert peak < size / 2
