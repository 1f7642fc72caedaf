"""A database session as a person with psql has one: not the application's connection, no search path of ours."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def psql(db: None) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own that finds an empty change log; whatever the test does not commit is rolled back."""
    connection.ensure_connection()
    parameters = connection.get_connection_params()
    session = psycopg.connect(
        **{key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    )
    try:
        session.execute("TRUNCATE audit.change_log")  # for this transaction only: tests that commit for real leave entries
        yield session
    finally:
        session.rollback()
        session.close()
