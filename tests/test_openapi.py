"""The OpenAPI document: valid, complete, and the one checked in; its pages work offline."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from ysh.env import BASE_DIR

SNAPSHOT = BASE_DIR / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def document(tmp_path_factory: Any) -> Any:
    file: Path = tmp_path_factory.mktemp("openapi") / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, lang="en", file=str(file))
    return file.read_text("utf-8")


def test_it_is_the_one_checked_in(document: str) -> None:
    assert document == SNAPSHOT.read_text("utf-8"), (
        "The API changed. If that is meant, write the document anew and say so in CHANGELOG.md: "
        "python manage.py spectacular --validate --fail-on-warn --lang en --file docs/openapi.yaml"
    )


def test_every_operation_is_described(document: str) -> None:
    paths = yaml.safe_load(document)["paths"]
    assert "/api/v1/generation-units/nearest/" in paths
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert method == "get" or path == "/api/v1/ingest/", path
            assert operation["summary"], path
            assert operation["tags"], path
            good = {"200", "304"} if method == "get" else {"202", "403", "409"}
            assert good | {"400", "401", "406", "429", "500", "503"} <= set(operation["responses"]), path
            assert ("404" in operation["responses"]) == ("{" in path), path


def test_no_personal_column_is_described(document: str) -> None:
    for name in ("consumer_name", "cpf_cnpj", "raw_data", "triggered_by", "error_stack", "contact_email"):
        assert name not in document
    assert not re.search(r"^\s*cep:", document, re.MULTILINE)


@pytest.mark.parametrize(
    ("query", "content_type"), [("", "application/vnd.oai.openapi"), ("?format=json", "application/vnd.oai.openapi+json")]
)
def test_it_is_served(db: None, client: Client, query: str, content_type: str) -> None:
    response = client.get(f"/api/schema/{query}", headers={"accept-language": "en"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith(content_type)
    again = client.get(f"/api/schema/{query}", headers={"accept-language": "en", "if-none-match": response["ETag"]})
    assert again.status_code == 304
    assert client.get("/api/schema/?nope=1").json()["code"] == "unknown_parameter"


def test_its_pages_need_no_other_host(db: None, client: Client) -> None:
    response = client.get("/api/docs/")
    assert response.status_code == 200
    text = response.content.decode()
    assets = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert assets
    for asset in assets:
        assert asset.startswith("/static/"), asset
        assert finders.find(asset.removeprefix("/static/")), asset
    assert "https://" not in re.sub(r"https://(www\.)?w3\.org\S*", "", text)
