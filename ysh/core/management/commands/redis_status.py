"""`manage.py redis_status`: what is in Redis, by kind, and how the server does."""

import json
import re
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ysh.core.cache import names, redis_tier, versions


class Command(BaseCommand):
    help = (
        "Show how the cache's Redis does: memory, hit rate, keys of each kind.\n"
        "Exit codes: 0 it answers, 1 it does not.\n"
        "Example: manage.py redis_status --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        told = redis_tier.attempt(lambda c: c.info())
        if told is None:
            self.stderr.write("Redis does not answer. Is it running, and is REDIS_URL right?")
            sys.exit(1)
        asked = told["keyspace_hits"] + told["keyspace_misses"]
        found = {
            "version": told.get("valkey_version") or told["redis_version"],
            "used_memory": told["used_memory"],
            "max_memory": told["maxmemory"],
            "policy": told["maxmemory_policy"],
            "evicted_keys": told["evicted_keys"],
            "hit_rate": round(told["keyspace_hits"] / asked, 4) if asked else None,
            "clients": told["connected_clients"],
            "keys": redis_tier.attempt(_keys, {}),
            "namespaces": len(redis_tier.attempt(lambda c: c.hkeys(names.VERSIONS.key()), [])),
            "owed": {layer: sorted(due) for layer, due in versions.owed().items()},
        }
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for name, value in found.items():
            if name != "keys":
                self.stdout.write(f"{name}: {value}")
        for kind in names.ALL:
            self.stdout.write(f"  {found['keys'].get(kind.pattern, 0):>9,}  {kind.structure:<10} {kind.pattern}: {kind.meaning}")


def _keys(connection: Any) -> dict[str, int]:
    """Keys of each kind, found by SCAN, which holds nobody up."""
    forms = [
        (name.pattern, re.compile("[^:]+".join(re.escape(part) for part in re.split(r"<\w+>", name.pattern))))
        for name in names.ALL
        if name.structure != "channel"
    ]
    start, found = len(names.prefix()) + 1, dict[str, int]()
    for key in connection.scan_iter(match=f"{names.prefix()}:*", count=1000):
        short = key.decode("utf-8", "replace")[start:]
        kind = next((pattern for pattern, form in forms if form.fullmatch(short)), "other")
        found[kind] = found.get(kind, 0) + 1
    return found
