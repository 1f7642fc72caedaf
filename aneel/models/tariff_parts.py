"""What tariffs are made of, and the monthly flag that comes on top of them."""

from decimal import Decimal

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.expressions import Func
from django.utils.translation import gettext_lazy as _

from aneel.choices import FlagRecord, TariffFlagColour, TariffSubgroup, TariffUnit
from aneel.models.place import Distributor
from ysh.core.models import TimestampedModel, row_hash_field, vocabulary_check


class TariffComponent(TimestampedModel):
    """One component of a tariff over a period: TUSD Fio B, the grid charge of Lei 14.300/2022 (art. 27), and others kept."""

    component_id = models.CharField(
        _("component id"), max_length=100, unique=True, help_text=_("hash of the natural key with resolution and both dates")
    )
    distributor = models.ForeignKey(
        Distributor, verbose_name=_("distributor"), on_delete=models.PROTECT, related_name="tariff_components", db_index=False
    )
    utility_name = models.CharField(_("distributor as published"), max_length=120)
    component = models.CharField(_("component"), max_length=60, help_text=_("as published, e.g. TUSD_FioB"))
    base = models.CharField(_("base"), max_length=60, help_text=_("as published"))
    subgroup = models.CharField(_("subgroup"), max_length=4, choices=TariffSubgroup)
    modality = models.CharField(_("tariff modality"), max_length=60)
    consumer_class = models.CharField(_("consumer class"), max_length=80, blank=True)
    subclass = models.CharField(_("subclass"), max_length=120, blank=True)
    detail = models.CharField(_("detail"), max_length=80, blank=True)
    tariff_post = models.CharField(_("tariff post"), max_length=40, blank=True)
    accessing_agent = models.CharField(_("accessing agent"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=3, choices=TariffUnit)
    value = models.DecimalField(
        _("value"), max_digits=18, decimal_places=8, help_text=_("as published, R$/MWh or R$/kW, without taxes; may be negative")
    )
    brl_per_kwh = GeneratedField(
        expression=Case(When(unit=TariffUnit.MWH.value, then=F("value") / Value(Decimal(1000))), default=None),
        output_field=models.DecimalField(max_digits=20, decimal_places=11),
        verbose_name=_("value (R$/kWh)"),
        db_persist=True,
        help_text=_("only of rows in R$/MWh; without taxes"),
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
    row_hash = row_hash_field()
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True)

    class Meta:
        db_table = "tariff_components"
        verbose_name = _("tariff component")
        verbose_name_plural = _("tariff components")
        ordering = ["-valid_from", "id"]
        constraints = [
            vocabulary_check("subgroup", TariffSubgroup, "tariff_components_subgroup"),
            vocabulary_check("unit", TariffUnit, "tariff_components_unit"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="tariff_components_validity_order"),
        ]
        indexes = [
            GistIndex(fields=["distributor", "component", "subgroup", "validity"], name="tariff_components_in_force"),
            models.Index(fields=["source_run_id"], name="tariff_components_run"),
            models.Index(fields=["-valid_from", "id"], name="tariff_components_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.utility_name} {self.component} {self.subgroup} {self.valid_from:%d/%m/%Y}"


class TariffFlag(TimestampedModel):
    """The flag of a month (`MONTH`), or what a resolution says a flag costs from a day on (`RATE`)."""

    flag_id = models.CharField(_("flag id"), max_length=60, unique=True, help_text=_("record, day and, of rates, flag"))
    record = models.CharField(_("record"), max_length=5, choices=FlagRecord)
    day = models.DateField(_("day"), help_text=_("first day of the month, or first day of the rate's validity"))
    flag = models.CharField(_("flag"), max_length=12, choices=TariffFlagColour)
    surcharge_brl_per_mwh = models.DecimalField(_("surcharge (R$/MWh)"), max_digits=12, decimal_places=5)
    surcharge_brl_per_kwh = GeneratedField(
        expression=F("surcharge_brl_per_mwh") / Value(Decimal(1000)),
        output_field=models.DecimalField(max_digits=14, decimal_places=8),
        verbose_name=_("surcharge (R$/kWh)"),
        db_persist=True,
        help_text=_("without taxes"),
    )
    resolution_number = models.CharField(_("resolution"), max_length=120, blank=True)
    row_hash = row_hash_field()
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True)

    class Meta:
        db_table = "tariff_flags"
        verbose_name = _("tariff flag")
        verbose_name_plural = _("tariff flags")
        ordering = ["-day", "id"]
        constraints = [
            vocabulary_check("record", FlagRecord, "tariff_flags_record"),
            vocabulary_check("flag", TariffFlagColour, "tariff_flags_flag"),
            models.CheckConstraint(condition=Q(surcharge_brl_per_mwh__gte=0), name="tariff_flags_not_negative"),
            models.UniqueConstraint(fields=["day"], condition=Q(record="MONTH"), name="tariff_flags_one_a_month"),
        ]
        indexes = [
            models.Index(fields=["record", "-day"], name="tariff_flags_newest"),
            models.Index(fields=["source_run_id"], name="tariff_flags_run"),
        ]

    def __str__(self) -> str:
        return f"{self.get_flag_display()} {self.day:%m/%Y}"
