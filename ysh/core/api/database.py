"""The database as a request may use it: read only, and not for long."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction


@contextmanager
def bounded_reads() -> Iterator[None]:
    """A read-only transaction in which each query may take `REQUEST_STATEMENT_TIMEOUT_MS`; a longer one ends in 503.

    One transaction also means that a page and its count come from the same connection settings, whatever a pool does.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('transaction_read_only', 'on', true)",
                [f"{settings.REQUEST_STATEMENT_TIMEOUT_MS}ms"],
            )
        yield
