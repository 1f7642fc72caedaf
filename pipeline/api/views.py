"""State of the pipeline, and its runs."""

import time
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from pipeline.api.filters import RunFilterSet
from pipeline.api.serializers import RunSerializer, StatusSerializer
from pipeline.models import IngestionRun
from pipeline.remembered import RememberedState, remembered_state
from pipeline.service_health import ServiceHealth, service_health
from pipeline.sources.registry import SOURCES
from pipeline.status import STALE_AFTER_CADENCES, SourceState, source_states
from ysh.core.api.ordering import Ordering
from ysh.core.api.views import StrictView
from ysh.core.api.viewsets import ReadOnlyViewSet
from ysh.core.cache import layers, structures

RUN_EXAMPLE = {
    "run_id": "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11",
    "source": "generation_units",
    "trigger_type": "scheduled",
    "status": "SUCCESS",
    "started_at": "2026-08-14T05:00:00.120000Z",
    "ended_at": "2026-08-14T05:01:12.480000Z",
    "duration_seconds": 72.36,
    "rows_fetched": 4655916,
    "rows_inserted": 4655,
    "rows_updated": 23279,
    "rejects_by_reason": {"bad_number": 2},
}


def _source(state: SourceState) -> dict[str, Any]:
    return {
        "source": state.source,
        "label": str(state.label),
        "last_run_id": state.last_run.run_id if state.last_run else None,
        "last_run_status": state.last_run.status if state.last_run else None,
        "last_success_at": state.last_success_at,
        "data_age_seconds": state.data_age.total_seconds() if state.data_age is not None else None,
        "next_run_at": state.next_run_at,
        "is_stale": state.is_stale,
        "is_running": state.active_run is not None,
    }


def _remembered(state: RememberedState, now: datetime) -> dict[str, Any]:
    source, at = SOURCES[state.source], state.last_success_at
    return {
        "source": state.source,
        "label": str(source.label),
        "last_run_id": state.run_id,
        "last_run_status": state.status,
        "last_success_at": at,
        "data_age_seconds": state.data_age.total_seconds() if state.data_age is not None else None,
        "next_run_at": None,
        "is_stale": None if at is None else now - at > STALE_AFTER_CADENCES * source.cadence,
        "is_running": None,
    }


class RecentHealth:
    """The services' health, asked at most once in `keep_seconds` by all web processes together: the page is public, and asking
    opens connections. Without Redis each process keeps its own."""

    keep_seconds = 5

    def __init__(self) -> None:
        self._at = 0.0
        self._found: list[ServiceHealth] = []

    def get(self) -> list[ServiceHealth]:
        shared = structures.health() if settings.API_CACHE else {}
        if shared:
            return [ServiceHealth(**told) for told in shared.values()]
        if not self._found or time.monotonic() - self._at > self.keep_seconds:
            self._found = service_health()
            self._at = time.monotonic()
            if settings.API_CACHE:
                structures.set_health({told.name: asdict(told) for told in self._found}, self.keep_seconds)
        return self._found


recent_health = RecentHealth()


STATUS_EXAMPLE = {
    "is_remembered": False,
    "sources": [
        {
            "source": "generation_units",
            "label": "Distributed-generation units",
            "last_run_id": "7b0c2bb6-3c50-4a53-9f0b-8e5a4d5e8c11",
            "last_run_status": "SUCCESS",
            "last_success_at": "2026-08-14T05:01:12.480000Z",
            "data_age_seconds": 41527.5,
            "next_run_at": "2026-08-15T05:00:00Z",
            "is_stale": False,
            "is_running": False,
        }
    ],
    "services": [{"name": "postgresql", "ok": True, "required": True, "latency_ms": 1.8, "detail": ""}],
}


@extend_schema(
    tags=["pipeline"],
    summary="Freshness of each source, and the services' health",
    description=(
        "Answers while PostgreSQL does not, too: then by what Redis and DynamoDB remember of the last runs, and what only "
        "PostgreSQL knows is null."
    ),
    responses=StatusSerializer,
    examples=[OpenApiExample("State", STATUS_EXAMPLE, response_only=True)],
)
class StatusView(StrictView):
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if layers.database.allows():
            try:
                response = super().get(request, *args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                    layers.database.succeeded()
                    raise
                layers.database.failed()
            else:
                layers.database.succeeded()
                return response
        # PostgreSQL is away, which is when this page is needed.
        now = timezone.now()
        return Response(_status([_remembered(remembered_state(key, now), now) for key in SOURCES], is_remembered=True))

    def read(self, request: Request, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return _status([_source(state) for state in source_states()], is_remembered=False)


def _status(sources: list[dict[str, Any]], *, is_remembered: bool) -> dict[str, Any]:
    return {
        "is_remembered": is_remembered,
        "sources": sources,
        "services": [asdict(item) for item in recent_health.get()],
    }


@extend_schema(tags=["pipeline"])
@extend_schema_view(
    list=extend_schema(summary="List ingestion runs", examples=[OpenApiExample("A run", RUN_EXAMPLE, response_only=True)]),
    retrieve=extend_schema(summary="One ingestion run", examples=[OpenApiExample("A run", RUN_EXAMPLE, response_only=True)]),
)
class RunViewSet(ReadOnlyViewSet):
    queryset = IngestionRun.objects.all()
    serializer_class = RunSerializer
    filterset_class = RunFilterSet
    lookup_field = "run_id"
    lookup_value_regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    orderings: ClassVar[tuple[Ordering, ...]] = (Ordering("started_at"),)
    default_ordering = "-started_at"
