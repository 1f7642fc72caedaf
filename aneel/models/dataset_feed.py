"""What each feed says about a dataset, and which datasets may be the same."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aneel.choices import MatchDecision, SourceApi
from aneel.models.dataset import Dataset
from ysh.core.models import TimestampedModel, vocabulary_check


class DatasetEntry(TimestampedModel):
    """One dataset as one feed describes it. Datasets are made of these; a feed that is down keeps what it said last."""

    feed = models.CharField(_("feed"), max_length=12, choices=SourceApi)
    feed_id = models.CharField(_("id in the feed"), max_length=250)
    own_id = models.CharField(_("ANEEL id by itself"), max_length=100, help_text=_("the dataset's id if no other feed knew it"))
    identities = ArrayField(
        models.TextField(), verbose_name=_("identities"), help_text=_("entries of different feeds that share one are one dataset")
    )
    fields = models.JSONField(_("values"), help_text=_("what the feed fills in, in the form of the dataset's columns"))
    raw = models.JSONField(_("as fetched"))
    content_hash = models.CharField(_("hash of the entry"), max_length=32)
    dataset = models.ForeignKey(
        Dataset, models.SET_NULL, verbose_name=_("dataset"), null=True, blank=True, related_name="entries"
    )
    changed_at = models.DateTimeField(_("changed"), help_text=_("when this entry was last fetched with another content"))
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "dataset_entries"
        verbose_name = _("dataset in a feed")
        verbose_name_plural = _("datasets in feeds")
        ordering = ["feed", "feed_id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "feed_id"], name="dataset_entries_feed_id"),
            vocabulary_check("feed", SourceApi, "dataset_entries_feed"),
        ]
        indexes = [
            models.Index(fields=["own_id"], name="dataset_entries_own_id"),
            models.Index(fields=["-changed_at"], name="dataset_entries_changed"),
            GinIndex(fields=["identities"], name="dataset_entries_identities"),
        ]

    def __str__(self) -> str:
        return f"{self.get_feed_display()} {self.feed_id}"


class DatasetMatch(TimestampedModel):
    """Two datasets that look like one. A person says whether they are; until then they stay two."""

    first_id = models.CharField(_("first"), max_length=100, help_text=_("ANEEL ids, in alphabetical order"))
    second_id = models.CharField(_("second"), max_length=100)
    score = models.DecimalField(_("likeness"), max_digits=4, decimal_places=1, help_text=_("of title and publisher, 0 to 100"))
    decision = models.CharField(
        _("decision"),
        max_length=9,
        choices=MatchDecision,
        default=MatchDecision.PROPOSED,
        db_default=MatchDecision.PROPOSED,
    )
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, default="", db_default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")

    class Meta:
        db_table = "dataset_matches"
        verbose_name = _("possible duplicate of datasets")
        verbose_name_plural = _("possible duplicates of datasets")
        ordering = ["-score", "first_id", "second_id"]
        constraints = [
            models.UniqueConstraint(fields=["first_id", "second_id"], name="dataset_matches_pair"),
            models.CheckConstraint(condition=Q(first_id__lt=F("second_id")), name="dataset_matches_order"),
            vocabulary_check("decision", MatchDecision, "dataset_matches_decision"),
        ]
        indexes = [
            models.Index(fields=["second_id"], name="dataset_matches_second"),
            models.Index(fields=["decision", "-score"], name="dataset_matches_open"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"
