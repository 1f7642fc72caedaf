"""What is larger than an item of DynamoDB may be: cut into parts that lie beside it, under a mark no other writing has."""

import secrets
from typing import Any

from ysh.core.dynamodb.tables import API_CACHE

#: DynamoDB takes 400 KB an item, names included.
PART_BYTES = 390_000
#: Beyond this (3.9 MB) an answer lives in Redis alone: reading it would be no faster than building it.
MOST_PARTS = 10
_WRITTEN_AT_ONCE = 25


def fits(blob: bytes) -> bool:
    """Whether the table takes it, in parts perhaps."""
    return len(blob) <= PART_BYTES * MOST_PARTS


def put(connection: Any, key: str, name: str, blob: bytes, beside: dict[str, Any]) -> dict[str, Any]:
    """The attributes that hold the blob: itself, or where its parts lie, which are written now.

    Args:
        connection: the client.
        key: of the item.
        name: of the attribute.
        blob: what is to be held.
        beside: attributes of each part: its end, its endpoint.
    """
    if len(blob) <= PART_BYTES:
        return {name: {"B": blob}}
    mark = f"{key}#{secrets.token_hex(8)}"
    cut = [blob[start : start + PART_BYTES] for start in range(0, len(blob), PART_BYTES)]
    due: dict[str, Any] = {
        API_CACHE.name: [
            {"PutRequest": {"Item": {"cache_key": {"S": f"{mark}#{number}"}, "part": {"B": part}, **beside}}}
            for number, part in enumerate(cut)
        ]
    }
    while due:
        due = connection.batch_write_item(RequestItems=due).get("UnprocessedItems") or {}
    return {"parts": {"N": str(len(cut))}, "mark": {"S": mark}}


def joined(connection: Any, item: dict[str, Any], name: str) -> bytes | None:
    """The blob an item holds; None when it holds none, or a part is gone."""
    if name in item:
        return bytes(item[name]["B"])
    if "parts" not in item:
        return None
    keys = [f"{item['mark']['S']}#{number}" for number in range(int(item["parts"]["N"]))]
    found = connection.batch_get_item(RequestItems={API_CACHE.name: {"Keys": [{"cache_key": {"S": key}} for key in keys]}})[
        "Responses"
    ].get(API_CACHE.name, [])
    held = {part["cache_key"]["S"]: part["part"]["B"] for part in found}
    return b"".join(held[key] for key in keys) if len(held) == len(keys) else None
