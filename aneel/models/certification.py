"""Equipment certifications (INMETRO registrations and others)."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aneel.choices import CertificateType, CertificationStatus
from aneel.models.dataset import Dataset
from ysh.core.db.search import Folded
from ysh.core.models import TimestampedModel, row_hash_field, vocabulary_check


class Certification(TimestampedModel):
    """One certified model.

    An INMETRO registration covers many models, so (registration, model) is the key behind `certificate_id`.
    """

    certificate_id = models.CharField(
        _("certificate id"), max_length=300, unique=True, help_text=_("type, registration number and model")
    )
    certificate_number = models.CharField(_("registration number"), max_length=60)
    certificate_type = models.CharField(_("type"), max_length=10, choices=CertificateType)
    equipment_type = models.CharField(_("equipment"), max_length=40, blank=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=200, blank=True)
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    model = models.CharField(_("model"), max_length=200)
    family = models.CharField(_("family"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    power_rating_w = models.DecimalField(_("power (W)"), max_digits=12, decimal_places=2, null=True, blank=True)
    efficiency_percent = models.DecimalField(_("efficiency (%)"), max_digits=5, decimal_places=2, null=True, blank=True)
    voltage_input_min_v = models.DecimalField(
        _("lowest input voltage (V)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    voltage_input_max_v = models.DecimalField(
        _("highest input voltage (V)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    voltage_output_v = models.DecimalField(_("output voltage (V)"), max_digits=8, decimal_places=2, null=True, blank=True)
    current_max_a = models.DecimalField(_("highest current (A)"), max_digits=8, decimal_places=2, null=True, blank=True)
    standards_compliance = ArrayField(models.TextField(), verbose_name=_("standards"), default=list, db_default=[], blank=True)
    ordinance = models.CharField(_("ordinance (Portaria)"), max_length=120, blank=True)
    issue_date = models.DateField(_("issued on"), null=True, blank=True)
    expiry_date = models.DateField(_("expires on"), null=True, blank=True)
    last_inspection_date = models.DateField(_("last inspection"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=CertificationStatus)
    revocation_reason = models.TextField(_("reason of revocation"), blank=True)
    certificate_url = models.TextField(_("certificate's address"), blank=True)
    test_report_url = models.TextField(_("test report's address"), blank=True)
    dataset = models.ForeignKey(
        Dataset, verbose_name=_("dataset"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    row_hash = row_hash_field()
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("record as published"), null=True, blank=True)

    class Meta:
        db_table = "certifications"
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        ordering = ["manufacturer", "model", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_type", "certificate_number", "model"], name="certifications_registration_model"
            ),
            vocabulary_check("certificate_type", CertificateType, "certifications_type"),
            vocabulary_check("status", CertificationStatus, "certifications_status"),
            models.CheckConstraint(
                condition=Q(efficiency_percent__range=(Decimal(0), Decimal(100))), name="certifications_efficiency"
            ),
            models.CheckConstraint(condition=Q(expiry_date__gt=F("issue_date")), name="certifications_date_order"),
            models.CheckConstraint(condition=Q(power_rating_w__gte=0), name="certifications_power"),
        ]
        indexes = [
            models.Index(fields=["equipment_type", "manufacturer", "model", "status"], name="certifications_lookup"),
            GinIndex(OpClass(Folded("model"), name="gin_trgm_ops"), name="certifications_model_trgm"),
            models.Index(fields=["certificate_number"], name="certifications_number"),
            models.Index(fields=["source_run_id"], name="certifications_run"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_type} {self.certificate_number} – {self.model}"
