"""Fields and bases shared by the apps' models. No tables."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class FixedCharField(models.CharField):
    """`char(n)`: a code whose length never varies (CNPJ, BR-XX)."""

    def db_type(self, connection: Any) -> str:
        return f"char({self.max_length})"

    def rel_db_type(self, connection: Any) -> str:
        return self.db_type(connection)


class TimestampedModel(models.Model):
    """`created_at` and `updated_at`, both written by the database, so that COPY and raw SQL are covered too.

    The table's migration adds the trigger with `ysh.core.db.operations.TouchUpdatedAt`.
    """

    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


def row_hash_field() -> models.BinaryField:
    """What tells an unchanged published row from a changed one."""
    return models.BinaryField(
        _("row hash"),
        max_length=16,
        null=True,
        editable=False,
        help_text=_("XXH3-128 of every published column but the load date"),
    )


def vocabulary_check(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """A CHECK that the column holds one of the vocabulary's values (or NULL where the column allows it)."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(choices.values)}), name=name)
