"""Files that were fetched, and rows that were refused."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ysh.core.said import in_words


class SourceFile(models.Model):
    """One fetched file, archived before it was parsed."""

    run_id = models.UUIDField(_("run"))
    source = models.CharField(_("source"), max_length=60)
    url = models.TextField(_("address"))
    sha256 = models.CharField("SHA-256", max_length=64)
    bytes = models.BigIntegerField(_("bytes"))
    etag = models.CharField("ETag", max_length=200, blank=True, default="", db_default="")
    last_modified = models.DateTimeField(_("last modified"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), db_default=Now())
    archive_uri = models.TextField(_("archive"), blank=True, default="", db_default="")
    published = models.BooleanField(_("published"), default=False, db_default=False)

    class Meta:
        db_table = "source_files"
        verbose_name = _("source file")
        verbose_name_plural = _("source files")
        ordering = ["-fetched_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="source_files_sha256_form"),
            models.CheckConstraint(condition=models.Q(bytes__gte=0), name="source_files_bytes"),
        ]
        indexes = [
            models.Index(fields=["run_id"], name="source_files_run"),
            models.Index(fields=["source", "-fetched_at"], name="source_files_source"),
            models.Index(fields=["sha256"], name="source_files_hash"),
        ]

    def __str__(self) -> str:
        return self.url


class RejectedRow(models.Model):
    """One row that was not taken, with the reason. Kept up to a cap per run; the run carries the true count.

    `value` and `raw` may hold personal data: staff with the right permission only, never the API.
    """

    run_id = models.UUIDField(_("run"))
    line = models.BigIntegerField(_("line"), help_text=_("in the file, the header being line 1; row number for Parquet"))
    column = models.CharField(_("column"), max_length=120, blank=True, default="", db_default="")
    value = models.TextField(_("value"), blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=40)
    message = models.TextField(_("message"), help_text=_("in English"))
    words = models.JSONField(_("words"), null=True, blank=True, help_text=_("the message as a code with its values"))
    raw = models.TextField(_("row as published"))

    class Meta:
        db_table = "rejected_rows"
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["run_id", "line", "id"]
        indexes = [models.Index(fields=["run_id", "line"], name="rejected_rows_run")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"

    @property
    def why(self) -> str:
        """What was expected, in the reader's language."""
        return in_words(self.words) if self.words else self.message
