"""One client a process and server, with short timeouts, and a breaker: a DynamoDB that does not answer costs milliseconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from ysh.core.cache.breaker import Breaker

CONNECT_SECONDS, READ_SECONDS = 0.25, 0.5
#: Answers of the server that say "not now"; any other error code is our fault and no outage.
_BUSY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "InternalServerError",
    "ServiceUnavailable",
    "ResourceNotFoundException",
}


class Unavailable(Exception):  # noqa: N818  (a state, not an error of the caller)
    """DynamoDB is not configured, left alone at the moment, or did not answer."""


@lru_cache(maxsize=16)
def _client(endpoint: str, region: str) -> Any:
    import boto3  # noqa: PLC0415  (half a second, for who needs it)
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.Session(region_name=region)
    # Without an endpoint this is AWS: only for who has credentials.
    if not endpoint and session.get_credentials() is None:
        return None
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
        max_pool_connections=50,
        parameter_validation=False,
    )
    return session.client("dynamodb", endpoint_url=endpoint or None, config=config)


def client() -> Any:
    """The low-level client; None when neither an endpoint nor credentials are configured."""
    return _client(settings.DYNAMODB_ENDPOINT_URL, settings.AWS_REGION)


def is_configured() -> bool:
    """Whether there is a DynamoDB to ask."""
    return bool(settings.DYNAMODB_ENABLED) and client() is not None


_breakers: dict[str, Breaker] = {}
#: What has to happen before DynamoDB is believed again after an outage; the cache's tokens put themselves here.
recovery: list[Callable[[], bool]] = []


def breaker() -> Breaker:
    """This process's breaker for the server of the settings."""
    place = f"{settings.DYNAMODB_ENDPOINT_URL} {settings.AWS_REGION} {settings.DYNAMODB_TABLE_PREFIX}"
    found = _breakers.get(place)
    if found is None:
        found = _breakers.setdefault(place, Breaker("dynamodb", on_recovery=lambda: all(step() for step in recovery)))
    return found


@contextmanager
def guarded() -> Iterator[Any]:
    """The client; faults are counted by the breaker.

    Raises:
        Unavailable: not configured, left alone, no answer, no such table, or too busy.
        botocore.exceptions.ClientError: the server refuses what we ask (a failed condition, a bad request).
    """
    if not is_configured():
        raise Unavailable
    connection, state = client(), breaker()
    if not state.allows():
        raise Unavailable
    try:
        yield connection
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _BUSY:
            state.failed()
            raise Unavailable from error
        state.succeeded()
        raise
    except (BotoCoreError, OSError) as error:
        state.failed()
        raise Unavailable from error
    else:
        state.succeeded()


def attempt(action: Callable[[Any], Any], default: Any = None) -> Any:
    """The action's result, or the default when DynamoDB does not answer."""
    try:
        with guarded() as connection:
            return action(connection)
    except Unavailable:
        return default
