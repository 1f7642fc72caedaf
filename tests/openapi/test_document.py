"""The document says what the views do: the same parameters, an example of each representation, one example of each problem."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.urls import resolve
from django.utils.translation import override
from rest_framework.test import APIRequestFactory

from ysh.core.api.errors import TITLES
from ysh.env import BASE_DIR

DOCUMENT = yaml.safe_load((BASE_DIR / "docs" / "openapi.yaml").read_text("utf-8"))
#: `format` is named where there is a choice
EVERYWHERE = {"format"}
KEYS = {
    "{id}": "1",
    "{aneel_id}": "x",
    "{cnpj}": "11222333000181",
    "{unit_id}": "GD.SP.000.000.001",
    "{ibge_code}": "3550308",
    "{kit_id}": "K",
    "{sku}": "S",
    "{run_id}": "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11",
    "{table}": "datasets",
    "{day}": "2026-09-01",
    "{name}": "part-0000.parquet",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def view_of(path: str, method: str) -> Any:
    """The view behind an address, as it stands when it is asked."""
    for name, value in KEYS.items():
        path = path.replace(name, value)
    match = resolve(path)
    function: Any = match.func
    cls = getattr(function, "cls", None) or function.view_class
    view = cls(**getattr(function, "initkwargs", getattr(function, "view_initkwargs", {})))
    actions = getattr(function, "actions", None)
    view.request = view.initialize_request(APIRequestFactory().generic(method.upper(), path)) if actions is None else None
    if actions is not None:
        view.action_map, view.args, view.kwargs = actions, (), match.kwargs
        view.request = view.initialize_request(APIRequestFactory().generic(method.upper(), path))
        view.action = actions[method]
    return view


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, method, _operation in operations()])
def test_the_parameters_are_those_the_view_allows(path: str, method: str) -> None:
    named = {item["name"] for item in DOCUMENT["paths"][path][method].get("parameters", ()) if item["in"] == "query"}
    assert named - EVERYWHERE == view_of(path, method).allowed_parameters() - EVERYWHERE


def test_every_operation_and_representation_has_an_example() -> None:
    for path, method, operation in operations():
        if method == "post":
            assert all("examples" in body for body in operation["requestBody"]["content"].values()), path
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                assert content.get("examples") or content.get("example"), (path, status, media_type)


def test_examples_of_lists_are_of_their_fields() -> None:
    """An example that names a field which is not there misleads."""
    schemas = DOCUMENT["components"]["schemas"]

    def properties(schema: dict[str, Any]) -> dict[str, Any]:
        return (
            schemas[schema["$ref"].rpartition("/")[2]].get("properties", {}) if "$ref" in schema else schema.get("properties", {})
        )

    checked = 0
    for path, _method, operation in operations():
        for content in operation["responses"].get("200", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                value = example["value"]
                if not isinstance(value, dict):
                    continue
                known = properties(content["schema"])
                assert set(value) <= set(known), path
                for row in value.get("results", ()):
                    assert set(row) <= set(properties(known["results"]["items"])), path
                    checked += 1
    assert checked > 10


def test_problems_are_described_by_one_schema_and_an_example_each() -> None:
    for name, response in DOCUMENT["components"]["responses"].items():
        ((media_type, content),) = response["content"].items()
        assert media_type == "application/problem+json"
        assert content["example"]["code"] in TITLES, name
    assert set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == set(TITLES)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(DOCUMENT)
    for part in text.split('"$ref": "#/')[1:]:
        found: Any = DOCUMENT
        for key in part.partition('"')[0].split("/"):
            found = found[key]


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_every_problem_has_a_title_of_its_own_in_every_language(language: str) -> None:
    with override(language):
        titles = {code: str(title) for code, title in TITLES.items()}
    assert len(set(titles.values())) == len(titles)
    with override("en"):
        assert all((titles[code] == str(title)) == (language == "en") for code, title in TITLES.items())
