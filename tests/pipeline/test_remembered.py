"""What is remembered of a source's runs outside PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.remembered import RememberedState, remember_run, remembered_state
from pipeline.summary import RunSummary
from tests.core.cache.conftest import layers_on  # noqa: F401
from tests.factories.pipeline import IngestionRunFactory

BEGAN = datetime(2026, 11, 20, 5, tzinfo=UTC)


@pytest.mark.usefixtures("layers_on")
def test_the_last_run_and_the_last_good_one(db: Any) -> None:
    def ended(status: str, days: int) -> str:
        end = BEGAN + timedelta(days=days)
        run = IngestionRunFactory(
            source="tariffs", status=status, started_at=end - timedelta(minutes=1), ended_at=end, data_age=timedelta(hours=2)
        )
        remember_run(run.run_id, RunSummary(str(run.run_id), "tariffs", status))
        return str(run.run_id)

    now = BEGAN + timedelta(days=3)
    failed = ended("FAILED", 0)
    assert remembered_state("tariffs", now) == RememberedState("tariffs", failed, "FAILED")
    good = ended("SUCCESS", 1)
    state = RememberedState("tariffs", good, "SUCCESS", BEGAN + timedelta(days=1), timedelta(days=2, hours=2))
    assert remembered_state("tariffs", now) == state
    failed = ended("FAILED", 2)
    assert remembered_state("tariffs", now) == RememberedState("tariffs", failed, "FAILED", state.last_success_at, state.data_age)
    assert remembered_state("certifications", now).run_id is None
