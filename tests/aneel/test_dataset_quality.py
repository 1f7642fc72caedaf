"""A dataset's score: every loss is named, and what is not said is not judged."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aneel.actions.dataset_quality import score_datasets
from aneel.dataset_quality import cadence_of, quality_parts
from aneel.models import Dataset
from tests.factories.aneel import DatasetFactory
from ysh.core.quality_score import reasons, score

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WHOLE: dict[str, Any] = {"update_frequency": "Diária", "modified": NOW - timedelta(hours=5)}


def lost(**fields: Any) -> dict[str, float]:
    """Check -> value of everything that is not perfect."""
    return {str(one["check"]): one["value"] for one in reasons(quality_parts(DatasetFactory.build(**(WHOLE | fields)), NOW))}


def test_nothing_is_missing() -> None:
    assert lost() == {}
    assert score(quality_parts(DatasetFactory.build(**WHOLE), NOW)) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"license": "", "keywords": []}, {"license": 0.0, "keywords": 0.0}),
        ({"description": "{{description}}"}, {"description": 0.0}),
        ({"resources": [{"url": "ftp://x", "format": "CSV"}, {"url": "https://x.org/a", "format": "CSV"}]}, {"resources": 0.5}),
        ({"resources": []}, {"resources": 0.0}),
        ({"modified": NOW + timedelta(days=9)}, {"modified": 0.0}),
        ({"conflicts": {"title": {"RSS": "x"}}}, {"conflicts": 0.9474}),
        ({"modified": NOW - timedelta(days=2.5)}, {"age": 0.5}),
        # Not said: it costs completeness, and its age is not judged.
        ({"update_frequency": "", "modified": NOW - timedelta(days=900)}, {"update_frequency": 0.0}),
        ({"update_frequency": "Sob demanda", "modified": NOW - timedelta(days=900)}, {}),
    ],
)
def test_each_loss_is_named(fields: dict[str, Any], expected: dict[str, float]) -> None:
    assert lost(**fields) == expected


def test_cadences_in_words() -> None:
    assert (cadence_of(" DIÁRIA "), cadence_of("Trimestral")) == (timedelta(days=1), timedelta(days=92))
    assert cadence_of("Contínua") is None


def test_only_scores_that_changed_are_written(db: None, django_assert_num_queries: Any) -> None:
    good = DatasetFactory(**WHOLE, data_quality_score=None)
    bad = DatasetFactory(**WHOLE | {"license": ""}, data_quality_score=Decimal("0.98"))
    assert score_datasets(NOW) == 1
    assert dict(Dataset.objects.values_list("pk", "data_quality_score")) == {good.pk: Decimal(1), bad.pk: Decimal("0.98")}
    with django_assert_num_queries(1):
        assert score_datasets(NOW) == 0
