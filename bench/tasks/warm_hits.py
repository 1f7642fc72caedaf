"""How long a look takes that finds the answer in DynamoDB alone, and how long a bare GetItem with decompression."""

import time
import zlib
from statistics import median

import django

from bench.children import answer, question

BODY = b'{"unit_id":"GD.GO.003.331.534","status":"ACTIVE","installed_power_kw":5.5},' * 700


def main() -> None:
    """Both in turn, so that a disturbance hits both alike; medians."""
    django.setup()
    from ysh.core.cache import background, dynamodb_tier, layers, names, near, redis_tier  # noqa: PLC0415  (needs the settings)
    from ysh.core.cache.entry import Entry  # noqa: PLC0415
    from ysh.core.dynamodb.client import client  # noqa: PLC0415
    from ysh.core.dynamodb.tables import API_CACHE  # noqa: PLC0415

    rounds = int(question()["rounds"])
    asked = layers.Question.of("warm", ["units"], "bench")
    tokens = layers.look(asked).tokens
    entry = Entry.of(BODY, content_type="application/json", etag='"x"', tokens=tokens, built_at=time.time())
    dynamodb_tier.put(asked.digest, entry, endpoint="bench", seconds=3600)
    key = {"cache_key": {"S": asked.digest}}
    kept = names.ANSWER.key(digest=asked.digest)
    bare: list[float] = []
    warm: list[float] = []
    for _round in range(rounds):
        begun = time.perf_counter()
        item = client().get_item(TableName=API_CACHE.name, Key=key)["Item"]
        zlib.decompress(item["entry"]["B"][-len(entry.payload) :])
        bare.append(time.perf_counter() - begun)
        background.drain()
        redis_tier.client().delete(kept)
        near.clear()
        begun = time.perf_counter()
        found = layers.look(asked)
        assert found.answer is not None
        assert found.answer.source == "HIT-DYNAMODB"
        assert found.answer.entry.body == BODY
        warm.append(time.perf_counter() - begun)
    answer(
        {
            "bare_ms": median(bare) * 1000,
            "warm_ms": median(warm) * 1000,
            "body_bytes": len(BODY),
            "item_bytes": len(entry.payload),
        }
    )


if __name__ == "__main__":
    main()
