"""Runs of the ingestion engine against the real database, committed for real."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from pipeline.actions import run_ingestion
from pipeline.summary import RunSummary
from products.models import Product
from tests.pipeline import database

Ingest = Callable[..., RunSummary]
Command = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture(scope="module")
def committed_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database without a transaction around the test, emptied when the module is done.

    pytest-django's `transactional_db` does the same per test, at a second each: it truncates and refills every table there is.
    """
    with django_db_blocker.unblock():
        database.empty(municipalities=True)
        yield
        database.empty(municipalities=True)


@pytest.fixture
def engine(committed_database: None, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Empty tables, and a lake of the test's own; gives the lake's folder."""
    database.empty()
    lake = tmp_path / "lake"
    settings.LAKE_URL = lake.as_uri()
    yield lake
    database.empty()


@pytest.fixture
def ingest(engine: Path, tmp_path: Path) -> Ingest:
    """Runs a file (path, or bytes that are written first) in this process."""

    def run(data: Path | bytes, **options: Any) -> RunSummary:
        path = data if isinstance(data, Path) else tmp_path / "units.csv"
        if isinstance(data, bytes):
            path.write_bytes(data)
        return run_ingestion("generation_units", file=path, by="tests", **options)

    return run


@pytest.fixture
def ingest_command(engine: Path) -> Command:
    """Runs `manage.py ingest generation_units … --json`: exit code, JSON object, standard error."""
    return call_ingest


def call_ingest(*args: str) -> tuple[int, dict[str, Any], str]:
    """`manage.py ingest generation_units --json` with more arguments: exit code, its one JSON object, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", "generation_units", "--json", *args, stdout=out, stderr=err)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1, f"expected one JSON object on stdout, found {lines}"
    return int(ended.value.code or 0), json.loads(lines[0]), err.getvalue()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For tests of what only commits show. What is put on sale, and the feed with its webhooks, is taken away again."""
    feed = "TRUNCATE pipeline.changes, pipeline.webhook_endpoints, pipeline.webhook_deliveries"
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(feed)
        yield
        Product.objects.filter(sku__startswith="FEED-").delete()
        with connection.cursor() as cursor:
            cursor.execute(feed)
        connection.close()
