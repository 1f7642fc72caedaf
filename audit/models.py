"""The change log: append-only, without foreign keys into live data, partitioned by month on `changed_at`."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from audit.choices import ChangeSource, Operation
from audit.tables import models_by_table
from ysh.core.models import vocabulary_check


class ChangeLogEntry(models.Model):
    """One change of one row: who, when, from what to what, and why. UPDATE entries hold only the changed fields."""

    table_schema = models.CharField(_("schema"), max_length=63)
    table_name = models.CharField(_("table"), max_length=63)
    record_id = models.TextField(_("record"))
    record_label = models.TextField(_("label"), blank=True, default="", db_default="")
    operation = models.CharField(_("operation"), max_length=6, choices=Operation)
    changed_fields = ArrayField(models.TextField(), verbose_name=_("changed fields"), default=list, db_default=[], blank=True)
    old_values = models.JSONField(_("old values"), null=True, blank=True)
    new_values = models.JSONField(_("new values"), null=True, blank=True)
    changed_by = models.CharField(_("by"), max_length=150, blank=True, default="", db_default="")
    change_source = models.CharField(_("through"), max_length=8, choices=ChangeSource)
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    request_id = models.UUIDField(_("request"), null=True, blank=True)
    run_id = models.UUIDField(_("run"), null=True, blank=True)
    changed_at = models.DateTimeField(_("when"), db_default=Now())
    prev_hash = models.BinaryField(max_length=32, null=True, editable=False)
    entry_hash = models.BinaryField(max_length=32, null=True, editable=False)
    chain_position = models.BigIntegerField(null=True, editable=False)
    salt = models.UUIDField(db_default=RandomUUID(), null=True, editable=False)

    class Meta:
        db_table = "change_log"
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-changed_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            vocabulary_check("operation", Operation, "change_log_operation"),
            vocabulary_check("change_source", ChangeSource, "change_log_source"),
        ]
        indexes = [
            models.Index(fields=["table_schema", "table_name", "record_id", "-changed_at"], name="change_log_record"),
            models.Index(fields=["changed_by", "-changed_at", "-id"], name="change_log_actor"),
            models.Index(
                fields=["request_id", "-changed_at", "-id"],
                name="change_log_request",
                condition=models.Q(request_id__isnull=False),
            ),
            models.Index(
                fields=["run_id", "-changed_at", "-id"],
                name="change_log_run",
                condition=models.Q(run_id__isnull=False),
            ),
            models.Index(fields=["-changed_at", "-id"], name="change_log_newest"),
            models.Index(fields=["table_schema", "table_name", "-changed_at", "-id"], name="change_log_table"),
            # Which parts a kit had: the rows that came or went, by their kit.
            models.Index(
                KeyTextTransform("kit_id", Coalesce("new_values", "old_values")),
                name="change_log_of_kit",
                condition=~models.Q(operation="UPDATE") & models.Q(table_name__in=["kit_components", "kit_checks"]),
            ),
        ]

    def __str__(self) -> str:
        kind = models_by_table().get((self.table_schema, self.table_name))
        what = str(kind._meta.verbose_name) if kind is not None else f"{self.table_schema}.{self.table_name}"
        return f"{self.get_operation_display()}: {what} {self.record_label or self.record_id}"


class ChainHead(models.Model):
    """How far one month's chain of hashes reaches, and where the month was archived. Kept by `audit.seal()` and the tasks."""

    month = models.DateField(_("month"), primary_key=True)
    position = models.BigIntegerField(_("sealed entries"), default=0)
    entry_hash = models.BinaryField(max_length=32, editable=False)
    sealed_at = models.DateTimeField(_("sealed"), db_default=Now())
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    archive_uri = models.TextField(_("archived at"), blank=True, default="", db_default="")
    archive_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    pruned_at = models.DateTimeField(_("pruned"), null=True, blank=True)

    class Meta:
        db_table = "chain_heads"
        verbose_name = _("sealed month")
        verbose_name_plural = _("sealed months")
        ordering = ["-month"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class SealProgress(models.Model):
    """One row: below which id no entry can still be waiting for its seal, whatever transactions are open."""

    settled_id = models.BigIntegerField(default=0)
    pending_id = models.BigIntegerField(default=0)
    pending_xid = models.DecimalField(max_digits=20, decimal_places=0, default=0)

    class Meta:
        db_table = "seal_progress"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="seal_progress_one_row")]

    def __str__(self) -> str:
        return str(self.settled_id)


class RevertKind(models.TextChoices):
    CHANGE = "change", _("one change")
    OBJECT = "object", _("one record, to a moment")
    REQUEST = "request", _("a request")
    RUN = "run", _("a run")


class Revert(models.Model):
    """An undo: what was taken back, by whom and why. Its own entries carry `request_id`, which leads here, and back to them."""

    request_id = models.UUIDField(_("request"), primary_key=True, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=RevertKind)
    of_entry = models.BigIntegerField(_("change undone"), null=True, blank=True)
    of_request = models.UUIDField(_("request undone"), null=True, blank=True)
    of_run = models.UUIDField(_("run undone"), null=True, blank=True)
    table_schema = models.CharField(_("schema"), max_length=63, blank=True, default="", db_default="")
    table_name = models.CharField(_("table"), max_length=63, blank=True, default="", db_default="")
    record_id = models.TextField(_("record"), blank=True, default="", db_default="")
    moment = models.DateTimeField(_("back to"), null=True, blank=True)
    reverted_by = models.CharField(_("by"), max_length=150)
    reason = models.TextField(_("reason"))
    written = models.IntegerField(_("records written"), default=0)
    left_out = ArrayField(models.TextField(), verbose_name=_("left as they are"), default=list, db_default=[], blank=True)
    reverted_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        db_table = "reverts"
        verbose_name = _("undo")
        verbose_name_plural = _("undos")
        ordering = ["-reverted_at"]
        default_permissions = ("view",)
        permissions = [("revert", _("Can undo changes"))]
        constraints = [vocabulary_check("kind", RevertKind, "reverts_kind")]
        indexes = [
            models.Index(fields=["of_request"], name="reverts_request", condition=models.Q(of_request__isnull=False)),
            models.Index(fields=["of_run"], name="reverts_run", condition=models.Q(of_run__isnull=False)),
            models.Index(fields=["of_entry"], name="reverts_entry", condition=models.Q(of_entry__isnull=False)),
            models.Index(fields=["table_schema", "table_name", "record_id"], name="reverts_record"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.of_request or self.of_run or self.of_entry or self.record_id}"
