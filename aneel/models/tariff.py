"""Homologated tariffs of the distributors."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.expressions import Func
from django.utils.translation import gettext_lazy as _

from aneel.choices import TariffBase, TariffSubgroup, TariffUnit
from aneel.models.place import Distributor
from ysh.core.models import TimestampedModel, row_hash_field, vocabulary_check


def _per_kwh(value: str, label: Any) -> GeneratedField:
    """R$/kWh from a column in R$/MWh; NULL for the rows in R$/kW."""
    expression = Case(When(unit=TariffUnit.MWH.value, then=F(value) / Value(Decimal(1000))), default=None)
    return GeneratedField(
        expression=expression,
        output_field=models.DecimalField(max_digits=14, decimal_places=8),
        verbose_name=label,
        db_persist=True,
        help_text=_("only of rows in R$/MWh; without taxes"),
    )


class Tariff(TimestampedModel):
    """One published tariff line, with its period of validity.

    Overlapping periods exist in reality: they are kept and flagged, never rejected.
    """

    tariff_id = models.CharField(
        _("tariff id"), max_length=100, unique=True, help_text=_("hash of the natural key with resolution and both dates")
    )
    distributor = models.ForeignKey(
        Distributor, verbose_name=_("distributor"), on_delete=models.PROTECT, related_name="tariffs", db_index=False
    )
    utility_name = models.CharField(_("distributor as published"), max_length=120)
    base = models.CharField(_("base"), max_length=10, choices=TariffBase)
    subgroup = models.CharField(_("subgroup"), max_length=4, choices=TariffSubgroup)
    voltage_level = models.CharField(_("voltage level"), max_length=40, blank=True)
    modality = models.CharField(_("tariff modality"), max_length=60)
    consumer_class = models.CharField(_("consumer class"), max_length=80, null=True, blank=True)
    subclass = models.CharField(_("subclass"), max_length=120, blank=True)
    detail = models.CharField(_("detail"), max_length=80, blank=True)
    tariff_post = models.CharField(_("tariff post"), max_length=40, blank=True)
    unit = models.CharField(_("unit"), max_length=3, choices=TariffUnit)
    accessing_agent = models.CharField(_("accessing agent"), max_length=120, blank=True)
    tusd_value = models.DecimalField("TUSD", max_digits=12, decimal_places=5, help_text=_("as published, R$/MWh or R$/kW"))
    te_value = models.DecimalField("TE", max_digits=12, decimal_places=5, help_text=_("as published, R$/MWh"))
    tusd_brl_per_kwh = _per_kwh("tusd_value", _("TUSD (R$/kWh)"))
    te_brl_per_kwh = _per_kwh("te_value", _("TE (R$/kWh)"))
    total_tariff = GeneratedField(
        expression=Case(
            When(unit=TariffUnit.MWH.value, then=(F("tusd_value") + F("te_value")) / Value(Decimal(1000))), default=None
        ),
        output_field=models.DecimalField(max_digits=14, decimal_places=8),
        verbose_name=_("total tariff (R$/kWh)"),
        db_persist=True,
        help_text=_("TUSD + TE in R$/kWh, without taxes"),
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    validity = GeneratedField(
        expression=Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
        output_field=DateRangeField(),
        verbose_name=_("validity"),
        db_persist=True,
        help_text=_("valid_from to valid_to, both days included"),
    )
    resolution_number = models.CharField(_("resolution"), max_length=120, blank=True)
    resolution_date = models.DateField(_("resolution date"), null=True, blank=True)
    includes_icms = models.BooleanField(_("includes ICMS"), default=False, db_default=False)
    includes_pis_cofins = models.BooleanField(_("includes PIS/COFINS"), default=False, db_default=False)
    quality_flags = ArrayField(models.TextField(), verbose_name=_("flags"), default=list, db_default=[], blank=True)
    row_hash = row_hash_field()
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True)

    class Meta:
        db_table = "tariffs"
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["-valid_from", "id"]
        constraints = [
            vocabulary_check("base", TariffBase, "tariffs_base"),
            vocabulary_check("subgroup", TariffSubgroup, "tariffs_subgroup"),
            vocabulary_check("unit", TariffUnit, "tariffs_unit"),
            models.CheckConstraint(condition=Q(tusd_value__gte=0) & Q(te_value__gte=0), name="tariffs_values_not_negative"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="tariffs_validity_order"),
        ]
        indexes = [
            GistIndex(fields=["distributor", "subgroup", "consumer_class", "modality", "validity"], name="tariffs_in_force"),
            models.Index(fields=["source_run_id"], name="tariffs_run"),
            models.Index(fields=["-valid_from", "id"], name="tariffs_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.utility_name} {self.subgroup} {self.modality} {self.valid_from:%d/%m/%Y}"
