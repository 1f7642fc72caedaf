"""The outbox of the feed of changes: a row for each change the public may see, written by triggers."""

from django.db import models
from django.db.models import BigIntegerField, Func, TextField
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from pipeline.choices import ChangeKind, ChangeOperation
from ysh.core.models import vocabulary_check


class _CurrentTransaction(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = TextField()


class Change(models.Model):
    """An insertion, update or deletion as the public sees it. `pipeline.changes` reads it so that nothing is missed or repeated.

    Rows of one object come in the order of its changes by `id`, as the row's lock orders the writers. `transaction_id` tells
    which of them may still be joined by others: see `pipeline.changes`.
    """

    transaction_id = models.BigIntegerField(
        _("transaction"), db_default=Cast(Cast(_CurrentTransaction(), TextField()), BigIntegerField()), editable=False
    )
    kind = models.CharField(_("kind"), max_length=13, choices=ChangeKind)
    key = models.TextField(_("key"), help_text=_("SKU, kit id or certificate id"))
    operation = models.CharField(_("operation"), max_length=6, choices=ChangeOperation)
    data = models.JSONField(_("data"), null=True, blank=True, help_text=_("what cannot be read at the object's address: prices"))
    changed_at = models.DateTimeField(_("changed at"), db_default=Now(), help_text=_("when the statement ran"))

    class Meta:
        db_table = "changes"
        verbose_name = _("change of the catalogue")
        verbose_name_plural = _("changes of the catalogue")
        ordering = ["id"]
        constraints = [
            vocabulary_check("kind", ChangeKind, "changes_kind"),
            vocabulary_check("operation", ChangeOperation, "changes_operation"),
        ]
        indexes = [
            models.Index(fields=["transaction_id", "id"], name="changes_by_transaction"),
            models.Index(fields=["changed_at"], name="changes_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {self.key}"
