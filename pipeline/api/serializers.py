"""What leaves of runs and states. Not who started a run, nor its error's text and stack: both may name people."""

from typing import Any

from django.db.models import F, Func, JSONField, Value
from rest_framework import serializers

from pipeline.choices import RunStatus, TriggerType
from ysh.core.api.rows import Choice, Data, Flag, Identifier, Instant, Measure, RowSerializer, Text, Whole


def _detail(key: str) -> Func:
    """One entry of the run's details."""
    return Func(F("execution_metadata"), Value(key), template="%(expressions)s", arg_joiner=" -> ", output_field=JSONField())


class RunSerializer(RowSerializer):
    run_id = Identifier()
    source = Text()  # type: ignore[assignment]
    workflow_name = Text()
    trigger_type = Choice(choices=TriggerType.choices)
    status = Choice(choices=RunStatus.choices)
    stage = Text(help_text="What it is doing, while it runs.")
    started_at = Instant()
    ended_at = Instant(allow_null=True)
    duration_seconds = Measure(allow_null=True)
    rows_fetched = Whole()
    rows_processed = Whole()
    rows_inserted = Whole()
    rows_updated = Whole()
    rows_unchanged = Whole()
    rows_removed = Whole()
    rows_rejected = Whole()
    rows_duplicate = Whole()
    used_fallback = Flag()
    rejects_by_reason = Data(column=_detail("rejects_by_reason"), allow_null=True, help_text="Reason code: rows.")
    progress = Data(column=_detail("progress"), allow_null=True, help_text="Rows and bytes so far.")
    stages = Data(column=_detail("stages"), allow_null=True, help_text="Name, start and seconds of each stage.")


class SourceStateSerializer(serializers.Serializer[Any]):
    """For the OpenAPI document."""

    source = serializers.CharField()  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]
    last_run_id = serializers.UUIDField(allow_null=True)
    last_run_status = serializers.ChoiceField(choices=RunStatus.choices, allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    data_age_seconds = serializers.FloatField(allow_null=True)
    next_run_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(
        allow_null=True, help_text="Never loaded, or overdue by more than its cadence; null when that is not known."
    )
    is_running = serializers.BooleanField(allow_null=True, help_text="Null while PostgreSQL does not answer.")


class ServiceSerializer(serializers.Serializer[Any]):
    """For the OpenAPI document."""

    name = serializers.CharField()
    ok = serializers.BooleanField(allow_null=True, help_text="Null when it is not configured.")
    required = serializers.BooleanField()  # type: ignore[assignment]
    latency_ms = serializers.FloatField(allow_null=True)
    detail = serializers.CharField()


class StatusSerializer(serializers.Serializer[Any]):
    """For the OpenAPI document."""

    is_remembered = serializers.BooleanField(help_text="PostgreSQL does not answer: sources are told from memory.")
    sources = SourceStateSerializer(many=True)
    services = ServiceSerializer(many=True)
