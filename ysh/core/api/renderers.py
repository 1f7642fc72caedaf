"""JSON and GeoJSON. Rows arrive as plain values, so rendering is one call of the encoder."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


def plain(value: Any) -> Any:
    """What the JSON encoder does not know by itself.

    Decimals become strings: a measure is converted to a number by the database, so what is left is money.

    Raises:
        TypeError: a type nobody has decided about.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"A moment without a time zone reached the API: {value!r}.")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Promise):  # a lazy translation
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


class GeoJsonRenderer(JsonRenderer):
    """RFC 7946; the view gives the Feature or FeatureCollection."""

    media_type = "application/geo+json"
    format = "geojson"


def feature(properties: dict[str, Any], geometry: str | None, identifier: Any) -> dict[str, Any]:
    """One GeoJSON Feature; `geometry` as PostgreSQL wrote it."""
    return {
        "type": "Feature",
        "id": identifier,
        "geometry": orjson.Fragment(geometry) if geometry else None,
        "properties": properties,
    }
