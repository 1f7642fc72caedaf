"""How long a look takes that finds the answer in DynamoDB alone, and how long a bare GetItem with decompression."""

import json
import random
import time
import zlib
from statistics import median

import django

from bench.children import answer, question


def _body() -> bytes:
    """Fifty units as the API writes them; drawn, so that they compress as real ones do."""
    draw = random.Random(7)
    units = [
        {
            "unit_id": f"GD.{draw.choice(('GO', 'SP', 'MG'))}.{draw.randrange(10**9):011,d}".replace(",", "."),
            "municipality": draw.randrange(1_100_000, 5_300_000),
            "latitude": round(draw.uniform(-30, 0), 6),
            "longitude": round(draw.uniform(-70, -35), 6),
            "installed_power_kw": round(draw.uniform(1, 75), 2),
            "connection_date": f"20{draw.randrange(10, 26)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
            "status": "ACTIVE",
            "consumer_class": draw.choice(("RESIDENTIAL", "COMMERCIAL", "RURAL")),
            "distributor_name": "EQUATORIAL GOIÁS DISTRIBUIDORA DE ENERGIA S.A.",
            "tariff_subgroup": "B1",
        }
        for _number in range(50)
    ]
    return json.dumps({"next": None, "results": units}, ensure_ascii=False).encode()


BODY = _body()


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
        zlib.decompress(item["entry"]["B"][-len(entry.payload) :], wbits=31)
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
