"""Four tables of this test session, made by the command's own code and deleted afterwards."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from ysh.core.dynamodb import administration, client
from ysh.core.dynamodb.tables import TABLES


@pytest.fixture(scope="session")
def table_prefix() -> Iterator[str]:
    if not settings.DYNAMODB_ENDPOINT_URL:
        pytest.skip("no DynamoDB-compatible server is configured")
    prefix = f"test-{os.getpid()}-"
    with override_settings(DYNAMODB_TABLE_PREFIX=prefix):
        connection = administration.connect()
        administration.create_all(connection)
    yield prefix
    with override_settings(DYNAMODB_TABLE_PREFIX=prefix):
        for table in TABLES:
            administration.delete(connection, table)


@pytest.fixture
def dynamodb(table_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables, asked patiently: a busy machine is no outage."""
    monkeypatch.setattr(client, "READ_SECONDS", 20)
    monkeypatch.setattr(client, "CONNECT_SECONDS", 20)
    client._client.cache_clear()
    with override_settings(DYNAMODB_ENABLED=True, DYNAMODB_TABLE_PREFIX=table_prefix):
        yield
