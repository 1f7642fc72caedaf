"""What a person decides about datasets: whether two that look alike are one, and what one is about."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import transaction

from aneel.choices import MatchDecision
from aneel.dataset_descriptions import DESCRIBED
from aneel.dataset_store import Remade, remake_datasets
from aneel.models import Dataset, DatasetMatch
from ysh.core.actor import Actor, acting_as, current_actor

log = structlog.get_logger(__name__)


def confirm_match(match: DatasetMatch, *, by: str, reason: str = "") -> Remade:
    """The two are one dataset: they become one now, under the id of the more authoritative feed, and stay so at every load."""
    return _decide(match, MatchDecision.CONFIRMED, by=by, reason=reason)


def deny_match(match: DatasetMatch, *, by: str, reason: str = "") -> Remade:
    """The two are not one: they are not proposed again; a confirmation is taken back, and they become two."""
    return _decide(match, MatchDecision.DENIED, by=by, reason=reason)


@transaction.atomic
def _decide(match: DatasetMatch, decision: MatchDecision, *, by: str, reason: str) -> Remade:
    row = DatasetMatch.objects.select_for_update().get(pk=match.pk)
    row.decision, row.decided_by, row.decided_at, row.reason = decision, by, datetime.now(UTC), reason
    row.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
    remade = remake_datasets()
    log.info("datasets_matched", first=row.first_id, second=row.second_id, decision=decision.value, by=by)
    return remade


def correct_dataset(dataset: Dataset, *, values: Mapping[str, Any], by: str, reason: str) -> list[str]:
    """Say what a dataset is about. What a person said is never overwritten by rules or a model.

    Args:
        dataset: which.
        values: by column of `DESCRIBED`; what is as it was is no correction.
        by: who says so.
        reason: why; kept in the change log.

    Returns:
        The columns that were corrected.

    Raises:
        KeyError: a column that is not worked out.
        django.core.exceptions.ValidationError: a value that its column does not take.
    """
    unknown = sorted(set(values) - set(DESCRIBED))
    if unknown:
        raise KeyError(f"{', '.join(unknown)}: expected {', '.join(DESCRIBED)}.")
    with transaction.atomic(), _reasoned(by, reason):
        row = Dataset.objects.select_for_update().defer("raw_metadata", "search_vector").get(pk=dataset.pk)
        changed = [column for column, value in values.items() if getattr(row, column) != value]
        for column in changed:
            setattr(row, column, values[column])
            row.corrections[column] = {"by": by, "at": datetime.now(UTC).isoformat(timespec="seconds"), "reason": reason}
        if changed:
            row.clean_fields(exclude=[field.name for field in Dataset._meta.fields if field.name not in changed])
            row.save(update_fields=[*changed, "corrections"])
    log.info("dataset_corrected", dataset=row.aneel_id, columns=changed, by=by)
    return changed


def forget_corrections(dataset: Dataset, *, by: str, reason: str) -> None:
    """Let rules or the model say again what a dataset is about, from the next enrichment on; until then the values stay."""
    with transaction.atomic(), _reasoned(by, reason):
        row = Dataset.objects.select_for_update().defer("raw_metadata", "search_vector").get(pk=dataset.pk)
        row.corrections, row.enrichment_hash = {}, ""
        row.save(update_fields=["corrections", "enrichment_hash"])
    log.info("dataset_corrections_forgotten", dataset=row.aneel_id, by=by)


def _reasoned(by: str, reason: str) -> AbstractContextManager[Actor]:
    """The change log gets the reason."""
    actor = current_actor()
    return acting_as(Actor(by, actor.source, actor.request_id, actor.run_id, reason))
