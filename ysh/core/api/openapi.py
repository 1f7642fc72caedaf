"""The OpenAPI document: what drf-spectacular cannot see by itself."""

import inspect
from typing import Any

from drf_spectacular.openapi import AutoSchema

from ysh.core.api.openapi_examples import complete_examples
from ysh.core.api.openapi_parameters import fields_parameter, filter_parameters
from ysh.core.api.openapi_problems import PROBLEM, components, reference, references

_ALWAYS = ("400", "401", "406", "429", "500", "503")
_READ_HEADERS = ("API-Version", "ETag", "X-Cache", "Age")
_STREAMED = ("text/csv", "application/x-ndjson")
_RESTRICTED = "x-restricted"
_POINT = {
    "type": ["object", "null"],
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["Point"]},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
}


class StrictSchema(AutoSchema):
    """Describes parameters by what the view checks, and who may ask."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        view: Any = self.view
        if "fields" in getattr(view, "base_parameters", ()):
            parameters.append(fields_parameter(view.serializer_class.names()))
        return parameters

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        view: Any = self.view
        filterset = getattr(view, "filterset_class", None)
        return filter_parameters(filterset, view.allowed_parameters()) if filterset is not None else []

    def get_description(self) -> str:  # type: ignore[override]  # as spectacular has it
        """Of the action's own words; a class's docstring speaks to those who read the code."""
        action = getattr(self.view, getattr(self.view, "action", None) or str(self.method).lower(), None)
        own = inspect.getdoc(action) or ""
        return "" if "Raises:" in own or "Args:" in own else own

    def is_deprecated(self) -> bool:
        return getattr(self.view, "deprecation", None) is not None

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation[_RESTRICTED] = bool(getattr(self.view, "is_restricted", False))
        return operation


def add_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Spectacular's hook, after its own: every operation may answer with a problem; GeoJSON bodies get their own schema."""
    described = result.setdefault("components", {})
    described.setdefault("schemas", {})["Problem"] = PROBLEM
    described["responses"], described["headers"] = components()
    for schema in described["schemas"].values():
        _plain_nulls(schema)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(operation, described["schemas"], has_key="{" in path, is_write=method != "get")
    return result


def _plain_nulls(schema: Any) -> None:
    """“Anything, or null” is anything: as `oneOf` it would forbid null, which is both."""
    if isinstance(schema, dict):
        if schema.get("oneOf") == [{}, {"type": "null"}]:
            del schema["oneOf"]
        for value in schema.values():
            _plain_nulls(value)
    elif isinstance(schema, list):
        for value in schema:
            _plain_nulls(value)


def _complete(operation: dict[str, Any], schemas: dict[str, Any], *, has_key: bool, is_write: bool) -> None:
    responses = operation["responses"]
    restricted = operation.pop(_RESTRICTED, False)
    statuses = [*_ALWAYS, *(["403"] if restricted else []), *(["404"] if has_key else []), *(["413", "415"] if is_write else [])]
    for status in sorted(statuses):
        responses.setdefault(status, reference(status))
    # What a view names without a body is a problem too.
    for status, response in responses.items():
        if status[0] in "45" and "$ref" not in response and "content" not in response:
            responses[status] = reference(status)
    if not is_write:
        responses["304"] = {
            "description": "Not modified: the client's `If-None-Match` holds.",
            "headers": references(("API-Version", "ETag", "X-Cache")),
        }
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        schemas[body["$ref"].rpartition("/")[2]]["additionalProperties"] = False  # others are refused
    content = responses.get("200", {}).get("content", {})
    if "application/json" in content:
        responses["200"]["headers"] = references(_READ_HEADERS)
    for media_type in _STREAMED:
        if media_type in content:
            kept = {name: value for name, value in content[media_type].items() if name == "examples"}
            content[media_type] = {"schema": {"type": "string", "description": "The whole filtered list, streamed."}, **kept}
    if "application/geo+json" in content:
        schema = content["application/json"]["schema"]
        body = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
        is_list = "results" in body.get("properties", {})
        content["application/geo+json"] = {"schema": _collection(body) if is_list else _feature(schema)}
    complete_examples(content)


def _feature(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": _POINT,
            "properties": properties,
        },
    }


def _collection(schema: dict[str, Any]) -> dict[str, Any]:
    properties = dict(schema["properties"])
    rows = properties.pop("results")
    return {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            **properties,
            "features": {"type": "array", "items": _feature(rows["items"])},
        },
    }
