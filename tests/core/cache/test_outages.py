"""The real web server on private servers that are killed: cached reads go on, and all is as before once they are back."""

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import override_settings

from bench.private import Wire
from tests.core.cache.conftest import Server, free_port, wait_until
from ysh.core.cache import dynamodb_tier
from ysh.core.cache.entry import unpack
from ysh.core.dynamodb import administration
from ysh.core.dynamodb.tables import API_CACHE

INSERT = """
INSERT INTO aneel.datasets (aneel_id, title, source_api, description, url, license, update_frequency, access_level, publisher_name,
    publisher_email, contact_name, contact_email)
VALUES ('outage-1', 'One', 'CKAN', '', '', '', '', '', '', '', '', '')
"""
DATASETS = "/api/v1/datasets/?fields=aneel_id,title"


class Product:
    """One web process with its own Redis, DynamoDB, and a wire to PostgreSQL that can be cut."""

    def __init__(self, port: int, redis: Server, dynamodb: Server, postgres: Wire) -> None:
        self.port, self.redis, self.dynamodb, self.postgres = port, redis, dynamodb, postgres

    def get(self, path: str = DATASETS, **headers: str) -> tuple[int, dict[str, str], Any]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.request("GET", path, headers={"Host": "localhost", **headers})
        response = link.getresponse()
        body = response.read()
        link.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, json.loads(body or b"null")

    def source(self, path: str = DATASETS) -> str:
        return self.get(path)[1].get("x-cache", "")


def dsn() -> str:
    database = settings.DATABASES["default"]
    return (
        f"host={database['HOST']} port={database['PORT']} user={database['USER']} password={database['PASSWORD']} "
        f"dbname={connection.settings_dict['NAME']}"
    )


@pytest.fixture(scope="module")
def product(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Product]:
    if not settings.DYNAMODB_ENDPOINT_URL:
        pytest.skip("no DynamoDB-compatible server is configured")
    folder: Path = tmp_path_factory.mktemp("product")
    redis_port, dynamodb_port, port = free_port(), free_port(), free_port()
    plain = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    redis = Server(["redis-server", "--port", str(redis_port), *plain], redis_port, folder / "redis.log")
    roto = str(Path(sys.executable).parent / "roto-server")
    dynamodb = Server(
        [roto, "--host", "127.0.0.1", "--port", str(dynamodb_port), "--data-dir", str(folder / "data")],
        dynamodb_port,
        folder / "roto.log",
    )
    redis.start()
    dynamodb.start()
    database = settings.DATABASES["default"]
    postgres = Wire(str(database["HOST"]), int(database["PORT"]))
    postgres.start()
    endpoint = f"http://127.0.0.1:{dynamodb_port}"
    with override_settings(DYNAMODB_ENDPOINT_URL=endpoint, DYNAMODB_TABLE_PREFIX="t-"):
        administration.create_all(administration.connect())
    name = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ysh.settings.production",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "localhost",
        "SECURE_SSL_REDIRECT": "false",
        "LOG_FORMAT": "text",
        "API_ANONYMOUS_PER_MINUTE": "0",
        "DATABASE_URL": f"postgis://{database['USER']}:{database['PASSWORD']}@127.0.0.1:{postgres.port}/{name}",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "DYNAMODB_ENDPOINT_URL": endpoint,
        "DYNAMODB_TABLE_PREFIX": "t-",
    }
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    command = [gunicorn, "ysh.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket", "--threads", "4", "--workers", "1"]
    with (folder / "web.log").open("ab") as log:
        web = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
    made = Product(port, redis, dynamodb, postgres)
    try:
        wait_until(lambda: _answers(made), 60)
        with psycopg.connect(dsn(), autocommit=True) as writer:
            writer.execute("DELETE FROM aneel.datasets WHERE aneel_id LIKE 'outage-%'")
        yield made
    finally:
        web.terminate()
        web.wait(20)
        for server in (redis, dynamodb):
            server.kill()
        postgres.stop()


def _answers(product: Product) -> bool:
    try:
        return product.get("/healthz")[0] == 200
    except OSError:
        return False


def settle(product: Product) -> None:
    """Everything runs, and the answer is in both layers.

    DynamoDB is written in the background, after Redis, and not at all while it is away: then Redis has to ask anew.
    """

    def is_in_both() -> bool:
        if product.source() != "HIT-REDIS":
            return False
        if not _is_kept_below(product):
            with redis.Redis(port=product.redis.port) as link:
                link.flushdb()
            return False
        return True

    wait_until(is_in_both, 30)


@contextmanager
def _its_dynamodb(product: Product) -> Iterator[Any]:
    endpoint = f"http://127.0.0.1:{product.dynamodb.port}"
    with override_settings(DYNAMODB_ENDPOINT_URL=endpoint, DYNAMODB_TABLE_PREFIX="t-"):
        yield administration.connect()


def _is_kept_below(product: Product) -> bool:
    """Whether DynamoDB holds the answer of now, under the tokens of now."""
    etag = product.get()[1]["etag"]
    with _its_dynamodb(product) as link:
        tokens = dynamodb_tier.read_tokens(link)
        entries = [unpack(item["entry"]["B"]) for item in link.scan(TableName=API_CACHE.name)["Items"] if "entry" in item]
    return any(entry.etag == etag and entry.tokens.items() <= tokens.items() for entry in entries)


def answers_from(product: Product, source: str, body: Any) -> None:
    """Every answer is right, and soon they come from there (a busy machine may miss a layer's short timeout)."""

    def is_there() -> bool:
        status, headers, found = product.get()
        assert (status, found) == (200, body)
        return headers["x-cache"] == source

    wait_until(is_there, 15)


def test_a_write_by_psql_is_seen(product: Product) -> None:
    settle(product)
    with psycopg.connect(dsn(), autocommit=True) as writer:
        for statement, titles in (
            (INSERT, ["One"]),
            ("UPDATE aneel.datasets SET title = 'Two' WHERE aneel_id = 'outage-1'", ["Two"]),
            ("DELETE FROM aneel.datasets WHERE aneel_id = 'outage-1'", []),
        ):
            writer.execute(statement)
            writer.execute("SELECT pg_stat_force_next_flush()")
            wait_until(lambda wanted=titles: [row["title"] for row in product.get()[2]["results"]] == wanted, 15)


def test_redis_dies_and_returns_empty(product: Product) -> None:
    settle(product)
    body = product.get()[2]
    product.redis.kill()
    for _ in range(3):
        answers_from(product, "HIT-DYNAMODB", body)
    product.redis.start()
    wait_until(lambda: product.source() == "HIT-REDIS", 10)


def test_redis_hangs(product: Product) -> None:
    settle(product)
    body = product.get()[2]
    product.redis.freeze()
    try:
        for _ in range(3):
            answers_from(product, "HIT-DYNAMODB", body)
    finally:
        product.redis.thaw()
    wait_until(lambda: product.source() == "HIT-REDIS", 10)


def test_dynamodb_dies(product: Product) -> None:
    settle(product)
    body = product.get()[2]
    product.dynamodb.kill()
    for _ in range(3):
        answers_from(product, "HIT-REDIS", body)
    assert product.source(f"{DATASETS}&page_size=7") == "MISS"
    wait_until(lambda: product.source(f"{DATASETS}&page_size=7") == "HIT-REDIS", 15)
    product.dynamodb.start()


def test_both_layers_die(product: Product) -> None:
    settle(product)
    product.redis.kill()
    product.dynamodb.kill()
    for _ in range(5):
        status, headers, _body = product.get()
        assert (status, headers["x-cache"]) == (200, "MISS")
    product.redis.start()
    product.dynamodb.start()
    settle(product)


def test_postgresql_dies(product: Product) -> None:
    settle(product)
    body = product.get()[2]
    product.postgres.stop()
    try:
        status, headers, found = product.get()
        assert (status, headers["x-cache"], found) == (200, "HIT-REDIS", body)
        # What is kept no longer holds, and cannot be built: the last known answer, marked as such.
        _forget_tokens(product)
        for _ in range(5):
            status, headers, found = product.get()
            assert (status, headers["x-cache"], found) == (200, "STALE", body)
            assert headers["warning"].startswith("110 ")
            assert int(headers["age"]) >= 0
        status, _headers, problem = product.get(f"{DATASETS}&page_size=9")
        assert (status, problem["code"]) == (503, "database_unavailable")
    finally:
        product.postgres.start()
    wait_until(lambda: product.source() == "HIT-REDIS", 10)


def test_the_status_is_told_from_memory_while_postgresql_is_away(product: Product) -> None:
    settle(product)
    run = {"run_id": str(uuid4()), "status": "FAILED", "last_success_at": "2020-11-20T05:01:30+00:00", "data_age_seconds": 60.0}
    with redis.Redis(port=product.redis.port) as link:
        prefix = link.keys("*:versions")[0].removesuffix(b"versions")
        link.set(prefix + b"last-ingestion:tariffs", json.dumps(run))
    assert product.get("/api/v1/status/")[2]["is_remembered"] is False
    product.postgres.stop()
    try:
        status, _headers, body = product.get("/api/v1/status/")
        sources = {source["source"]: source for source in body["sources"]}
        assert (status, body["is_remembered"]) == (200, True)
        told = sources["tariffs"]
        assert (told["last_run_id"], told["last_run_status"]) == (run["run_id"], "FAILED")
        assert (told["last_success_at"], told["is_stale"], told["is_running"]) == ("2020-11-20T05:01:30Z", True, None)
        assert told["data_age_seconds"] > 60
        assert {sources["certifications"][name] for name in ("last_run_id", "last_success_at", "is_stale")} == {None}
        wait_until(lambda: {"postgresql": False}.items() <= _services(product).items(), 15)
    finally:
        product.postgres.start()
    wait_until(lambda: product.get("/api/v1/status/")[2]["is_remembered"] is False, 10)


def _services(product: Product) -> dict[str, bool]:
    return {service["name"]: service["ok"] for service in product.get("/api/v1/status/")[2]["services"]}


def test_postgresql_and_redis_die(product: Product) -> None:
    settle(product)
    body = product.get()[2]
    product.redis.kill()
    product.postgres.stop()
    try:
        wait_until(lambda: (product.source(), product.get()[2]) == ("HIT-DYNAMODB", body), 15)
    finally:
        product.postgres.start()
        product.redis.start()
    settle(product)


def _forget_tokens(product: Product) -> None:
    """As a change does, which this database can no longer make."""
    with redis.Redis(port=product.redis.port) as link:
        link.hset(link.keys("*:versions")[0], "datasets", "another token")
    with _its_dynamodb(product) as link:
        dynamodb_tier.write_tokens(link, {"datasets": "another token"})
