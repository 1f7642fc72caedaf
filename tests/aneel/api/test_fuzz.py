"""Any query string gets an answer the contract knows: never a 5xx, never a page of HTML."""

from typing import Any
from urllib.parse import quote_plus

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aneel.api.filters import (
    CertificationFilterSet,
    DatasetFilterSet,
    GenerationUnitFilterSet,
    MunicipalityFilterSet,
    TariffFilterSet,
)
from aneel.api.units import NearestForm
from pipeline.api.filters import RunFilterSet
from products.api.filters import KitFilterSet, ProductFilterSet
from tests.factories.aneel import CertificationFactory, DatasetFactory, GenerationUnitFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory
from tests.factories.products import KitComponentFactory, SolarKitFactory
from ysh.core.api.pagination import KeysetPagination

LISTS = (
    "generation-units/",
    "generation-units/nearest/",
    "generation-units/statistics/",
    "datasets/",
    "distributors/",
    "municipalities/",
    "tariffs/",
    "tariffs/current/",
    "certifications/",
    "products/",
    "products/facets/",
    "kits/",
    "kits/facets/",
    "runs/",
    "status/",
)
NAMES = st.sampled_from(
    sorted(
        {
            *GenerationUnitFilterSet.base_filters,
            *TariffFilterSet.base_filters,
            *CertificationFilterSet.base_filters,
            *MunicipalityFilterSet.base_filters,
            *DatasetFilterSet.base_filters,
            *RunFilterSet.base_filters,
            *ProductFilterSet.base_filters,
            *KitFilterSet.base_filters,
            *NearestForm.base_fields,
            *KeysetPagination.parameters,
            *("fields", "include", "format", "group_by", "on"),
        }
    )
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.decimals()).map(str)
VALUES = st.one_of(
    st.sampled_from(
        [
            *(
                "BR-SP",
                "BR-SP,BR-RJ",
                "ACTIVE",
                "ALL",
                "UFV",
                "true",
                "json",
                "geojson",
                "id",
                "-id",
                "-connection_date",
                "unit_id",
            ),
            *("-50,-30,-40,-20", "2026-08-13", "2026-08-13T00:00:00Z", "9999-12-31T23:59:59-23:59", "0", "-23.5", "50", "total"),
            *(
                "1e400",
                "%00",
                "' OR 1=1 --",
                "\\",
                "%s",
                "{}",
                "*",
                "a:b:c",
                "é",
                "\u202e",
                "\U0010ffff",
                "ﬀ",
                "İ",
                "\x01",
                "\x7f",
            ),
        ]
    ),
    NUMBERS,
    st.text(max_size=30),
    st.lists(NUMBERS, min_size=4, max_size=4).map(",".join),
)
QUERIES = st.lists(st.tuples(st.one_of(NAMES, NAMES, NAMES, st.text(max_size=8)), VALUES), max_size=4)
RAW = st.binary(max_size=40)
KNOWN = {200, 400, 406}


@pytest.fixture
def rows(db: None) -> None:
    for factory in (GenerationUnitFactory, DatasetFactory, TariffFactory, CertificationFactory, IngestionRunFactory):
        factory()
    KitComponentFactory(kit=SolarKitFactory(review_state="PUBLISHED", status="ACTIVE"))


def check(path: str, query: str) -> None:
    response = Client().get(f"/api/v1/{path}", QUERY_STRING=query)
    assert response.status_code in KNOWN, (path, query)
    assert response["Content-Type"] in ("application/json", "application/geo+json", "application/problem+json")
    body = response.json()
    if response.status_code == 400:
        assert body["errors"] or body["code"] == "malformed_request"
        assert all(item["detail"] and item["code"] for item in body["errors"])


@given(path=st.sampled_from(LISTS), query=QUERIES)
@example(path="generation-units/", query=[("min_installed_power_kw", "9" * 15 + "." + "9" * 15)])
@example(path="generation-units/", query=[("updated_since", "0001-01-01T00:00:00+14:00")])
@example(path="tariffs/", query=[("in_force_on", "9999-12-31")])
@example(path="tariffs/current/", query=[("on", "0001-01-01")])
@example(path="datasets/", query=[("q", "\ufffe\U0010ffff")])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_parameters(rows: None, path: str, query: list[tuple[str, str]]) -> None:
    pairs = [(name, value) for name, value in query]
    check(path, "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs))


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


@given(path=st.sampled_from(LISTS), query=RAW)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes(rows: None, path: str, query: bytes) -> None:
    check(path, query.decode("latin-1"))


@given(key=st.text(max_size=60))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_key(rows: None, key: str) -> None:
    for resource in ("datasets", "generation-units", "distributors", "municipalities", "runs"):
        response: Any = Client().get(f"/api/v1/{resource}/x{quote_plus(key.encode('utf-8', 'surrogatepass'))}/")
        assert response.status_code == 404, key
        assert response["Content-Type"] == "application/problem+json"
