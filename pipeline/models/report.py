"""How good a source's stored data is, and what its columns hold: one report a look, comparable with the ones before."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ysh.core.said import in_words, say


class QualityReport(models.Model):
    """One look at a source's stored rows: its score with reasons, its figures, what is unusual about them, its columns."""

    source = models.CharField(_("source"), max_length=60)
    run_id = models.UUIDField(_("run"), null=True, blank=True)
    measured_at = models.DateTimeField(_("measured"), db_default=Now())
    row_count = models.BigIntegerField(_("rows"))
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=3, help_text=_("0 to 1"))
    reasons = models.JSONField(_("reasons"), default=list, db_default=[])
    metrics = models.JSONField(_("figures"), default=dict, db_default={})
    anomalies = models.JSONField(_("anomalies"), default=list, db_default=[])
    columns = models.JSONField(_("columns"), default=dict, db_default={}, help_text=_("name and type"))
    drift = models.JSONField(_("drift"), default=list, db_default=[])

    class Meta:
        db_table = "quality_reports"
        verbose_name = _("quality report")
        verbose_name_plural = _("quality reports")
        ordering = ["-measured_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="quality_reports_score"),
            models.CheckConstraint(condition=Q(row_count__gte=0), name="quality_reports_rows"),
        ]
        indexes = [models.Index(fields=["source", "-measured_at"], name="quality_reports_source")]

    def __str__(self) -> str:
        return f"{in_words(say('source', key=self.source))} {self.score}"


class ColumnProfile(models.Model):
    """What one column held at one look. Columns with personal data are not profiled."""

    report = models.ForeignKey(QualityReport, verbose_name=_("report"), on_delete=models.CASCADE, related_name="profiles")
    column = models.CharField(_("column"), max_length=63)
    data_type = models.CharField(_("type"), max_length=60)
    null_count = models.BigIntegerField(_("empty values"))
    distinct_estimate = models.BigIntegerField(_("different values"), null=True, blank=True, help_text=_("estimated"))
    minimum = models.TextField(_("smallest"), null=True, blank=True)
    maximum = models.TextField(_("largest"), null=True, blank=True)
    quantiles = models.JSONField(_("quantiles"), default=dict, db_default={})
    top_values = models.JSONField(_("most frequent"), default=list, db_default=[])

    class Meta:
        db_table = "column_profiles"
        verbose_name = _("column profile")
        verbose_name_plural = _("column profiles")
        ordering = ["report", "column"]
        constraints = [
            models.UniqueConstraint(fields=["report", "column"], name="column_profiles_column"),
            models.CheckConstraint(condition=Q(null_count__gte=0), name="column_profiles_nulls"),
        ]

    def __str__(self) -> str:
        return self.column
