"""Datasets described: those whose texts changed, or that were described by an older version of the rules or the prompt."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from django.conf import settings

from aneel.choices import EnrichedBy
from aneel.dataset_descriptions import WorkedOut, hundredths, keep_descriptions
from aneel.models import Dataset
from pipeline.enrichment import question, taxonomy
from pipeline.enrichment.described import Description, Texts
from pipeline.enrichment.ollama import ModelFaultError, ask_model
from pipeline.enrichment.rules import describe
from ysh.core.said import Said, in_english, say

log = structlog.get_logger(__name__)

BATCH = 20
# A model that gives so many unusable answers one after the other is left alone until the next run.
_MOST_FAULTS = 3
# Written together, so that a run that breaks off keeps what it has.
_WRITTEN_TOGETHER = 200

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Enrichment:
    """What came of a run, in datasets.

    Attributes:
        datasets: all there are.
        described: worked out in this run.
        changed: say something else than before.
        by_model, by_rules: of the described ones.
        left: would have been described by the model, and keep what it said of the same texts earlier.
        faults: the model's, by code, in batches.
        model: which one; empty when none was asked.
    """

    datasets: int = 0
    described: int = 0
    changed: int = 0
    by_model: int = 0
    by_rules: int = 0
    left: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    model: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def said(self) -> Said:
        """For the workflow's page."""
        counts = {name: getattr(self, name) for name in ("described", "by_model", "by_rules", "changed")}
        return say("described", **{name: count for name, count in counts.items() if count}, faults=self.faults)

    @property
    def text(self) -> str:
        """In English, for the command."""
        return in_english(self.said)


def enrich_datasets(
    *, everything: bool = False, only_rules: bool = False, on_progress: Progress | None = None, seconds: float | None = None
) -> Enrichment:
    """Describe what is new or outdated: by the model where `OLLAMA_URL` names one, by rules otherwise and where it is at fault.

    Args:
        everything: describe all datasets again.
        only_rules: ask no model.
        on_progress: told how many of how many were described.
        seconds: how long the model may take altogether; `ENRICHMENT_LONGEST_SECONDS` when None.

    Returns:
        What came of it. What a person corrected is as it was.
    """
    asks = bool(settings.OLLAMA_URL and settings.OLLAMA_MODEL) and not only_rules
    done = Enrichment(model=settings.OLLAMA_MODEL[:100] if asks else "")
    columns = ("title", "description", "keywords", "enriched_by", "enriched_model", "enrichment_version", "enrichment_hash")
    rows = list(Dataset.objects.only(*columns).order_by("pk"))
    done.datasets = len(rows)
    wanted = [row for row in rows if everything or _is_outdated(row, done.model, only_rules=only_rules)]
    asker = _Asker(done, time.monotonic() + (settings.ENRICHMENT_LONGEST_SECONDS if seconds is None else seconds))
    for start in range(0, len(wanted), _WRITTEN_TOGETHER):
        found: dict[Any, WorkedOut] = {}
        for first in range(start, min(start + _WRITTEN_TOGETHER, len(wanted)), BATCH):
            found |= asker.work_out(wanted[first : first + BATCH])
            if on_progress is not None:
                on_progress(done.described, len(wanted))
        done.changed += keep_descriptions(found)
    log.info("datasets_enriched", **done.as_json())
    return done


def _is_outdated(row: Dataset, model: str, *, only_rules: bool) -> bool:
    """Described of other texts, or by another version or model. Rules replace a model's words only when that is asked for."""
    if row.enriched_by is None or row.enrichment_hash != _texts(row).digest:
        return True
    if model:
        return (row.enriched_by, row.enriched_model, row.enrichment_version) != (EnrichedBy.MODEL, model, question.VERSION)
    if row.enriched_by == EnrichedBy.MODEL:
        return only_rules
    return row.enrichment_version != taxonomy.VERSION


def _texts(row: Dataset) -> Texts:
    return Texts(row.title, row.description, tuple(row.keywords))


class _Asker:
    """Batches described, by the model as long as it is of use."""

    def __init__(self, done: Enrichment, until: float) -> None:
        self._done, self._until = done, until
        self._asks = bool(done.model)
        self._faults_together = 0

    def work_out(self, batch: Sequence[Dataset]) -> dict[Any, WorkedOut]:
        """Descriptions of a batch, by primary key."""
        texts = [_texts(row) for row in batch]
        said = self._ask(texts) if self._asks else None
        if said is not None:
            self._done.by_model += len(batch)
            self._done.described += len(batch)
            how = (EnrichedBy.MODEL, self._done.model, question.VERSION)
            return {row.pk: _worked_out(one, what, *how) for row, one, what in zip(batch, texts, said, strict=True)}
        found = {}
        for row, one in zip(batch, texts, strict=True):
            if self._done.model and row.enriched_by == EnrichedBy.MODEL and row.enrichment_hash == one.digest:
                self._done.left += 1
                continue
            found[row.pk] = _worked_out(one, describe(one), EnrichedBy.RULES, "", taxonomy.VERSION)
        self._done.by_rules += len(found)
        self._done.described += len(found)
        return found

    def _ask(self, texts: Sequence[Texts]) -> list[Description] | None:
        left = min(settings.OLLAMA_TIMEOUT_SECONDS, self._until - time.monotonic())
        if left <= 0:
            self._fault(ModelFaultError("out_of_time", "The time for all datasets is used up.", lasting=True))
            return None
        try:
            said = ask_model(texts, seconds=left)
        except ModelFaultError as error:
            self._fault(error)
            return None
        self._faults_together = 0
        return said

    def _fault(self, error: ModelFaultError) -> None:
        self._done.faults[error.code] = self._done.faults.get(error.code, 0) + 1
        self._faults_together += 1
        if error.lasting or self._faults_together >= _MOST_FAULTS:
            self._asks = False
        log.warning("model_fault", code=error.code, why=str(error), asks_on=self._asks)


def _worked_out(texts: Texts, found: Description, by: EnrichedBy, model: str, version: str) -> WorkedOut:
    values = {
        "category": found.category,
        "extracted_keywords": list(found.keywords),
        "summary": found.summary,
        "solar_relevance": hundredths(found.relevance),
    }
    return WorkedOut(texts.title, texts.description, tuple(texts.tags), values, by, model, version, texts.digest)
