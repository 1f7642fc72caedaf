"""Technical data of photovoltaic units, as their holders declare them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ysh.core.models import TimestampedModel, row_hash_field


class TechnicalData(TimestampedModel):
    """One unit's modules and inverters as published, and what its makers are called here.

    The believable values are joined to `aneel.generation_units`, with flags for the others; here everything stays as published.
    Not tied to the unit by a foreign key, because the two files are published and loaded apart.
    """

    unit_code = models.CharField(_("unit code"), max_length=50, help_text="GD.UF.ddd.ddd.ddd")
    installed_power_kw = models.DecimalField(_("installed power (kW)"), max_digits=12, decimal_places=3, null=True, blank=True)
    connection_date = models.DateField(_("connected on"), null=True, blank=True)
    module_count = models.IntegerField(_("modules"), null=True, blank=True)
    module_power_kw = models.DecimalField(
        _("power of all modules (kW)"), max_digits=14, decimal_places=3, null=True, blank=True, help_text=_("as published")
    )
    inverter_power_kw = models.DecimalField(
        _("inverter power (kW)"), max_digits=14, decimal_places=3, null=True, blank=True, help_text=_("as published")
    )
    array_area_m2 = models.DecimalField(_("array area (m²)"), max_digits=14, decimal_places=2, null=True, blank=True)
    module_maker_published = models.TextField(_("module maker as published"), null=True, blank=True)
    module_maker = models.TextField(_("module maker"), null=True, blank=True)
    module_model = models.TextField(_("module model"), null=True, blank=True)
    inverter_maker_published = models.TextField(_("inverter maker as published"), null=True, blank=True)
    inverter_maker = models.TextField(_("inverter maker"), null=True, blank=True)
    inverter_model = models.TextField(_("inverter model"), null=True, blank=True)
    row_hash = row_hash_field()
    source_fingerprint = models.BigIntegerField(null=True, editable=False, help_text=_("XXH3-64 of the row's bytes in the file"))
    source_run_id = models.UUIDField(_("run"), null=True, blank=True, editable=False)
    raw_data = models.JSONField(_("row as published"), null=True, blank=True)

    class Meta:
        db_table = "technical_data"
        verbose_name = _("technical data of a unit")
        verbose_name_plural = _("technical data of units")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["unit_code"], name="technical_data_unit_code")]
        indexes = [models.Index(fields=["source_run_id"], name="technical_data_run")]

    def __str__(self) -> str:
        return self.unit_code
