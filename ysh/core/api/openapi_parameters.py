"""Parameters in the OpenAPI document, from what the views themselves check."""

from collections.abc import Collection
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

EXPLAINED = {
    "array": "Several separated by commas.",
    "boolean": "`true` or `false`.",
}


def choices(name: str, values: Collection[str], description: str) -> OpenApiParameter:
    """A parameter that takes names of a closed list, separated by commas."""
    items = {"type": "string", "enum": list(values)}
    schema = {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
    return OpenApiParameter(name, schema, description=description, style="form", explode=False)


def fields_parameter(names: Collection[str]) -> OpenApiParameter:
    """`fields=`."""
    return choices("fields", names, "Only these fields, in this order.")


def filter_parameters(filterset: Any, allowed: Collection[str]) -> list[dict[str, Any]]:
    """The filters of a list that a view allows, in the order they are declared."""
    return [
        _filter_parameter(name, one, takes_one=filterset.takes_one_value)
        for name, one in filterset.base_filters.items()
        if name in allowed
    ]


def _filter_parameter(name: str, one: Any, *, takes_one: bool) -> dict[str, Any]:
    schema = dict(one.field.schema())
    parameter: dict[str, Any] = {"in": "query", "name": name, "schema": schema}
    if schema["type"] == "array" and takes_one:
        parameter["schema"] = schema["items"]
    elif schema["type"] == "array":
        # name=a,b and not name=a&name=b: a parameter comes once.
        parameter |= {"style": "form", "explode": False}
    label = str(one.label or "").strip()
    kind = EXPLAINED.get(parameter["schema"]["type"], "") if "maxItems" not in schema else ""
    words = [f"{label[:1].upper()}{label[1:]}." if label else "", kind]
    parameter["description"] = " ".join(word for word in words if word)
    return parameter


FORMAT = OpenApiParameter("format", OpenApiTypes.STR, enum=["json"], description="Decides before `Accept`.")
