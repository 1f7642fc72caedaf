"""Distributed-generation units: 4.7 million rows, built for it."""

from decimal import Decimal

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aneel.choices import (
    CompensationModality,
    ConsumerClass,
    LocationPrecision,
    PersonType,
    SizeClass,
    SourceType,
    TariffSubgroup,
    UnitStatus,
)
from aneel.models.dataset import Dataset
from aneel.models.place import Distributor, Municipality
from ysh.core.db.search import Folded
from ysh.core.models import FixedCharField, TimestampedModel, vocabulary_check


class GenerationUnit(TimestampedModel):
    """One micro- or minigeneration unit (Lei 14.300/2022) as ANEEL last published it.

    Holder name and document of natural persons are personal data (LGPD): they leave neither the API nor logs nor caches.
    """

    unit_id = models.CharField(_("unit code"), max_length=50, help_text="GD.UF.ddd.ddd.ddd")
    consumer_class = models.CharField(_("consumer class"), max_length=24, choices=ConsumerClass, null=True, blank=True)
    consumer_name = models.TextField(_("holder"), null=True, blank=True)
    cpf_cnpj = models.CharField(_("holder's CPF or CNPJ"), max_length=18, null=True, blank=True, help_text=_("as published"))
    person_type = models.CharField(_("person type"), max_length=2, choices=PersonType, null=True, blank=True)
    distributor = models.ForeignKey(
        Distributor, verbose_name=_("distributor"), on_delete=models.PROTECT, related_name="units", db_index=False
    )
    utility_company = models.TextField(_("distributor as published"))
    municipality = models.ForeignKey(
        Municipality,
        verbose_name=_("municipality"),
        on_delete=models.PROTECT,
        related_name="units",
        null=True,
        blank=True,
        db_index=False,
    )
    municipality_name = models.TextField(_("municipality as published"), db_column="municipality", blank=True)
    state = FixedCharField(_("state"), max_length=5)
    cep = models.CharField("CEP", max_length=9, null=True, blank=True, help_text=_("digits, or masked for natural persons"))
    latitude = models.DecimalField(_("latitude"), max_digits=10, decimal_places=7, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=10, decimal_places=7, null=True, blank=True)
    geolocation = models.PointField(_("location"), geography=True, srid=4326, null=True, blank=True, spatial_index=False)
    location_precision = models.CharField(
        _("location precision"),
        max_length=12,
        choices=LocationPrecision,
        default=LocationPrecision.NONE,
        db_default=LocationPrecision.NONE,
    )
    installed_power_kw = models.DecimalField(_("installed power (kW)"), max_digits=12, decimal_places=3)
    source_type = models.CharField(_("source"), max_length=3, choices=SourceType, null=True, blank=True)
    compensation_modality = models.CharField(
        _("compensation modality"), max_length=24, choices=CompensationModality, null=True, blank=True
    )
    size_class = models.CharField(_("size class"), max_length=5, choices=SizeClass, null=True, blank=True)
    tariff_subgroup = models.CharField(_("tariff subgroup"), max_length=4, choices=TariffSubgroup, null=True, blank=True)
    credited_units = models.IntegerField(_("units receiving credits"), null=True, blank=True)
    connection_date = models.DateField(_("connected on"), null=True, blank=True)
    registration_date = models.DateField(_("registered on"), null=True, blank=True)
    panel_count = models.IntegerField(_("modules"), null=True, blank=True)
    panel_power_wp = models.DecimalField(_("module power (Wp)"), max_digits=12, decimal_places=2, null=True, blank=True)
    panel_manufacturer = models.TextField(_("module maker"), null=True, blank=True)
    panel_model = models.TextField(_("module model"), null=True, blank=True)
    inverter_power_kw = models.DecimalField(_("inverter power (kW)"), max_digits=12, decimal_places=3, null=True, blank=True)
    inverter_manufacturer = models.TextField(_("inverter maker"), null=True, blank=True)
    inverter_model = models.TextField(_("inverter model"), null=True, blank=True)
    array_area_m2 = models.DecimalField(_("array area (m²)"), max_digits=12, decimal_places=2, null=True, blank=True)
    avg_monthly_generation_kwh = models.DecimalField(
        _("mean monthly generation (kWh)"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    capacity_factor = models.DecimalField(_("capacity factor (%)"), max_digits=5, decimal_places=2, null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=7, choices=UnitStatus, default=UnitStatus.ACTIVE, db_default=UnitStatus.ACTIVE
    )
    deactivation_date = models.DateField(_("removed on"), null=True, blank=True)
    quality_flags = ArrayField(models.TextField(), verbose_name=_("flags"), default=list, db_default=[], blank=True)
    dataset = models.ForeignKey(
        Dataset, verbose_name=_("dataset"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    row_hash = models.BinaryField(
        max_length=16, null=True, editable=False, help_text=_("XXH3-128 of every published column but the load date")
    )
    source_fingerprint = models.BigIntegerField(
        null=True, editable=False, help_text=_("XXH3-64 of the row's bytes in the file: equal means unchanged without parsing")
    )
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True, help_text=_("kept only for flagged rows"))

    class Meta:
        db_table = "generation_units"
        verbose_name = _("generation unit")
        verbose_name_plural = _("generation units")
        ordering = ["id"]
        permissions = [("view_personal_data", _("Can see holders' names, documents and postal codes"))]
        constraints = [
            models.UniqueConstraint(fields=["unit_id"], name="generation_units_unit_id"),
            vocabulary_check("consumer_class", ConsumerClass, "generation_units_class"),
            vocabulary_check("person_type", PersonType, "generation_units_person"),
            vocabulary_check("source_type", SourceType, "generation_units_source"),
            vocabulary_check("compensation_modality", CompensationModality, "generation_units_modality"),
            vocabulary_check("size_class", SizeClass, "generation_units_size"),
            vocabulary_check("tariff_subgroup", TariffSubgroup, "generation_units_subgroup"),
            vocabulary_check("location_precision", LocationPrecision, "generation_units_precision"),
            vocabulary_check("status", UnitStatus, "generation_units_status_values"),
            models.CheckConstraint(condition=Q(state__regex=r"^BR-[A-Z]{2}$"), name="generation_units_state_form"),
            models.CheckConstraint(condition=Q(installed_power_kw__gte=0), name="generation_units_power_not_negative"),
            models.CheckConstraint(
                condition=Q(capacity_factor__range=(Decimal(0), Decimal(100))), name="generation_units_capacity_factor"
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | (
                    # Brazil with its islands. Not the equator (a zero that says nothing), not the point that sources fill in.
                    Q(latitude__isnull=False, longitude__isnull=False)
                    & Q(latitude__range=(Decimal(-34), Decimal(6)), longitude__range=(Decimal(-75), Decimal(-28)))
                    & ~Q(latitude=Decimal(0))
                    & ~Q(latitude=Decimal(-15), longitude=Decimal(-56))
                ),
                name="generation_units_coordinates",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "source_type"], name="generation_units_state_source"),
            models.Index(fields=["state", "id"], name="generation_units_state"),
            models.Index(fields=["municipality", "id"], name="generation_units_municipality"),
            models.Index(fields=["distributor", "id"], name="generation_units_distributor"),
            models.Index(fields=["consumer_class"], name="generation_units_by_class"),
            models.Index(fields=["installed_power_kw", "id"], name="generation_units_power"),
            models.Index(fields=["-connection_date"], name="generation_units_connected"),
            GistIndex(fields=["geolocation"], name="generation_units_location"),
            GistIndex(  # an expression: of a geometry field by name Django forgets the condition
                OpClass("geolocation", name="gist_geography_ops"),
                name="generation_units_own_place",
                condition=Q(location_precision="unit", status="ACTIVE"),
            ),
            models.Index(fields=["id"], name="generation_units_removed", condition=~Q(status="ACTIVE")),
            GinIndex(
                OpClass(Folded("panel_manufacturer"), name="gin_trgm_ops"),
                name="generation_units_panel_trgm",
                condition=Q(panel_manufacturer__isnull=False),
            ),
            GinIndex(
                OpClass(Folded("inverter_manufacturer"), name="gin_trgm_ops"),
                name="generation_units_inv_trgm",
                condition=Q(inverter_manufacturer__isnull=False),
            ),
            models.Index(fields=["source_run_id"], name="generation_units_run"),
        ]

    def __str__(self) -> str:
        return self.unit_id


class GenerationUnitStatistics(models.Model):
    """Totals by state, class and source; a materialized view refreshed after each load."""

    key = models.TextField(primary_key=True)
    state = FixedCharField(_("state"), max_length=5)
    consumer_class = models.CharField(_("consumer class"), max_length=24, choices=ConsumerClass, null=True)
    source_type = models.CharField(_("source"), max_length=3, choices=SourceType, null=True)
    unit_count = models.BigIntegerField(_("units"))
    power_sum_kw = models.DecimalField(_("power (kW)"), max_digits=18, decimal_places=3)
    power_avg_kw = models.DecimalField(_("mean power (kW)"), max_digits=14, decimal_places=3)
    power_min_kw = models.DecimalField(_("lowest power (kW)"), max_digits=12, decimal_places=3)
    power_max_kw = models.DecimalField(_("highest power (kW)"), max_digits=12, decimal_places=3)
    generation_sum_kwh = models.DecimalField(_("monthly generation (kWh)"), max_digits=20, decimal_places=2, null=True)
    capacity_factor_avg = models.DecimalField(_("mean capacity factor (%)"), max_digits=5, decimal_places=2, null=True)

    class Meta:
        managed = False
        db_table = "mv_gen_units_statistics"
        verbose_name = _("generation unit statistics")
        verbose_name_plural = _("generation unit statistics")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
