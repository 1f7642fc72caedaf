"""The configuration for production: a server starts with it, and the application's user can do its work and no more."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import override_settings

from tests.core.cache.conftest import Server, cache_settings, free_port
from ysh.core.cache import names, redis_tier, structures, versions

DEPLOY = Path(settings.BASE_DIR) / "deploy"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, number = tmp_path_factory.mktemp("redis"), free_port()
    secret = hashlib.sha256(b"a-password").hexdigest()
    (folder / "redis.acl").write_text((DEPLOY / "redis.acl").read_text("utf-8").replace("0" * 64, secret), "utf-8")
    text = (DEPLOY / "redis.conf").read_text("utf-8").replace("/etc/redis/redis.acl", str(folder / "redis.acl"))
    text = text.replace("\nport 6379", f"\nport {number}") + f"\ndir {folder}\n"
    (folder / "redis.conf").write_text(text, "utf-8")
    server = Server(["redis-server", str(folder / "redis.conf")], number, folder / "log")
    server.start()
    yield number
    server.kill()


def test_nobody_gets_in_without_a_name(port: int) -> None:
    with redis.Redis(port=port) as link, pytest.raises(redis.exceptions.AuthenticationError):
        link.ping()


def test_the_application_can_do_its_work(port: int) -> None:
    location = f"redis://ysh:a-password@127.0.0.1:{port}/0"
    with override_settings(CACHES=cache_settings(LOCATION=location), REDIS_URL=location):
        assert redis_tier.rate_limit("somebody", 5) is not None
        versions.bump(["datasets"])
        lock = redis_tier.acquire("d")
        assert lock is not None
        assert lock.fence > 0
        assert redis_tier.release(lock)
        structures.note_event({"source": "tariffs"})
        assert structures.events()
        assert redis_tier.delete_matching(f"{names.prefix()}:*") > 0


@pytest.mark.parametrize(
    "forbidden", [["FLUSHALL"], ["CONFIG", "GET", "*"], ["SHUTDOWN"], ["ACL", "LIST"], ["REPLICAOF", "NO", "ONE"], ["KEYS", "*"]]
)
def test_and_no_more(port: int, forbidden: list[str]) -> None:
    with redis.Redis(port=port, username="ysh", password="a-password") as link, pytest.raises(redis.exceptions.NoPermissionError):
        link.execute_command(*forbidden)


def test_the_monitor_sees_no_data(port: int) -> None:
    with redis.Redis(port=port, username="monitor", password="a-password") as link:
        assert link.info()["maxmemory_policy"] == "volatile-lru"
        assert link.info()["maxmemory"] == 2 * 1024**3
        with pytest.raises(redis.exceptions.NoPermissionError):
            link.get("anything")
