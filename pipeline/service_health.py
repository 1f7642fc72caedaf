"""Whether the services we stand on answer. Each is really touched, all at once, none for longer than the time limit."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import redis
from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connections
from kombu.exceptions import OperationalError as BrokerError
from redis.backoff import NoBackoff
from redis.retry import Retry

TIME_LIMIT_SECONDS = 2.0
_CONNECT_SECONDS = 1.0
_SILENT = "no answer in time"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """What one service said.

    Attributes:
        name: postgresql, redis, broker, dynamodb, s3 or workers.
        ok: it answered; None when it is not configured.
        required: whether the product can serve without it.
        latency_ms: time to its answer; None when there was none.
        detail: one short line without addresses or secrets.
    """

    name: str
    ok: bool | None
    required: bool
    latency_ms: float | None
    detail: str


class _NotConfiguredError(Exception):
    """There is nothing to touch."""


def service_health(*, workers: bool = False, time_limit: float = TIME_LIMIT_SECONDS) -> list[ServiceHealth]:
    """Touch every service.

    Args:
        workers: also ask the Celery workers, which takes up to a second when there are none.
        time_limit: seconds after which a silent service counts as down; its thread is left behind.
    """
    checks: dict[str, tuple[Callable[[], str], bool]] = {
        "postgresql": (_postgresql, True),
        "redis": (_redis, False),
        "broker": (_broker, True),
        "dynamodb": (_dynamodb, False),
        "s3": (_s3, False),
    }
    if workers:
        checks["workers"] = (_workers, False)
    pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="health")
    started = time.monotonic()
    running = {name: pool.submit(_timed, check) for name, (check, _required) in checks.items()}
    found = [_result(name, future, checks[name][1], started + time_limit) for name, future in running.items()]
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def _timed(check: Callable[[], str]) -> tuple[float, str]:
    started = time.perf_counter()
    detail = check()
    return round((time.perf_counter() - started) * 1000, 1), detail


def _result(name: str, future: Future[tuple[float, str]], required: bool, deadline: float) -> ServiceHealth:
    try:
        latency, detail = future.result(timeout=max(0.0, deadline - time.monotonic()))
    except _NotConfiguredError:
        return ServiceHealth(name, None, False, None, "not configured")
    except FutureTimeout:
        return ServiceHealth(name, False, required, None, _SILENT)
    except (DatabaseError, redis.RedisError, BrokerError, BotoCoreError, ClientError, OSError, ValueError) as error:
        return ServiceHealth(name, False, required, None, _kind(error))
    return ServiceHealth(name, True, required, latency, detail)


def _kind(error: Exception) -> str:
    """The kind of the fault. Not its text: drivers put addresses, and sometimes credentials, there."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    cause = error.__cause__ or error
    return _SILENT if isinstance(cause, TimeoutError) else type(cause).__name__


def _postgresql() -> str:
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), public.postgis_lib_version(), pg_is_in_recovery()")
            version, postgis, standby = cursor.fetchone()
    finally:
        connection.close()  # this thread's own
    return f"PostgreSQL {version.split()[0]}, PostGIS {postgis}{', standby' if standby else ''}"


def _ping(url: str) -> str:
    once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(
        url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_CONNECT_SECONDS, retry=once
    ) as client:
        client.ping()
    return "PONG"


def _redis() -> str:
    if not settings.REDIS_URL:
        raise _NotConfiguredError
    return _ping(settings.REDIS_URL)


def _broker() -> str:
    url = settings.CELERY_BROKER_URL
    if urlsplit(url).scheme in ("redis", "rediss", "unix"):
        return _ping(url)
    with current_app.connection_for_write(connect_timeout=_CONNECT_SECONDS) as connection:
        connection.ensure_connection(max_retries=1, timeout=_CONNECT_SECONDS)
    return urlsplit(url).scheme


@lru_cache(maxsize=4)
def _client(service: str, endpoint: str) -> Any:
    """A client, made once: it reads files for tenths of a second. None without an endpoint and without credentials."""
    import boto3  # noqa: PLC0415  (half a second, for who needs it)
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.Session(region_name=settings.AWS_REGION)
    if session.get_credentials() is None:
        return None
    return session.client(
        service,
        endpoint_url=endpoint or None,
        config=Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_CONNECT_SECONDS, retries={"total_max_attempts": 1}),
    )


def _dynamodb() -> str:
    client = _client("dynamodb", settings.DYNAMODB_ENDPOINT_URL)
    if client is None:
        raise _NotConfiguredError
    client.list_tables(Limit=1)
    return "answers"


def _s3() -> str:
    lake = urlsplit(settings.LAKE_URL)
    client = _client("s3", settings.S3_ENDPOINT_URL) if settings.S3_ENDPOINT_URL or lake.scheme == "s3" else None
    if client is None:
        raise _NotConfiguredError
    if lake.scheme == "s3":
        client.head_bucket(Bucket=lake.netloc)
        return "the lake's bucket is there"
    client.list_buckets()
    return "answers"


def _workers() -> str:
    replies = current_app.control.ping(timeout=1.0, limit=1)
    if not replies:
        raise TimeoutError("no worker answered")
    return "a worker answers"
