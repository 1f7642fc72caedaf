"""What the list of runs can be narrowed by."""

from pipeline.choices import RunStatus, TriggerType
from pipeline.models import IngestionRun
from pipeline.sources.registry import SOURCES
from ysh.core.api.filters import InstantFilter, StrictFilterSet, VocabularyFilter


class RunFilterSet(StrictFilterSet):
    source = VocabularyFilter(values=tuple(SOURCES), label="source")
    status = VocabularyFilter(values=RunStatus, label="status")
    trigger_type = VocabularyFilter(values=TriggerType, label="what started it")
    started_from = InstantFilter(field_name="started_at", lookup_expr="gte", label="started at or after this moment")
    started_to = InstantFilter(field_name="started_at", lookup_expr="lt", label="started before this moment")

    class Meta:
        model = IngestionRun
        fields: tuple[str, ...] = ()
