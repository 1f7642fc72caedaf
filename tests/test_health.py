"""The addresses for machines: /healthz, /readyz, /metrics; and where people are led."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings

#: resources that the API names to everyone, and what it says to those without credentials or without a question
REFUSED = {"audit": 401, "search": 400}


def test_alive_touches_nothing(client: Client) -> None:  # no database fixture: a query would fail the test
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert "no-store" in response["Cache-Control"]


def test_ready(transactional_db: None, client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ready"
    assert {item["name"] for item in body["services"]} == {"postgresql", "redis", "broker", "dynamodb", "s3"}


def test_not_ready_without_the_broker(transactional_db: None, client: Client) -> None:
    with override_settings(CELERY_BROKER_URL="redis://:pa55word@127.0.0.1:1/1"):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert "pa55word" not in response.content.decode()


def test_ready_without_the_cache(transactional_db: None, client: Client) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert client.get("/readyz").status_code == 200


def test_not_ready_without_the_database(client: Client, monkeypatch: Any, django_db_blocker: Any) -> None:
    monkeypatch.setitem(connections.settings["default"], "PORT", "1")
    monkeypatch.setitem(connections.settings["default"], "HOST", "127.0.0.1")
    with django_db_blocker.unblock():
        response = client.get("/readyz")
    assert response.status_code == 503
    assert next(item for item in response.json()["services"] if item["name"] == "postgresql")["ok"] is False


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_metrics(db: None, client: Client) -> None:
    client.get("/api/v1/")
    text = client.get("/metrics").content.decode()
    assert "django_http_requests_total_by_view_transport_method_total" in text


@pytest.mark.parametrize(("path", "target"), [("/", "/api/docs/"), ("/api/", "/api/docs/")])
def test_people_are_led_to_the_documentation(client: Client, path: str, target: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, target)


def test_the_api_names_its_resources(db: None, client: Client) -> None:
    body = client.get("/api/v1/").json()
    assert body["generation-unit"] == "http://testserver/api/v1/generation-units/"
    for name, address in body.items():
        assert client.get(address).status_code == REFUSED.get(name, 200), name
