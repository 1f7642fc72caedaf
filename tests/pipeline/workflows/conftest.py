"""Workflows against a portal that can be broken, carried out in this process or by a real worker over the real broker."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.core.management import call_command

from pipeline.models import IngestionRun
from tests.core.conftest import dynamodb, table_prefix

__all__ = ["dynamodb", "table_prefix"]

Workflow = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def workflow(engine: Path, portal: Any) -> Workflow:
    """`manage.py workflow NAME … --json`: exit code and its one JSON object."""
    return call_workflow


def call_workflow(*args: str) -> tuple[int, dict[str, Any]]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("workflow", *args, "--json", stdout=out, stderr=err)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1, f"expected one JSON object on stdout, found {lines}"
    return int(ended.value.code or 0), json.loads(lines[0])


class Ended:
    """Waits, by Celery's signal after every task, until the row of a workflow's run is final."""

    def __init__(self) -> None:
        self._task_done = threading.Condition()
        self._tasks = 0

    def __call__(self, **kwargs: Any) -> None:
        with self._task_done:
            self._tasks += 1
            self._task_done.notify_all()

    def until(self, happened: Callable[[], bool], seconds: float = 60) -> bool:
        with self._task_done:
            return self._task_done.wait_for(happened, seconds)

    def ended(self, run_id: UUID) -> bool:
        return self.until(lambda: IngestionRun.objects.filter(run_id=run_id, ended_at__isnull=False).exists())


@pytest.fixture
def worker(engine: Path, portal: Any) -> Iterator[Ended]:
    """A Celery worker on both queues, in this process so that it shares the test's database, lake and portal."""
    current_app.control.purge()
    ended = Ended()
    task_postrun.connect(ended)
    with start_worker(current_app, pool="solo", queues=["ingest", "default"], perform_ping_check=False, shutdown_timeout=60):
        yield ended
    task_postrun.disconnect(ended)
