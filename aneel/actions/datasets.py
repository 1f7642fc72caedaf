"""What a person decides about datasets that look alike."""

from datetime import UTC, datetime

import structlog
from django.db import transaction

from aneel.choices import MatchDecision
from aneel.dataset_store import Remade, remake_datasets
from aneel.models import DatasetMatch

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
