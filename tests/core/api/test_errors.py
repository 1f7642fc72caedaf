"""Every error is a problem document with a stable code, in the reader's language."""

from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, connection
from django.test import Client, override_settings
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory

from aneel.api.views import DatasetViewSet
from tests.factories.aneel import DatasetFactory, GenerationUnitFactory
from ysh.core.api import errors

UNITS = "/api/v1/generation-units/"


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:ysh:problem:{code}")
    assert body["title"]
    assert body["detail"]
    UUID(body["request_id"])
    return body


# (query string, code, parameter, code of the fault)
REFUSED = [
    ("staet=BR-SP", "unknown_parameter", "staet", "unknown_parameter"),
    ("page=2", "unknown_parameter", "page", "unknown_parameter"),
    ("limit=2", "unknown_parameter", "limit", "unknown_parameter"),
    ("consumer_name=x", "unknown_parameter", "consumer_name", "unknown_parameter"),
    ("state__in=BR-SP", "unknown_parameter", "state__in", "unknown_parameter"),
    ("state=SP", "invalid_parameter", "state", "invalid_choice"),
    ("state=br-sp", "invalid_parameter", "state", "invalid_choice"),
    ("state=BR-SP,BR-XX", "invalid_parameter", "state", "invalid_choice"),
    ("state=", "invalid_parameter", "state", "empty"),
    ("state=BR-SP&state=BR-RJ", "repeated_parameter", "state", "repeated_parameter"),
    ("status=active", "invalid_parameter", "status", "invalid_choice"),
    ("source_type=SOLAR", "invalid_parameter", "source_type", "invalid_choice"),
    ("consumer_class=Residencial", "invalid_parameter", "consumer_class", "invalid_choice"),
    ("size_class=MEGA", "invalid_parameter", "size_class", "invalid_choice"),
    ("compensation_modality=x", "invalid_parameter", "compensation_modality", "invalid_choice"),
    ("tariff_subgroup=Z9", "invalid_parameter", "tariff_subgroup", "invalid_choice"),
    ("location_precision=UNIT", "invalid_parameter", "location_precision", "invalid_choice"),
    ("person_type=X", "invalid_parameter", "person_type", "invalid_choice"),
    ("quality_flag=odd", "invalid_parameter", "quality_flag", "invalid_choice"),
    ("distributor=123", "invalid_parameter", "distributor", "invalid"),
    ("municipality=35503080", "invalid_parameter", "municipality", "invalid"),
    ("municipality=São Paulo", "invalid_parameter", "municipality", "invalid"),
    ("min_installed_power_kw=1e999999", "invalid_parameter", "min_installed_power_kw", "invalid"),
    ("min_installed_power_kw=-1", "invalid_parameter", "min_installed_power_kw", "out_of_range"),
    ("max_installed_power_kw=99999999999999", "invalid_parameter", "max_installed_power_kw", "out_of_range"),
    ("min_installed_power_kw=1,5", "invalid_parameter", "min_installed_power_kw", "invalid"),
    ("connected_from=13/08/2026", "invalid_parameter", "connected_from", "invalid"),
    ("connected_to=2026-02-30", "invalid_parameter", "connected_to", "invalid"),
    ("updated_since=2026-08-13", "invalid_parameter", "updated_since", "invalid"),
    ("updated_since=2026-08-13T00:00:00", "invalid_parameter", "updated_since", "invalid"),
    ("bbox=1,2,3", "invalid_parameter", "bbox", "invalid"),
    ("bbox=-40,-30,-50,-20", "invalid_parameter", "bbox", "invalid"),
    ("bbox=-400,-30,-50,-20", "invalid_parameter", "bbox", "out_of_range"),
    ("page_size=0", "invalid_parameter", "page_size", "out_of_range"),
    ("page_size=501", "invalid_parameter", "page_size", "out_of_range"),
    ("page_size=ten", "invalid_parameter", "page_size", "invalid"),
    ("page_size=" + "9" * 1500, "invalid_parameter", "page_size", "invalid"),
    ("count=yes", "invalid_parameter", "count", "invalid_choice"),
    ("count=True", "invalid_parameter", "count", "invalid_choice"),
    ("ordering=cpf_cnpj", "invalid_parameter", "ordering", "invalid_choice"),
    ("ordering=--id", "invalid_parameter", "ordering", "invalid_choice"),
    ("ordering=id,state", "invalid_parameter", "ordering", "invalid_choice"),
    ("fields=cpf_cnpj", "invalid_parameter", "fields", "invalid_choice"),
    ("fields=unit_id,raw_data", "invalid_parameter", "fields", "invalid_choice"),
    ("fields=unit_id,unit_id", "invalid_parameter", "fields", "repeated"),
    ("fields=,", "invalid_parameter", "fields", "invalid_choice"),
    ("format=xml", "invalid_format", "format", "invalid_format"),
    ("cursor=x", "invalid_cursor", "cursor", "invalid_cursor"),
    ("state=BR-SP%00", "malformed_query", "", "malformed_query"),
    ("state=%ff", "malformed_query", "", "malformed_query"),
    ("%ff=1", "malformed_query", "", "malformed_query"),
    ("state=%ED%A0%80", "malformed_query", "", "malformed_query"),
    ("state=" + "x" * 3000, "invalid_parameter", "state", "too_long"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_refused_query(db: None, api_client: Any, case: tuple[str, str, str, str]) -> None:
    query, code, parameter, fault = case
    body = problem(api_client.get(f"{UNITS}?{query}"), 400, code)
    assert [(item["parameter"], item["code"]) for item in body["errors"]] == [(parameter, fault)]
    if fault in ("unknown_parameter", "invalid_choice", "invalid_format"):
        assert body["errors"][0]["allowed"]


def test_every_fault_is_named_at_once(db: None, api_client: Any) -> None:
    body = problem(api_client.get(f"{UNITS}?state=XX&bbox=1&connected_to=x"), 400, "invalid_parameter")
    assert [item["parameter"] for item in body["errors"]] == ["state", "connected_to", "bbox"]
    assert "BR-SP" in body["errors"][0]["allowed"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("lat=1", "lon"),
        ("lon=1", "lat"),
        ("lat=91&lon=0", "lat"),
        ("lat=nan&lon=0", "lat"),
        ("lat=0&lon=0&max_km=0", "max_km"),
        ("lat=0&lon=0&max_km=501", "max_km"),
        ("lat=0&lon=0&limit=101", "limit"),
        ("lat=0&lon=0&state=BR-SP", "state"),
        ("lat=0&lon=0&cursor=x", "cursor"),
    ],
)
def test_refused_nearest(db: None, api_client: Any, query: str, parameter: str) -> None:
    response = api_client.get(f"{UNITS}nearest/?{query}")
    assert response.status_code == 400
    assert [item["parameter"] for item in response.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    "path",
    ["nope/", "v1/nope/", "v1/datasets/none/", "v1/generation-units/GD.XX/", "v1/generation-units/%00/", "v1/municipalities/1/"],
)
@pytest.mark.parametrize("debug", [False, True])
def test_not_found(db: None, api_client: Any, path: str, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        problem(api_client.get(f"/api/{path}"), 404, "not_found")


def test_an_address_without_its_slash_is_redirected(db: None, api_client: Any) -> None:
    response = api_client.get("/api/v1/datasets")
    assert (response.status_code, response["Location"]) == (301, "/api/v1/datasets/")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", [UNITS, "/api/v1/datasets/", "/api/v1/status/", "/api/v1/"])
def test_method_not_allowed(db: None, api_client: Any, method: str, path: str) -> None:
    response = getattr(api_client, method)(path)
    problem(response, 405, "method_not_allowed")
    assert "GET" in response["Allow"]


def test_not_acceptable(db: None, api_client: Any) -> None:
    problem(api_client.get(UNITS, headers={"accept": "image/png"}), 406, "not_acceptable")


def test_format_wins_over_accept(db: None, api_client: Any) -> None:
    assert api_client.get(f"{UNITS}?format=geojson", headers={"accept": "text/html"})["Content-Type"] == "application/geo+json"


def handled(error: Exception) -> Any:
    request = APIRequestFactory().get("/api/v1/x/")
    response = errors.exception_handler(error, {"request": request, "view": None})
    response.json = lambda: __import__("json").loads(response.content)  # as the test client has it
    return response


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "malformed_request"),
        (exceptions.ValidationError({"name": ["wrong"]}), 400, "invalid_parameter"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.Throttled(wait=12), 429, "throttled"),
        (SuspiciousOperation("too many fields"), 400, "malformed_request"),
        (RuntimeError("secret detail"), 500, "internal_error"),
        (OperationalError("connection refused at 10.0.0.1"), 503, "database_unavailable"),
    ],
)
def test_any_exception_becomes_a_problem(error: Exception, status: int, code: str) -> None:
    response = handled(error)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert "secret" not in response.content.decode()
    assert "10.0.0.1" not in response.content.decode()
    if status in (429, 503):
        assert int(response["Retry-After"]) > 0


def test_validation_errors_name_their_fields() -> None:
    body = handled(exceptions.ValidationError({"name": ["wrong"]})).json()
    assert body["errors"] == [{"parameter": "name", "code": "invalid", "detail": "wrong"}]


def test_an_unforeseen_exception_is_a_500_and_leaves_a_trace(db: None, monkeypatch: Any, caplog: Any) -> None:
    def fail(self: Any, request: Any) -> Any:
        raise ZeroDivisionError("in the middle of it")

    monkeypatch.setattr(DatasetViewSet, "field_names", fail)
    problem(Client(raise_request_exception=False).get("/api/v1/datasets/"), 500, "internal_error")
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)
    with pytest.raises(ZeroDivisionError):  # Django's signal is sent, so that error trackers see it
        Client().get("/api/v1/datasets/")


def test_a_slow_query_is_a_503(db: None, api_client: Any, monkeypatch: Any) -> None:
    GenerationUnitFactory()
    DatasetFactory()

    def slow(self: Any, *args: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(DatasetViewSet, "reading", slow)
    with override_settings(REQUEST_STATEMENT_TIMEOUT_MS=50):
        response = api_client.get("/api/v1/datasets/")
    problem(response, 503, "query_timeout")
    assert response["Retry-After"] == "5"


def test_a_read_cannot_write(db: None, monkeypatch: Any) -> None:
    def write(self: Any, *args: Any) -> Any:
        DatasetFactory()

    monkeypatch.setattr(DatasetViewSet, "reading", write)
    problem(Client(raise_request_exception=False).get("/api/v1/datasets/"), 500, "internal_error")


@pytest.mark.parametrize(
    ("language", "title"), [("pt-BR,pt;q=0.9", "Não encontrado"), ("en-GB,en", "Not found"), ("xx", "Não encontrado")]
)
def test_people_read_their_language_and_programs_the_code(db: None, api_client: Any, language: str, title: str) -> None:
    body = problem(api_client.get("/api/v1/datasets/none/", headers={"accept-language": language}), 404, "not_found")
    assert body["title"] == title


def test_too_many_parameters(db: None, api_client: Any) -> None:
    problem(api_client.get(UNITS + "?" + "&".join(f"a{n}=1" for n in range(1100))), 400, "malformed_request")


def test_a_foreign_host_is_refused_with_a_problem(db: None, api_client: Any) -> None:
    problem(api_client.get(UNITS, headers={"host": "evil.example"}), 400, "malformed_request")


def test_pages_outside_the_api_keep_djangos_answers(db: None, client: Client) -> None:
    assert client.get("/nope/")["Content-Type"].startswith("text/html")
