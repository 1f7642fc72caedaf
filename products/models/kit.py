"""Solar kits and what they are made of."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import DecimalField, F, GeneratedField, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from products.choices import (
    CheckState,
    ComponentType,
    ProductStatus,
    ReviewState,
    RoofType,
    SystemType,
    TargetConsumerClass,
    VoltagePhase,
)
from products.models.columns import (
    NOT_NEGATIVE,
    address,
    catalogue_search_vector,
    completeness,
    external_id,
    fraction_check,
    json_object_check,
    long_text,
    money,
    not_negative_check,
    optional_decimal,
    optional_text,
    run_id,
    slug_check,
    text_array,
    trigram_index,
)
from products.models.party import Supplier
from products.models.product import Product
from products.querysets import KitComponentQuerySet, SolarKitQuerySet
from products.rules.regions import regional_adjustment_faults
from ysh.core.models import TimestampedModel, vocabulary_check

# Not known to be complete.
INCOMPLETE = Q(completeness__isnull=True) | Q(completeness__lt=1)
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=12, decimal_places=2))


def _total_price() -> Any:
    """kit_cost + installation + documentation in R$. NULL without kit_cost; a missing other cost counts as 0 (not charged)."""
    return F("kit_cost") + Coalesce(F("installation_cost"), _ZERO) + Coalesce(F("documentation_cost"), _ZERO)


class SolarKit(TimestampedModel):
    """A set of equipment sold as one. Its power is computed from its parts, never taken from the supplier's title."""

    kit_id = models.CharField(_("kit id"), max_length=100, unique=True)
    sku = models.CharField("SKU", max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=300)
    description = long_text(_("description"))
    system_type = models.CharField(_("system"), max_length=8, choices=SystemType)
    power_kwp = DecimalField(
        _("power (kWp)"),
        max_digits=10,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("sum of quantity × Wp of its panels"),
    )
    declared_power_kwp = optional_decimal(_("declared power (kWp)"), 10, 3, help_text=_("as the supplier's title says"))
    inverter_power_kw = optional_decimal(_("inverter power (kW AC)"), 10, 3)
    dc_ac_ratio = GeneratedField(
        expression=F("power_kwp") / NullIf(F("inverter_power_kw"), Value(Decimal(0))),
        output_field=DecimalField(max_digits=14, decimal_places=4),
        verbose_name=_("DC/AC ratio"),
        db_persist=True,
    )
    voltage_phase = models.CharField(
        _("grid"),
        max_length=10,
        choices=VoltagePhase,
        null=True,
        blank=True,
        help_text=_("empty while the source leaves it open"),
    )
    roof_type = models.CharField(_("roof"), max_length=20, choices=RoofType, null=True, blank=True)
    avg_monthly_generation_kwh = optional_decimal(_("mean monthly generation (kWh)"), 14, 2)
    estimated_coverage_percent = optional_decimal(_("estimated coverage (%)"), 7, 2)
    kit_cost = money(_("kit (R$)"))
    installation_cost = money(_("installation (R$)"))
    documentation_cost = money(_("documentation (R$)"))
    total_price = GeneratedField(
        expression=_total_price(),
        output_field=DecimalField(max_digits=14, decimal_places=2),
        verbose_name=_("total price (R$)"),
        db_persist=True,
        help_text=_("kit + installation + documentation; empty while the kit has no price"),
    )
    price_per_wp = GeneratedField(
        expression=_total_price() / (F("power_kwp") * Value(Decimal(1000))),
        output_field=DecimalField(max_digits=16, decimal_places=4),
        verbose_name=_("price per Wp (R$)"),
        db_persist=True,
    )
    regional_adjustments = models.JSONField(
        _("regional adjustments"), default=dict, db_default={}, blank=True, help_text=_('percent by state: {"SP": 0, "AM": 12.5}')
    )
    target_consumer_class = models.CharField(_("meant for"), max_length=24, choices=TargetConsumerClass, null=True, blank=True)
    recommended_consumption_min_kwh = optional_decimal(_("for a consumption from (kWh/month)"), 12, 2)
    recommended_consumption_max_kwh = optional_decimal(_("for a consumption up to (kWh/month)"), 12, 2)
    warranty_years = models.SmallIntegerField(_("warranty (years)"), null=True, blank=True, validators=[NOT_NEGATIVE])
    support_level = optional_text(_("support level"), 30)
    review_state = models.CharField(
        _("review"), max_length=9, choices=ReviewState, default=ReviewState.DRAFT, db_default=ReviewState.DRAFT
    )
    status = models.CharField(
        _("status"), max_length=12, choices=ProductStatus, default=ProductStatus.DRAFT, db_default=ProductStatus.DRAFT
    )
    check_state = models.CharField(
        _("checks"), max_length=7, choices=CheckState, default=CheckState.UNKNOWN, db_default=CheckState.UNKNOWN, editable=False
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_with = optional_text(_("checked with"), 80, editable=False, help_text=_("rules' version and site temperatures"))
    completeness = completeness(_("completeness"))
    missing = text_array(_("missing fields"))
    supplier = models.ForeignKey(
        Supplier, verbose_name=_("supplier"), on_delete=models.PROTECT, null=True, blank=True, related_name="kits"
    )
    medusa_product_id = external_id(_("Medusa id"))
    saleor_product_id = external_id(_("Saleor id"))
    image_urls = text_array(_("images"), help_text=_("addresses, the first one is the cover"))
    photo_exception = optional_text(
        _("why it goes without a photo"), 300, help_text=_("a kit without images is published only when this says why")
    )
    technical_sheet_url = address(_("technical sheet"))
    installation_guide_url = address(_("installation guide"))
    seo_slug = models.SlugField(_("page address (slug)"), max_length=200, null=True, blank=True, unique=True)
    seo_title = optional_text(_("page title"), 200)
    seo_description = long_text(_("page description"))
    seo_keywords = text_array(_("page keywords"))
    source_run_id = run_id(_("run"))
    raw_data = models.JSONField(_("record as received"), null=True, blank=True, editable=False)
    search_vector = catalogue_search_vector("name", ["kit_id", "sku"], "description")

    objects = SolarKitQuerySet.as_manager()

    class Meta:
        db_table = "solar_kits"
        verbose_name = _("solar kit")
        verbose_name_plural = _("solar kits")
        ordering = ["name", "id"]
        permissions = [
            ("submit_solarkit", _("Can send kits to review")),
            ("publish_solarkit", _("Can publish, send back and archive kits")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(kit_id="") & ~Q(sku=""), name="solar_kits_keys_not_blank"),
            vocabulary_check("system_type", SystemType, "solar_kits_system_type"),
            vocabulary_check("voltage_phase", VoltagePhase, "solar_kits_voltage_phase"),
            vocabulary_check("roof_type", RoofType, "solar_kits_roof_type"),
            vocabulary_check("target_consumer_class", TargetConsumerClass, "solar_kits_target_class"),
            vocabulary_check("review_state", ReviewState, "solar_kits_review_state"),
            vocabulary_check("status", ProductStatus, "solar_kits_status"),
            vocabulary_check("check_state", CheckState, "solar_kits_check_state"),
            models.CheckConstraint(condition=Q(power_kwp__gt=0), name="solar_kits_power_positive"),
            not_negative_check(
                ["declared_power_kwp", "inverter_power_kw", "avg_monthly_generation_kwh", "estimated_coverage_percent"],
                "solar_kits_measures_not_negative",
            ),
            not_negative_check(["kit_cost", "installation_cost", "documentation_cost"], "solar_kits_costs_not_negative"),
            not_negative_check(["recommended_consumption_min_kwh", "warranty_years"], "solar_kits_advice_not_negative"),
            models.CheckConstraint(
                condition=Q(recommended_consumption_max_kwh__gte=F("recommended_consumption_min_kwh")),
                name="solar_kits_consumption_order",
                violation_error_message=_("The recommended consumption ends below where it begins."),
            ),
            json_object_check("regional_adjustments", "solar_kits_adjustments_object"),
            fraction_check("completeness", "solar_kits_completeness"),
            slug_check("seo_slug", "solar_kits_slug_form"),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="solar_kits_search"),
            trigram_index(["name", "kit_id", "sku"], "solar_kits_text_trgm"),
            models.Index(fields=["name", "id"], name="solar_kits_by_name"),
            models.Index(fields=["review_state", "check_state"], name="solar_kits_review_idx"),
            models.Index(fields=["review_state", "name", "id"], name="solar_kits_by_review"),
            models.Index(fields=["system_type", "power_kwp"], name="solar_kits_system_power"),
            models.Index(fields=["check_state", "name", "id"], name="solar_kits_by_check"),
            models.Index(fields=["name", "id"], name="solar_kits_incomplete", condition=INCOMPLETE),
            models.Index(fields=["power_kwp"], name="solar_kits_power"),
            models.Index(fields=["inverter_power_kw"], name="solar_kits_inverter_power"),
            models.Index(fields=["total_price"], name="solar_kits_price"),
            models.Index(fields=["source_run_id"], name="solar_kits_run"),
        ]

    def __str__(self) -> str:
        return f"{self.kit_id} – {self.name}"

    def clean(self) -> None:
        """Raises: ValidationError on `regional_adjustments`, when a key is no state or a value no percentage above -100."""
        super().clean()
        faults = regional_adjustment_faults(self.regional_adjustments)
        if faults:
            message = _("Expected a percentage above -100 by state (two letters); found: %(faults)s")
            raise ValidationError({"regional_adjustments": ValidationError(message, params={"faults": ", ".join(faults)})})


class KitComponent(TimestampedModel):
    """A product's part in a kit."""

    kit = models.ForeignKey(SolarKit, verbose_name=_("kit"), on_delete=models.CASCADE, related_name="components", db_index=False)
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="kit_components")
    component_type = models.CharField(_("part"), max_length=20, choices=ComponentType)
    quantity = models.IntegerField(
        _("quantity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("only a microinverter's count may stay open"),
    )
    unit_price = money(_("unit price (R$)"))
    total_price = GeneratedField(
        expression=F("quantity") * F("unit_price"),
        output_field=DecimalField(max_digits=22, decimal_places=2),
        verbose_name=_("total (R$)"),
        db_persist=True,
    )
    display_order = models.IntegerField(_("order"), default=0, db_default=0, validators=[NOT_NEGATIVE])
    is_optional = models.BooleanField(_("optional"), default=False, db_default=False, help_text=_("not part of the kit's price"))

    objects = KitComponentQuerySet.as_manager()

    class Meta:
        db_table = "kit_components"
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ["kit_id", "display_order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kit", "product", "component_type"],
                name="kit_components_part",
                violation_error_message=_("This product plays this part in the kit already: change its quantity."),
            ),
            vocabulary_check("component_type", ComponentType, "kit_components_type"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kit_components_quantity_positive"),
            models.CheckConstraint(
                condition=Q(quantity__isnull=False) | Q(component_type=ComponentType.MICROINVERTER.value),
                name="kit_components_quantity_known",
                violation_error_message=_("Only a microinverter's quantity may stay open."),
            ),
            not_negative_check(["unit_price"], "kit_components_price_not_negative"),
            not_negative_check(["display_order"], "kit_components_order_not_negative"),
        ]
        indexes = [models.Index(fields=["product", "kit"], name="kit_components_product")]

    def __str__(self) -> str:
        return f"{'?' if self.quantity is None else self.quantity} × {self.get_component_type_display()}"
