"""The datasets' quality scores, brought up to date."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from aneel.dataset_quality import quality_parts
from aneel.models import Dataset
from ysh.core.quality_score import score


def score_datasets(now: datetime | None = None) -> int:
    """Write the score of every dataset whose score is another one now. Returns how many."""
    now = now or timezone.now()
    changed = []
    for dataset in Dataset.objects.defer("raw_metadata", "search_vector").order_by("pk"):
        found = Decimal(str(score(quality_parts(dataset, now)))).quantize(Decimal("0.01"))
        if found != dataset.data_quality_score:
            dataset.data_quality_score = found
            changed.append(dataset)
    Dataset.objects.bulk_update(changed, ["data_quality_score"], batch_size=500)
    return len(changed)
