"""Runs of the ingestion."""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, GeneratedField, Q, Value
from django.db.models.expressions import Func
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pipeline.choices import RunStatus, TriggerType
from ysh.core.models import vocabulary_check
from ysh.core.said import in_words, say


def _names(label: Any) -> ArrayField:
    return ArrayField(models.TextField(), verbose_name=label, default=list, db_default=[], blank=True)


def _count(label: Any) -> models.BigIntegerField:
    return models.BigIntegerField(label, default=0, db_default=0)


class IngestionRun(models.Model):
    """One run of one source, from its request to its final status. Partitioned by month on `started_at`."""

    run_id = models.UUIDField(_("run"))
    source = models.CharField(_("source"), max_length=60)
    workflow_name = models.CharField(_("workflow"), max_length=60, blank=True, default="", db_default="")
    trigger_type = models.CharField(_("trigger"), max_length=10, choices=TriggerType)
    triggered_by = models.CharField(_("started by"), max_length=150, blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    duration_seconds = GeneratedField(
        expression=Func(Value("epoch"), F("ended_at") - F("started_at"), function="date_part", output_field=models.FloatField()),
        output_field=models.FloatField(),
        verbose_name=_("duration (s)"),
        db_persist=True,
    )
    status = models.CharField(
        _("status"), max_length=12, choices=RunStatus, default=RunStatus.PENDING, db_default=RunStatus.PENDING
    )
    stage = models.CharField(_("stage"), max_length=30, blank=True, default="", db_default="")
    error_message = models.TextField(_("error"), blank=True, default="", db_default="")
    error_stack = models.TextField(_("stack"), blank=True, default="", db_default="")
    rows_fetched = _count(_("fetched"))
    rows_processed = _count(_("processed"))
    rows_inserted = _count(_("inserted"))
    rows_updated = _count(_("updated"))
    rows_unchanged = _count(_("unchanged"))
    rows_removed = _count(_("removed"))
    rows_rejected = _count(_("rejected"))
    rows_duplicate = _count(_("duplicates"))
    sources_attempted = _names(_("sources attempted"))
    sources_succeeded = _names(_("sources succeeded"))
    sources_failed = _names(_("sources failed"))
    api_calls = models.IntegerField(_("API calls"), default=0, db_default=0)
    cache_hits = models.IntegerField(_("cache hits"), default=0, db_default=0)
    cache_misses = models.IntegerField(_("cache misses"), default=0, db_default=0)
    heartbeat_at = models.DateTimeField(_("heartbeat"), null=True, blank=True)
    celery_task_id = models.CharField(_("task"), max_length=60, blank=True, default="", db_default="")
    used_fallback = models.BooleanField(_("fallback used"), default=False, db_default=False)
    data_age = models.DurationField(_("age of the data"), null=True, blank=True)
    execution_metadata = models.JSONField(_("details"), default=dict, db_default={}, blank=True)

    class Meta:
        db_table = "ingestion_log"
        verbose_name = _("ingestion run")
        verbose_name_plural = _("ingestion runs")
        ordering = ["-started_at", "-id"]
        permissions = [("run_ingestion", _("Can start, retry and cancel ingestion runs"))]
        constraints = [
            models.UniqueConstraint(fields=["run_id", "started_at"], name="ingestion_log_run_id"),
            vocabulary_check("status", RunStatus, "ingestion_log_status"),
            vocabulary_check("trigger_type", TriggerType, "ingestion_log_trigger"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="ingestion_log_time_order"),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "IN_PROGRESS"], ended_at__isnull=True)
                | (~Q(status__in=["PENDING", "IN_PROGRESS"]) & Q(ended_at__isnull=False)),
                name="ingestion_log_final_has_end",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-started_at"], name="ingestion_log_source"),
            models.Index(fields=["status", "-started_at"], name="ingestion_log_status_idx"),
            models.Index(fields=["-started_at", "-id"], name="ingestion_log_newest"),
        ]

    def __str__(self) -> str:
        began = f"{timezone.localtime(self.started_at):%d/%m/%Y %H:%M}"
        return f"{in_words(say('source', key=self.source))} {began} {self.get_status_display()}"

    @property
    def is_active(self) -> bool:
        return self.status in (RunStatus.PENDING, RunStatus.IN_PROGRESS)

    @property
    def elapsed(self) -> timedelta | None:
        """Duration of a finished run."""
        return self.ended_at - self.started_at if self.ended_at else None


class ActiveRun(models.Model):
    """The one active run of a source, kept by a trigger on `ingestion_log`: a second one violates the primary key.

    The log is partitioned by time, so PostgreSQL cannot hold "one active run per source" as a unique index there.
    """

    source = models.CharField(_("source"), max_length=60, primary_key=True)
    run_id = models.UUIDField(_("run"), unique=True)

    class Meta:
        db_table = "active_runs"
        verbose_name = _("active run")
        verbose_name_plural = _("active runs")

    def __str__(self) -> str:
        return self.source
