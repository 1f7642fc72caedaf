"""kill -9 at any moment leaves the table as before or as after, and the next run takes over."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from pipeline.models import ActiveRun, IngestionRun
from tests.pipeline import database
from tests.pipeline.conftest import Ingest
from tests.pipeline.published import DAY, csv_bytes, unit, units, written
from ysh.core.db.locks import lock_key

ROWS = 6000
POINTS = 6


def _start(path: Path, lake: Path) -> subprocess.Popen[bytes]:
    parts = connection.settings_dict
    url = f"postgis://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ysh.settings.dev", "LAKE_URL": lake.as_uri()}
    return subprocess.Popen(
        [sys.executable, "manage.py", "ingest", "generation_units", "--file", str(path)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _kill_after_lines(process: "subprocess.Popen[bytes]", lines: int) -> None:
    """Kill once the process has said so many lines: spread over its stages, whatever the machine's speed."""
    assert process.stderr is not None
    for _ in range(lines):
        if not process.stderr.readline():
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()


def _wait_for_the_server_to_notice() -> None:
    """The dead client's lock is free as soon as its server process finds nobody to answer: blocks until then."""
    key = lock_key("ingest:generation_units")
    database.query("SELECT pg_advisory_lock(%s)", key)
    database.query("SELECT pg_advisory_unlock(%s)", key)


@pytest.mark.parametrize("case", ["first load", "next day"])
def test_killed_at_random_points(
    ingest: Ingest, engine: Path, tmp_path: Path, case: str, subtests: Callable[..., object]
) -> None:
    seed = int(os.environ.get("PYTEST_KILL_SEED", "20261123"))
    points = sorted(random.Random(seed).sample(range(1, 18), POINTS))
    before_rows = units(ROWS)
    after_rows = [*units(ROWS - 10, day=DAY + timedelta(days=1)), *(unit(ROWS + n) for n in range(20))]
    after = csv_bytes(after_rows if case == "next day" else before_rows)
    path = written(tmp_path / "after.csv", after)
    for point in points:
        with subtests.test(seed=seed, lines=point):  # type: ignore[attr-defined]
            database.empty()
            if case == "next day":
                assert ingest(csv_bytes(before_rows)).inserted == ROWS
            before = database.digest("aneel.generation_units", "t.unit_id, t.status, t.row_hash")
            schema = database.schema_of("aneel.generation_units")
            _kill_after_lines(_start(path, engine), point)
            _wait_for_the_server_to_notice()
            found = database.digest("aneel.generation_units", "t.unit_id, t.status, t.row_hash")
            summary = ingest(path)
            done = database.digest("aneel.generation_units", "t.unit_id, t.status, t.row_hash")
            assert summary.status in ("SUCCESS", "UNCHANGED"), summary.error
            assert found in (before, done)
            assert database.schema_of("aneel.generation_units") == schema
            assert not ActiveRun.objects.exists()
            assert not IngestionRun.objects.filter(ended_at__isnull=True).exists()
