"""Suppliers' lists: the declarations made in the admin, and imports that wait for a curator."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipeline.choices import ImportAction, ImportStatus
from ysh.core.models import TimestampedModel, vocabulary_check


class SupplierMapping(TimestampedModel):
    """Which columns of a supplier's lists mean what (`pipeline.suppliers.mapping`). Wins over the one that is shipped."""

    supplier_code = models.SlugField(_("supplier"), max_length=40, primary_key=True, help_text=_("code: fortlev, fotus, …"))
    mapping = models.JSONField(_("mapping"), help_text=_("as docs/suppliers.md describes it"))
    changed_by = models.CharField(_("changed by"), max_length=150, blank=True, default="", db_default="", editable=False)

    class Meta:
        db_table = "supplier_mappings"
        verbose_name = _("supplier mapping")
        verbose_name_plural = _("supplier mappings")
        ordering = ["supplier_code"]

    def __str__(self) -> str:
        return self.supplier_code


class CatalogImport(TimestampedModel):
    """Lists somebody uploaded: parsed and compared in the background, shown, then applied or thrown away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    supplier_code = models.SlugField(_("supplier"), max_length=40)
    files = models.JSONField(_("files"), default=list, help_text=_("name, bytes, sha256 and place in the archive"))
    mapping = models.JSONField(_("mapping"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ImportStatus, default=ImportStatus.PARSING)
    all_or_nothing = models.BooleanField(_("all or nothing"), default=False)
    requested_by = models.CharField(_("requested by"), max_length=150)
    records_read = models.IntegerField(_("records read"), default=0)
    summary = models.JSONField(_("summary"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True, default="")
    run_id = models.UUIDField(_("run"), null=True, blank=True)

    class Meta:
        db_table = "catalog_imports"
        verbose_name = _("list import")
        verbose_name_plural = _("list imports")
        ordering = ["-created_at", "id"]
        permissions = [("import_catalog", _("Can import suppliers' lists"))]
        constraints = [vocabulary_check("status", ImportStatus, "catalog_imports_status")]

    def __str__(self) -> str:
        return f"{self.supplier_code} {self.created_at:%d/%m/%Y %H:%M}" if self.created_at else self.supplier_code


class CatalogImportRow(models.Model):
    """What one record of an upload would do; the curator unticks what is not to be taken."""

    catalog_import = models.ForeignKey(
        CatalogImport, verbose_name=_("list import"), on_delete=models.CASCADE, related_name="rows"
    )
    kind = models.CharField(_("kind"), max_length=7)
    key = models.CharField(_("key"), max_length=100)
    name = models.CharField(_("name"), max_length=300)
    action = models.CharField(_("what happens"), max_length=9, choices=ImportAction)
    changes = models.JSONField(_("changes"), default=list, help_text=_("[field, before, after]"))
    notes = models.JSONField(_("warnings"), default=list)
    price_percent = models.DecimalField(_("price move (%)"), max_digits=9, decimal_places=1, null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True, default="", help_text=_("file and line"))
    selected = models.BooleanField(_("to be taken"), default=True)

    class Meta:
        db_table = "catalog_import_rows"
        verbose_name = _("row of a list import")
        verbose_name_plural = _("rows of a list import")
        ordering = ["id"]
        constraints = [vocabulary_check("action", ImportAction, "catalog_import_rows_action")]
        indexes = [models.Index(fields=["catalog_import", "action", "id"], name="catalog_import_rows_action_idx")]

    def __str__(self) -> str:
        return f"{self.key}: {self.action}"

    @property
    def fields(self) -> list[Any]:
        return list(self.changes)
