"""Rows of datasets that have no table of their own."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from ysh.core.models import TimestampedModel, row_hash_field


class PublishedRow(TimestampedModel):
    """One row of a dataset that is declared in `pipeline/sources/files/`, its columns typed in `data`.

    For datasets that are looked things up in. One that the product computes with gets a table of its own.
    """

    dataset = models.CharField(_("dataset"), max_length=60, help_text=_("key of its source"))
    row_key = models.CharField(
        _("key"), max_length=64, unique=True, help_text=_("dataset and the row's own key, or a hash of it where that is long")
    )
    label = models.TextField(_("row"), blank=True, help_text=_("what the row is called"))
    data = models.JSONField(_("values"), help_text=_("column -> typed value; dates as ISO text; empty ones left out"))
    row_hash = row_hash_field()
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True)

    class Meta:
        db_table = "published_rows"
        verbose_name = _("row of another dataset")
        verbose_name_plural = _("rows of other datasets")
        ordering = ["dataset", "row_key"]
        indexes = [
            models.Index(fields=["dataset", "row_key"], name="published_rows_dataset"),
            GinIndex(fields=["data"], name="published_rows_data", opclasses=["jsonb_path_ops"]),
            models.Index(fields=["source_run_id"], name="published_rows_run"),
        ]

    def __str__(self) -> str:
        return self.label or self.row_key
