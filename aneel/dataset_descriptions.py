"""What was worked out of datasets' texts, written; what a person corrected is never touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from aneel.choices import EnrichedBy
from aneel.models import Dataset
from ysh.core.db.rows import update_rows

#: what is worked out, and what a person may correct
DESCRIBED = ("category", "extracted_keywords", "summary", "solar_relevance")


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A dataset's description and how it came about.

    Attributes:
        title, description, keywords: the texts it was made of; the dataset may have changed since.
        values: by column of `DESCRIBED`; solar_relevance as a Decimal from 0 to 1.
        by, model, version: by what, and which version of the rules or the prompt.
        digest: of the texts.
    """

    title: str
    description: str
    keywords: tuple[str, ...]
    values: Mapping[str, Any]
    by: EnrichedBy
    model: str
    version: str
    digest: str


@transaction.atomic
def keep_descriptions(found: Mapping[Any, WorkedOut]) -> int:
    """Write descriptions, by dataset's primary key. Gives how many datasets now say something else than before.

    A dataset whose texts are others by now, or that is gone, is left out: the next run describes it.
    """
    columns = ("title", "description", "keywords", "corrections", *DESCRIBED)
    rows = Dataset.objects.select_for_update().filter(pk__in=list(found)).only(*columns).order_by("pk")
    now = datetime.now(UTC)
    written: list[dict[str, Any]] = []
    changed = 0
    for row in rows:
        one = found[row.pk]
        if (row.title, row.description, tuple(row.keywords)) != (one.title, one.description, one.keywords):
            continue
        values = {column: getattr(row, column) if column in row.corrections else one.values[column] for column in DESCRIBED}
        changed += any(getattr(row, column) != value for column, value in values.items())
        how = {
            "enriched_by": one.by,
            "enriched_model": one.model,
            "enrichment_version": one.version,
            "enrichment_hash": one.digest,
            "enriched_at": now,
        }
        written.append({"id": row.pk} | values | how)
    update_rows(Dataset, written)
    return changed


def hundredths(relevance: int) -> Decimal:
    """0 to 100 as the column has it."""
    return Decimal(relevance) / 100
