"""The store's second layer: values in DynamoDB's table of answers, the later writing winning by its stamp."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ysh.core.cache import parts
from ysh.core.cache.store_values import is_number
from ysh.core.dynamodb.client import attempt
from ysh.core.dynamodb.tables import API_CACHE

_READ_AT_ONCE = 100
#: How long it is remembered that a value was taken away: longer than any writing that was on its way then.
_GONE_SECONDS = 3600
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A living value: its bytes, when it was written (µs), and its end (Unix time; None without one)."""

    blob: bytes
    stamp: int
    ends_at: float | None

    @property
    def seconds(self) -> float | None:
        """What is left of its life."""
        return None if self.ends_at is None else max(0.001, self.ends_at - time.time())


def _key(digest: str) -> dict[str, Any]:
    return {"cache_key": {"S": f"value#{digest}"}}


def _lives(item: dict[str, Any] | None, token: str) -> bool:
    if item is None or "gone" in item or item.get("t", {}).get("S") != token:
        return False
    return "ends_at" not in item or float(item["ends_at"]["N"]) > time.time()


def _value(connection: Any, item: dict[str, Any] | None, token: str) -> Value | None:
    if item is None or not _lives(item, token):
        return None
    blob = parts.joined(connection, item, "v")
    ends = float(item["ends_at"]["N"]) if "ends_at" in item else None
    return None if blob is None else Value(blob, int(item["stamp"]["N"]), ends)


def get(digests: Sequence[str], token: str) -> dict[str, Value] | None:
    """Living values by digest; None when DynamoDB does not answer."""

    def read(connection: Any) -> dict[str, Value]:
        items: dict[str, Any] = {}
        for start in range(0, len(digests), _READ_AT_ONCE):
            wanted = [_key(digest) for digest in digests[start : start + _READ_AT_ONCE]]
            due: dict[str, Any] = {API_CACHE.name: {"Keys": wanted, "ConsistentRead": True}}
            while due:
                told = connection.batch_get_item(RequestItems=due)
                items |= {item["cache_key"]["S"]: item for item in told["Responses"].get(API_CACHE.name, [])}
                due = told.get("UnprocessedKeys") or {}
        found = {digest: _value(connection, items.get(f"value#{digest}"), token) for digest in digests}
        return {digest: value for digest, value in found.items() if value is not None}

    found: dict[str, Value] | None = attempt(read)
    return found


def _ends(seconds: float | None) -> dict[str, Any]:
    if seconds is None:
        return {}
    ends = time.time() + seconds
    return {"ends_at": {"N": f"{ends:.3f}"}, "expires_at": {"N": str(int(ends) + 1)}}


def put(
    digest: str, token: str, blob: bytes | None, *, stamp: int | None, seconds: float | None, only_new: bool = False
) -> tuple[bool, bool] | None:
    """Write a value, or that there is none; None when DynamoDB does not answer.

    Args:
        digest: of its key.
        token: under which it holds.
        blob: its bytes; None takes it away.
        stamp: of the writing (µs): an older one changes nothing. None while nobody orders the writings: the last to come counts.
        seconds: its life; None without end.
        only_new: only when there is no living one.

    Returns:
        Whether it was written, and whether a living one was there before.
    """
    item: dict[str, Any] = {**_key(digest), "t": {"S": token}, "stamp": {"N": str(stamp or _now())}}
    ends = _ends(_GONE_SECONDS if blob is None else seconds)
    condition: dict[str, Any] = {}
    if only_new:
        condition = {
            "ConditionExpression": "attribute_not_exists(#s) OR attribute_exists(#g) OR #t <> :t OR #e <= :now",
            "ExpressionAttributeNames": {"#s": "stamp", "#g": "gone", "#t": "t", "#e": "ends_at"},
            "ExpressionAttributeValues": {":t": {"S": token}, ":now": {"N": repr(time.time())}},
        }
    elif stamp is not None:
        condition = {
            "ConditionExpression": "attribute_not_exists(#s) OR #s <= :s",
            "ExpressionAttributeNames": {"#s": "stamp"},
            "ExpressionAttributeValues": {":s": {"N": str(stamp)}},
        }

    def write(connection: Any) -> tuple[bool, bool]:
        held = {"gone": {"BOOL": True}} if blob is None else parts.put(connection, f"value#{digest}", "v", blob, ends)
        try:
            before = connection.put_item(
                TableName=API_CACHE.name,
                Item=item | ends | held,
                ReturnValues="ALL_OLD",
                **condition,
            ).get("Attributes")
        except connection.exceptions.ConditionalCheckFailedException:
            return False, True
        return True, _lives(before, token)

    found: tuple[bool, bool] | None = attempt(write)
    return found


def _now() -> int:
    return time.time_ns() // 1000


def change(
    digest: str,
    token: str,
    *,
    stamp: int | None,
    blob: bytes | None = None,
    seconds: float | None = None,
    keep_life: bool = False,
) -> bool | None:
    """Another value or another life for a living one; whether there was one, None when DynamoDB does not answer."""
    ends = {} if keep_life else _ends(seconds)
    sets = {"stamp": {"N": str(stamp or _now())}, **ends, **({"v": {"B": blob}} if blob is not None else {})}
    removed = [] if keep_life or ends else ["ends_at", "expires_at"]
    names = {f"#{name}": name for name in (*sets, *removed)} | {"#g": "gone", "#t": "t", "#stamp": "stamp"}
    update = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    update += (" REMOVE " + ", ".join(f"#{name}" for name in removed)) if removed else ""

    def write(connection: Any) -> bool:
        try:
            connection.update_item(
                TableName=API_CACHE.name,
                Key=_key(digest),
                UpdateExpression=update,
                ConditionExpression="#t = :t AND attribute_not_exists(#g)" + (" AND #stamp <= :stamp" if stamp else ""),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={f":{name}": value for name, value in sets.items()} | {":t": {"S": token}},
            )
        except connection.exceptions.ConditionalCheckFailedException:
            return False
        return True

    found: bool | None = attempt(write)
    return found


def add(digest: str, token: str, delta: int) -> int | None:
    """Add to a number while Redis is away; None when there is none, or DynamoDB does not answer.

    Raises:
        ValueError: it is no whole number.
    """
    for _try in range(_TRIES):
        value = (get([digest], token) or {}).get(digest)
        if value is None:
            return None
        if not is_number(value.blob):
            raise ValueError(f"Cache: expected a whole number to add {delta} to, found something else.")
        total = int(value.blob) + delta
        # Who came between us made the stamp another one: we look again.
        if _swap(digest, token, value.stamp, str(total).encode()):
            return total
    return None


def _swap(digest: str, token: str, seen: int, blob: bytes) -> bool:
    def write(connection: Any) -> bool:
        try:
            connection.update_item(
                TableName=API_CACHE.name,
                Key=_key(digest),
                UpdateExpression="SET #v = :v, #s = :new",
                ConditionExpression="#t = :t AND #s = :seen",
                ExpressionAttributeNames={"#v": "v", "#s": "stamp", "#t": "t"},
                ExpressionAttributeValues={
                    ":v": {"B": blob},
                    ":new": {"N": str(max(seen + 1, _now()))},
                    ":seen": {"N": str(seen)},
                    ":t": {"S": token},
                },
            )
        except connection.exceptions.ConditionalCheckFailedException:
            return False
        return True

    return bool(attempt(write, False))
