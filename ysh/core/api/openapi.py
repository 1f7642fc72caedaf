"""The OpenAPI document: what drf-spectacular cannot see by itself."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes

from ysh.core.api.errors import CONTENT_TYPE

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable and the same in every language.",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:ysh:problem:unknown_parameter"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["unknown_parameter"]},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "code", "detail"],
                "properties": {
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_POINT = {
    "type": ["object", "null"],
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["Point"]},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
}


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


_RESPONSES = {
    "400": ("BadRequest", "A parameter or the cursor is not understood; `errors` names each."),
    "401": ("NotAuthenticated", "The API key is unknown, expired or revoked."),
    "404": ("NotFound", "There is nothing under this key."),
    "406": ("NotAcceptable", "None of the media types in `Accept` can be sent."),
    "429": ("TooManyRequests", "Too many requests; `Retry-After` and `RateLimit-*` say when to go on."),
    "500": ("InternalError", "Something went wrong on our side."),
    "503": ("Unavailable", "The query took too long, or the database does not answer; see `Retry-After`."),
}
_EXAMPLE = {
    "type": "urn:ysh:problem:unknown_parameter",
    "title": "Unknown parameter",
    "status": 400,
    "code": "unknown_parameter",
    "detail": "Unknown parameter “staet”.",
    "instance": "/api/v1/generation-units/",
    "errors": [{"parameter": "staet", "code": "unknown_parameter", "detail": "Unknown parameter “staet”.", "allowed": ["state"]}],
}


class StrictSchema(AutoSchema):
    """Adds `fields=` where a view knows it."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        view: Any = self.view
        if "fields" in getattr(view, "base_parameters", ()):
            names = ", ".join(f"`{name}`" for name in view.serializer_class.names())
            parameters.append(
                OpenApiParameter("fields", OpenApiTypes.STR, description=f"Only these fields, separated by commas: {names}.")
            )
        return parameters


def add_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Spectacular's hook: every operation may answer with a problem; GeoJSON bodies get their own schema."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["responses"] = {
        name: {
            "description": description,
            "content": {
                CONTENT_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    **({"example": _EXAMPLE} if status == "400" else {}),
                }
            },
        }
        for status, (name, description) in _RESPONSES.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(operation, has_key="{" in path, is_write=method != "get")
    return result


def _complete(operation: dict[str, Any], *, has_key: bool, is_write: bool) -> None:
    responses = operation["responses"]
    for status, (name, _description) in _RESPONSES.items():
        if status != "404" or has_key:
            responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    if not is_write:
        responses.setdefault("304", {"description": "Not modified: the client's `If-None-Match` holds."})
    content = responses.get("200", {}).get("content", {})
    for media_type in ("text/csv", "application/x-ndjson"):
        if media_type in content:
            content[media_type] = {"schema": {"type": "string", "description": "The whole filtered list, streamed."}}
    if "application/geo+json" not in content:
        return
    schema = content["application/json"]["schema"]
    item = schema.get("$ref")
    content["application/geo+json"] = {"schema": _feature(schema) if item else _collection(schema)}


def _collection(schema: dict[str, Any]) -> dict[str, Any]:
    properties = dict(schema.get("properties", {}))
    rows = properties.pop("results", {"items": {"type": "object"}})
    return {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            **properties,
            "features": {"type": "array", "items": _feature(rows["items"])},
        },
    }
