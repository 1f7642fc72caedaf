"""The second layer: DynamoDB's table of answers. Slower than Redis, larger, and still there when Redis is empty or away."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ysh.core.cache import parts
from ysh.core.cache.entry import Entry, unpack
from ysh.core.dynamodb.client import attempt, breaker, is_configured
from ysh.core.dynamodb.tables import API_CACHE

# The item that holds every namespace's token: one write a change, one read for all.
_VERSIONS_KEY = "versions"
_MARK = "v."
# What an answer is read with; the rest of the item is for people. Reading less is a tenth of the time.
_READ = "entry, parts, mark, expires_at"


def is_away() -> bool:
    """Whether there is no DynamoDB, or it does not answer at the moment."""
    return not is_configured() or breaker().is_open


def get(digest: str) -> Entry | None:
    """The kept answer, whatever its tokens are; None when there is none or DynamoDB does not answer."""
    blob = attempt(lambda c: _read(c, digest))
    return unpack(blob) if blob is not None else None


def _read(connection: Any, digest: str) -> bytes | None:
    found = connection.get_item(TableName=API_CACHE.name, Key={"cache_key": {"S": digest}}, ProjectionExpression=_READ)
    item = found.get("Item")
    # The server deletes what has ended days later at worst.
    if item is None or int(item["expires_at"]["N"]) <= time.time():
        return None
    return parts.joined(connection, item, "entry")


def put(digest: str, entry: Entry, *, endpoint: str, seconds: int) -> bool:
    """Keep the answer; False when it is too large or DynamoDB does not answer.

    Args:
        digest: of its key.
        entry: the answer.
        endpoint: name of what answered, for `invalidate_endpoint`.
        seconds: its life.
    """
    blob = entry.pack()
    if not parts.fits(blob):
        return False
    beside = {"endpoint": {"S": endpoint}, "expires_at": {"N": str(int(time.time() + seconds))}}
    item = {
        "cache_key": {"S": digest},
        **beside,
        "content_type": {"S": entry.content_type or "-"},
        "etag": {"S": entry.etag or "-"},
        "built_at": {"N": repr(entry.built_at)},
    }

    def write(connection: Any) -> bool:
        held = parts.put(connection, digest, "entry", blob, beside)
        connection.put_item(TableName=API_CACHE.name, Item=item | held)
        return True

    return bool(attempt(write, False))


def _keys_of(connection: Any, endpoint: str) -> Iterator[dict[str, Any]]:
    pages = connection.get_paginator("query").paginate(
        TableName=API_CACHE.name,
        IndexName="EndpointIndex",
        KeyConditionExpression="endpoint = :e",
        ExpressionAttributeValues={":e": {"S": endpoint}},
    )
    for page in pages:
        yield from page["Items"]


def invalidate_endpoint(endpoint: str) -> int:
    """Delete every answer of an endpoint; how many there were, 0 when DynamoDB does not answer."""

    def sweep(connection: Any) -> int:
        keys = [{"cache_key": item["cache_key"]} for item in _keys_of(connection, endpoint)]
        for start in range(0, len(keys), 25):
            due = {API_CACHE.name: [{"DeleteRequest": {"Key": key}} for key in keys[start : start + 25]]}
            while due:
                due = connection.batch_write_item(RequestItems=due).get("UnprocessedItems") or {}
        return len(keys)

    return int(attempt(sweep, 0))


def read_tokens(connection: Any) -> dict[str, str]:
    """Every namespace's token, by a consistent read."""
    item = connection.get_item(TableName=API_CACHE.name, Key={"cache_key": {"S": _VERSIONS_KEY}}, ConsistentRead=True).get(
        "Item", {}
    )
    return {name[len(_MARK) :]: value["S"] for name, value in item.items() if name.startswith(_MARK)}


def write_tokens(connection: Any, tokens: Mapping[str, str], *, only_new: bool = False) -> Any:
    """Write tokens in one request; with `only_new` a token that is there stays. Returns all tokens' attributes."""
    names = {f"#n{number}": f"{_MARK}{name}" for number, name in enumerate(tokens)}
    values = {f":v{number}": {"S": token} for number, token in enumerate(tokens.values())}
    value = "if_not_exists(#n{0}, :v{0})" if only_new else ":v{0}"
    return connection.update_item(
        TableName=API_CACHE.name,
        Key={"cache_key": {"S": _VERSIONS_KEY}},
        UpdateExpression="SET " + ", ".join(f"#n{n} = {value.format(n)}" for n in range(len(tokens))),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ReturnValues="ALL_NEW",
    )["Attributes"]


def tokens() -> dict[str, str] | None:
    """Every namespace's token; None when DynamoDB does not answer."""
    found: dict[str, str] | None = attempt(read_tokens)
    return found


def set_tokens(new: Mapping[str, str]) -> bool:
    """Write tokens, whatever was there. False when DynamoDB does not answer."""
    return attempt(lambda c: write_tokens(c, new)) is not None if new else True


def offer_tokens(new: Mapping[str, str]) -> dict[str, str]:
    """Write tokens where there are none; what holds afterwards. Empty when DynamoDB does not answer."""
    held = attempt(lambda c: write_tokens(c, new, only_new=True), {})
    return {name: held[f"{_MARK}{name}"]["S"] for name in new if f"{_MARK}{name}" in held}
