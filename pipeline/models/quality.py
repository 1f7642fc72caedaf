"""Results of quality checks."""

from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from pipeline.choices import CheckType
from ysh.core.models import vocabulary_check


class DataQualityCheck(models.Model):
    """One check of one run. Partitioned by month on `executed_at`."""

    check_id = models.UUIDField(_("check"), db_default=models.Func(function="gen_random_uuid", output_field=models.UUIDField()))
    run_id = models.UUIDField(_("run"), null=True, blank=True)
    check_name = models.CharField(_("check"), max_length=120)
    check_type = models.CharField(_("kind"), max_length=12, choices=CheckType)
    table_name = models.CharField(_("table"), max_length=120)
    column_name = models.CharField(_("column"), max_length=120, blank=True, default="", db_default="")
    check_passed = models.BooleanField(_("passed"))
    blocking = models.BooleanField(_("blocking"), default=False, db_default=False)
    records_checked = models.BigIntegerField(_("checked"), default=0, db_default=0)
    records_passed = models.BigIntegerField(_("good"), default=0, db_default=0)
    records_failed = models.BigIntegerField(_("bad"), default=0, db_default=0)
    failure_rate = GeneratedField(
        expression=Case(
            When(
                records_checked__gt=0,
                then=Cast(F("records_failed"), models.FloatField()) / Cast(F("records_checked"), models.FloatField()),
            ),
            default=Value(0.0),
        ),
        output_field=models.FloatField(),
        verbose_name=_("share of bad records"),
        help_text=_("0..1"),
        db_persist=True,
    )
    measured = models.FloatField(_("measured"), null=True, blank=True)
    threshold = models.FloatField(_("threshold"), null=True, blank=True)
    check_query = models.TextField(_("query"), blank=True, default="", db_default="")
    failure_examples = models.JSONField(_("examples"), default=list, db_default=[], blank=True)
    executed_at = models.DateTimeField(_("executed"), db_default=Now())

    class Meta:
        db_table = "data_quality_checks"
        verbose_name = _("quality check")
        verbose_name_plural = _("quality checks")
        ordering = ["-executed_at", "-id"]
        constraints = [
            vocabulary_check("check_type", CheckType, "data_quality_checks_type"),
            models.CheckConstraint(
                condition=Q(records_checked=F("records_passed") + F("records_failed")), name="data_quality_checks_sum"
            ),
        ]
        indexes = [
            models.Index(fields=["run_id"], name="data_quality_checks_run"),
            models.Index(fields=["check_name", "-executed_at"], name="data_quality_checks_name"),
        ]

    def __str__(self) -> str:
        return self.check_name
