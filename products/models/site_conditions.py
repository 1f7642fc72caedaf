"""Temperatures and irradiation of places."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from products.models.columns import NOT_NEGATIVE, optional_decimal, optional_text
from ysh.core.models import TimestampedModel

MONTHS = 12


class SiteConditions(TimestampedModel):
    """What a place is like: the country, a state or a municipality. What a row leaves open comes from the next larger place.

    The country's row sets the temperatures kits are checked at; a trigger marks kits as out of date when it changes. Without
    rows the documented defaults hold (`products.rules.kit_facts.Site`, `products.rules.irradiation.NATIONAL`).
    """

    code = models.CharField(
        _("place"), max_length=7, primary_key=True, help_text=_("BR, a state (SP) or a municipality's IBGE code (7 digits)")
    )
    name = optional_text(_("name"), 120)
    min_ambient_c = models.DecimalField(
        _("lowest ambient temperature (°C)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    max_cell_c = models.DecimalField(_("highest cell temperature (°C)"), max_digits=5, decimal_places=2, null=True, blank=True)
    temperature_source = optional_text(_("source of the temperatures"), 300)
    irradiation_kwh_m2_day = ArrayField(
        models.DecimalField(max_digits=6, decimal_places=3, validators=[NOT_NEGATIVE]),
        verbose_name=_("irradiation (kWh/m² a day)"),
        size=MONTHS,
        null=True,
        blank=True,
        help_text=_("twelve monthly means, January first, in the plane of the modules"),
    )
    uncertainty_percent = optional_decimal(_("uncertainty (%)"), 5, 2)
    irradiation_source = optional_text(_("source of the irradiation"), 300)
    irradiation_licence = optional_text(_("licence of the irradiation"), 120)

    class Meta:
        db_table = "site_conditions"
        verbose_name = _("site conditions")
        verbose_name_plural = _("site conditions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^(BR|[A-Z]{2}|[0-9]{7})$"), name="site_conditions_code"),
            models.CheckConstraint(
                condition=Q(min_ambient_c__range=(Decimal(-40), Decimal(40))), name="site_conditions_min_ambient"
            ),
            models.CheckConstraint(condition=Q(max_cell_c__range=(Decimal(25), Decimal(110))), name="site_conditions_max_cell"),
            models.CheckConstraint(condition=Q(max_cell_c__gt=F("min_ambient_c")), name="site_conditions_temperature_order"),
            models.CheckConstraint(
                condition=Q(irradiation_kwh_m2_day__len=MONTHS),
                name="site_conditions_twelve_months",
                violation_error_message=_("Expected twelve monthly values."),
            ),
            models.CheckConstraint(
                condition=Q(uncertainty_percent__range=(Decimal(0), Decimal(100))), name="site_conditions_uncertainty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()

    def clean(self) -> None:
        """Raises: ValidationError when temperatures or irradiation are given without saying where they come from."""
        super().clean()
        if (self.min_ambient_c is not None or self.max_cell_c is not None) and not self.temperature_source:
            raise ValidationError({"temperature_source": _("Say where the temperatures come from.")})
        if self.irradiation_kwh_m2_day and not self.irradiation_source:
            raise ValidationError({"irradiation_source": _("Say where the irradiation comes from.")})
