"""The datasets' quality scores, brought up to date."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from aneel.dataset_quality import READ, quality_parts
from aneel.models import Dataset
from ysh.core.db.rows import update_rows
from ysh.core.quality_score import score


def score_datasets(now: datetime | None = None) -> int:
    """Write the score of every dataset whose score is another one now. Returns how many."""
    now = now or timezone.now()
    changed = []
    for dataset in Dataset.objects.only(*READ, "data_quality_score").order_by("pk").iterator():
        found = Decimal(str(score(quality_parts(dataset, now)))).quantize(Decimal("0.01"))
        if found != dataset.data_quality_score:
            changed.append({"id": dataset.pk, "data_quality_score": found})
    update_rows(Dataset, changed)
    return len(changed)
