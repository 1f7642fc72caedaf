"""The services are really touched, in parallel, and a broken one says so without its address or password."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as live
from django.test import override_settings

from pipeline.service_health import _client, service_health

REQUIRED = {"postgresql", "broker"}


def found(time_limit: float = 60.0, **options: Any) -> dict[str, Any]:
    """By name; with patience, so that a busy machine is not taken for a dead service."""
    return {item.name: item for item in service_health(time_limit=time_limit, **options)}


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def _clients() -> Iterator[None]:
    _client.cache_clear()
    yield
    _client.cache_clear()


def test_what_answers(transactional_db: None) -> None:
    services = found()
    assert {name for name, item in services.items() if item.required} == REQUIRED
    for name in ("postgresql", "redis", "broker"):
        assert services[name].ok, services[name]
        assert services[name].latency_ms > 0
    assert services["postgresql"].detail.startswith("PostgreSQL 1")


def test_nothing_listens(transactional_db: None, silent_port: int) -> None:
    with override_settings(REDIS_URL="redis://:pa55word@127.0.0.1:1/0", CELERY_BROKER_URL="redis://:pa55word@127.0.0.1:1/1"):
        services = found()
    assert (services["redis"].ok, services["broker"].ok) == (False, False)
    assert services["redis"].detail == "ConnectionError"
    assert services["postgresql"].ok
    assert "pa55word" not in str(services)
    assert "127.0.0.1" not in str(services)


def test_silence_is_cut_short(transactional_db: None, silent_port: int, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    silent = f"127.0.0.1:{silent_port}"
    with override_settings(
        REDIS_URL=f"redis://{silent}/0",
        CELERY_BROKER_URL=f"redis://{silent}/1",
        DYNAMODB_ENDPOINT_URL=f"http://{silent}",
        S3_ENDPOINT_URL=f"http://{silent}",
    ):
        services = found()
    assert {name for name, item in services.items() if item.ok is False} == {"redis", "broker", "dynamodb", "s3"}
    assert "s3cret" not in str(services)


def test_a_time_limit_of_its_own(transactional_db: None, silent_port: int) -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{silent_port}/0"):
        services = found(time_limit=0.3)
    assert services["redis"].detail == "no answer in time"


def test_what_is_not_configured_is_no_fault(transactional_db: None, monkeypatch: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with override_settings(DYNAMODB_ENDPOINT_URL="", S3_ENDPOINT_URL="", REDIS_URL="", LAKE_URL="file:///tmp/lake"):
        services = found()
    assert [(services[name].ok, services[name].detail) for name in ("redis", "dynamodb", "s3")] == [(None, "not configured")] * 3


@pytest.mark.skipif(not live.DYNAMODB_ENDPOINT_URL, reason="no DynamoDB- and S3-compatible server in DYNAMODB_ENDPOINT_URL")
def test_the_aws_services_answer(transactional_db: None) -> None:
    services = found()
    assert services["dynamodb"].ok, services["dynamodb"]
    assert services["s3"].ok, services["s3"]


@pytest.mark.skipif(not live.S3_ENDPOINT_URL, reason="no S3-compatible server in S3_ENDPOINT_URL")
def test_a_missing_bucket_is_a_fault(transactional_db: None) -> None:
    with override_settings(LAKE_URL="s3://there-is-no-such-bucket/prefix"):
        assert found()["s3"].ok is False


def test_no_workers(transactional_db: None) -> None:
    workers = found(workers=True, time_limit=4)["workers"]
    assert (workers.required, workers.ok in (True, False)) == (False, True)
