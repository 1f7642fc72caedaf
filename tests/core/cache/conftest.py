"""The layers switched on, with keys of their own that are gone afterwards; private servers that a test may stop."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.db import connections
from django.test import override_settings

from aneel.models import Dataset
from ysh.core.cache import background, layers, redis_tier, versions
from ysh.core.cache.breaker import Breaker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def cache_settings(**changes: Any) -> dict[str, Any]:
    return {**live.CACHES, "default": {**live.CACHES["default"], **changes}}


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Writes are committed for real, and what these tests write is taken away; nothing is flushed, others need the rest."""
    with django_db_blocker.unblock():
        yield
        Dataset.objects.filter(aneel_id__startswith="cache-").delete()
        connections.close_all()


def nobody_is_owed_anything() -> None:
    """What a layer missed in this test must not be told to the next one's: until it is, its breaker is open."""
    with versions._lock:
        for missed in versions._owed.values():
            missed.clear()
    wait_until(lambda: not versions._settling)


@pytest.fixture
def layers_on() -> Iterator[None]:
    """Redis alone, under a prefix of this test; patient, so that a busy machine is no outage."""
    prefix = f"ysh-test-{secrets.token_hex(4)}"
    patient = {**live.CACHES["default"]["OPTIONS"], "SOCKET_CONNECT_TIMEOUT": 20, "SOCKET_TIMEOUT": 20}
    with override_settings(API_CACHE=True, CACHES=cache_settings(KEY_PREFIX=prefix, OPTIONS=patient)):
        layers.database = Breaker("postgresql")
        yield
        background.drain()
        nobody_is_owed_anything()
        redis_tier.delete_matching(f"{prefix}:*")


class Server:
    """A process a test may stop and start again."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.command, self.port, self.log = command, port, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output, cwd=self.log.parent)
        wait_until(self.listens)

    def listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=0.5):
            return True
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[Server]:
    """A Redis of this test, as the cache's server."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = Server([*command, "--dir", str(tmp_path)], port, tmp_path / "redis.log")
    server.start()
    with override_settings(
        API_CACHE=True, REDIS_URL=f"redis://127.0.0.1:{port}/0", CACHES=cache_settings(LOCATION=f"redis://127.0.0.1:{port}/0")
    ):
        layers.database = Breaker("postgresql")
        yield server
        background.drain()
        nobody_is_owed_anything()
    server.kill()
