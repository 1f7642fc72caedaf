"""Catalogue of ANEEL's datasets."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aneel.choices import DatasetCategory, EnrichedBy, SourceApi
from ysh.core.db.search import Folded, weighted_search_vector
from ysh.core.models import TimestampedModel, vocabulary_check


def _text_array(label: Any) -> ArrayField:
    return ArrayField(models.TextField(), verbose_name=label, default=list, db_default=[], blank=True)


class Dataset(TimestampedModel):
    """One dataset as the most authoritative feed describes it, gaps filled from the others."""

    id = models.UUIDField(
        primary_key=True, db_default=models.Func(function="gen_random_uuid", output_field=models.UUIDField()), editable=False
    )
    aneel_id = models.CharField(
        _("ANEEL id"), max_length=100, unique=True, help_text=_("CKAN UUID or 32 hexadecimal digits of the Hub")
    )
    title = models.TextField(_("title"))
    description = models.TextField(_("description"), blank=True)
    url = models.TextField(_("address"), blank=True)
    modified = models.DateTimeField(_("modified"), null=True, blank=True)
    published = models.DateTimeField(_("published"), null=True, blank=True)
    formats = _text_array(_("formats"))
    category = models.CharField(_("category"), max_length=30, choices=DatasetCategory, null=True, blank=True)
    keywords = _text_array(_("keywords"))
    license = models.CharField(_("licence"), max_length=60, blank=True, help_text=_("SPDX identifier where known"))
    spatial = models.CharField(_("area"), max_length=5, default="BR", db_default="BR", help_text=_("BR or BR-XX"))
    temporal_start = models.DateField(_("covers from"), null=True, blank=True)
    temporal_end = models.DateField(_("covers to"), null=True, blank=True)
    update_frequency = models.CharField(_("update frequency"), max_length=60, blank=True)
    access_level = models.CharField(_("access level"), max_length=30, blank=True)
    publisher_name = models.TextField(_("publisher"), blank=True)
    publisher_email = models.CharField(_("publisher's e-mail"), max_length=254, blank=True)
    contact_name = models.TextField(_("contact"), blank=True)
    contact_email = models.CharField(_("contact's e-mail"), max_length=254, blank=True)
    theme = _text_array(_("themes"))
    data_quality_score = models.DecimalField(_("quality score"), max_digits=3, decimal_places=2, null=True, blank=True)
    source_api = models.CharField(_("feed"), max_length=12, choices=SourceApi)
    resources = models.JSONField(
        _("resources"), default=list, db_default=[], blank=True, help_text=_("name, format, url, size, last_modified, hash")
    )
    feeds = _text_array(_("feeds that know it"))
    provenance = models.JSONField(
        _("where each value is from"), default=dict, db_default={}, blank=True, help_text=_("column: feed")
    )
    conflicts = models.JSONField(
        _("conflicts"), default=dict, db_default={}, blank=True, help_text=_("column: what less authoritative feeds say instead")
    )
    summary = models.TextField(_("summary"), blank=True, default="", db_default="")
    extracted_keywords = _text_array(_("keywords found in its text"))
    solar_relevance = models.DecimalField(
        _("relevance"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("for solar energy, 0 to 1"),
    )
    enriched_by = models.CharField(_("worked out by"), max_length=5, choices=EnrichedBy, null=True, blank=True)
    enriched_model = models.CharField(_("language model"), max_length=100, blank=True, default="", db_default="")
    enrichment_version = models.CharField(
        _("version of the rules or the prompt"), max_length=20, blank=True, default="", db_default=""
    )
    enrichment_hash = models.CharField(
        _("hash of the text it was made of"), max_length=32, blank=True, default="", db_default="", editable=False
    )
    enriched_at = models.DateTimeField(_("worked out"), null=True, blank=True)
    corrections = models.JSONField(
        _("corrected by a person"), default=dict, db_default={}, blank=True, help_text=_("column: who, when and why")
    )
    raw_metadata = models.JSONField(_("metadata as fetched"), null=True, blank=True)
    last_fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True)
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    search_vector = weighted_search_vector("title", "keywords", "description")

    class Meta:
        db_table = "datasets"
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        ordering = ["title", "id"]
        constraints = [
            vocabulary_check("category", DatasetCategory, "datasets_category"),
            vocabulary_check("source_api", SourceApi, "datasets_source_api"),
            models.CheckConstraint(
                condition=Q(data_quality_score__range=(Decimal(0), Decimal(1))), name="datasets_quality_range"
            ),
            vocabulary_check("enriched_by", EnrichedBy, "datasets_enriched_by"),
            models.CheckConstraint(condition=Q(solar_relevance__range=(Decimal(0), Decimal(1))), name="datasets_solar_relevance"),
            models.CheckConstraint(condition=Q(spatial__regex=r"^BR(-[A-Z]{2})?$"), name="datasets_spatial_form"),
            models.CheckConstraint(condition=Q(temporal_end__gte=models.F("temporal_start")), name="datasets_temporal_order"),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="datasets_search"),
            GinIndex(OpClass(Folded("title"), name="gin_trgm_ops"), name="datasets_title_trgm"),
            GinIndex(fields=["keywords"], name="datasets_keywords"),
            models.Index(fields=["category"], name="datasets_category_idx"),
            models.Index(fields=["-modified"], name="datasets_modified"),
            models.Index(fields=["spatial"], name="datasets_spatial"),
            models.Index(fields=["source_run_id"], name="datasets_run"),
        ]

    def __str__(self) -> str:
        return self.title
