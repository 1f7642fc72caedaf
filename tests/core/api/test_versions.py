"""Version and deprecation headers; which origins a browser lets read the API."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from aneel.api.views import DatasetViewSet
from ysh.core.api.versions import Deprecation

DATASETS = "/api/v1/datasets/"
SHOP = "https://loja.example"


@pytest.mark.parametrize("path", [DATASETS, "/api/v1/", "/api/v1/nope/", f"{DATASETS}?nope=1"])
def test_every_answer_names_the_contracts_version(db: None, api_client: Any, path: str) -> None:
    assert api_client.get(path)["API-Version"] == settings.API_VERSION == settings.SPECTACULAR_SETTINGS["VERSION"]


def test_other_pages_have_no_version(db: None, client: Any) -> None:
    assert "API-Version" not in client.get("/healthz")


def test_what_is_going_away_says_so(db: None, api_client: Any, monkeypatch: Any) -> None:
    assert "Deprecation" not in api_client.get(DATASETS)
    going = Deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), successor="/api/v1/catalogue/")
    monkeypatch.setattr(DatasetViewSet, "deprecation", going)
    for path in (DATASETS, f"{DATASETS}none/", f"{DATASETS}?nope=1"):
        response = api_client.get(path)
        assert response["Deprecation"] == "@1798761600"
        assert response["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert response["Link"] == '</api/v1/catalogue/>; rel="successor-version"'


def test_without_a_last_day_there_is_no_sunset() -> None:
    assert Deprecation(since=date(2027, 1, 1)).headers() == {"Deprecation": "@1798761600"}


class TestOtherOrigins:
    def test_none_may_unless_told(self, db: None, api_client: Any) -> None:
        response = api_client.get(DATASETS, headers={"origin": SHOP})
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response

    @override_settings(CORS_ALLOWED_ORIGINS=[SHOP])
    def test_those_that_are_named_may_read(self, db: None, api_client: Any) -> None:
        response = api_client.get(DATASETS, headers={"origin": SHOP})
        assert response["Access-Control-Allow-Origin"] == SHOP
        assert "Access-Control-Allow-Credentials" not in response
        assert "etag" in response["Access-Control-Expose-Headers"].lower()
        assert "origin" in response["Vary"].lower()
        assert "Access-Control-Allow-Origin" not in api_client.get(DATASETS, headers={"origin": "https://evil.example"})

    @override_settings(CORS_ALLOWED_ORIGINS=[SHOP])
    def test_a_browser_may_ask_first(self, db: None, api_client: Any) -> None:
        asks = {"origin": SHOP, "access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}
        response = api_client.options(DATASETS, headers=asks)
        assert response.status_code == 200
        assert "if-none-match" in response["Access-Control-Allow-Headers"]
        assert "POST" not in response["Access-Control-Allow-Methods"]

    @override_settings(CORS_ALLOW_ALL_ORIGINS=True)
    def test_anybody_may_read_what_is_public_but_not_the_admin(self, db: None, api_client: Any) -> None:
        assert api_client.get(DATASETS, headers={"origin": SHOP})["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in api_client.get("/admin/login/", headers={"origin": SHOP})
