"""Examples of the other representations, made from the JSON one: what a list says as JSON it says as CSV."""

import csv
import io
import json
from typing import Any

from ysh.core.api.exports import cell

_POINT = {"type": "Point", "coordinates": [-49.25, -16.68]}


def complete_examples(content: dict[str, Any]) -> None:
    """Give GeoJSON, CSV and NDJSON the example that the JSON representation has."""
    value = _first(content.get("application/json", {}))
    if value is None:
        return
    rows = value["results"] if isinstance(value, dict) and isinstance(value.get("results"), list) else [value]
    makers = {
        "application/geo+json": lambda: _geojson(value, rows),
        "text/csv": lambda: csv_of(rows),
        "application/x-ndjson": lambda: ndjson_of(rows),
    }
    for media_type, make in makers.items():
        if media_type in content and "examples" not in content[media_type]:
            content[media_type]["example"] = make()


def _first(representation: dict[str, Any]) -> Any:
    return next((example["value"] for example in representation.get("examples", {}).values()), None)


def csv_of(rows: list[dict[str, Any]]) -> str:
    """Rows as a CSV export writes them."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return buffer.getvalue()


def ndjson_of(rows: list[dict[str, Any]]) -> str:
    """Rows as an NDJSON export writes them."""
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def _geojson(value: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    features = [{"type": "Feature", "id": next(iter(row.values())), "geometry": _POINT, "properties": row} for row in rows]
    if "results" not in value:
        return features[0]
    links = {name: each for name, each in value.items() if name != "results"}
    return {"type": "FeatureCollection", **links, "features": features}
