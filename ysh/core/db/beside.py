"""A second connection to the same database, beside the one whose transaction is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def beside(other: Any = connection) -> Iterator[Any]:
    """A psycopg cursor of a connection of its own, which commits at once and sees what is committed; any thread may use it.

    Args:
        other: the Django connection whose settings it has.

    Raises:
        django.db.OperationalError: the database takes no further connection.
    """
    own = other.copy()
    try:
        own.ensure_connection()
        with own.connection.cursor() as cursor:
            yield cursor
    finally:
        own.close()
