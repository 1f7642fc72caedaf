"""What leaves of products and kits. Purchase prices, margins and records as received have no field here."""

from typing import Any

from django.contrib.postgres.aggregates import BoolAnd
from django.db.models import BooleanField, Case, CharField, Count, F, Func, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from rest_framework import serializers

from products.api.base import CatalogueSerializer
from products.choices import (
    CheckOutcome,
    CheckSeverity,
    CheckState,
    ComponentType,
    PriceKind,
    ProductCategory,
    ProductStatus,
    ReviewState,
    RoofType,
    StockStatus,
    SystemType,
    TargetConsumerClass,
    VoltagePhase,
)
from products.models import KitComponent
from ysh.core.api.rows import Choice, Data, Day, Flag, Instant, Measure, Money, RowSerializer, Text, Texts, Whole

# Portaria INMETRO 140/2022 registers modules, inverters, batteries and charge controllers.
REGISTERED_TYPES = ("PANEL", "INVERTER", "MICROINVERTER", "BATTERY", "CHARGE_CONTROLLER")
_CERTIFICATE = (F("certification__certificate_type"), F("certification__status"), F("certification__expiry_date"))
CERTIFIED_TODAY = Coalesce(
    Func(*_CERTIFICATE, function="products.certificate_in_force", output_field=BooleanField()), False, output_field=BooleanField()
)
REGISTRATION = Coalesce(F("certification__certificate_number"), NullIf(F("inmetro_certificate_number"), Value("")))


def _of_parts(value: Any, **annotations: Any) -> Any:
    """One value over a kit's parts that are not optional."""
    parts = KitComponent.objects.filter(kit=OuterRef("pk"), is_optional=False).order_by().values("kit")
    return Subquery(parts.annotate(**annotations, found=value).values("found"))


def available() -> Any:
    """How many kits the stock of the parts makes; NULL while a part's stock or count is not known."""
    open_parts = Count("pk", filter=Q(quantity__isnull=True) | Q(product__stock_quantity__isnull=True))
    least = Min(F("product__stock_quantity") / F("quantity"), output_field=IntegerField())
    return _of_parts(Case(When(open_parts=0, then=F("least")), output_field=IntegerField()), open_parts=open_parts, least=least)


def _availability() -> Any:
    # Of one CASE over the number: of one condition each, the parts' stock would be looked up for each.
    by_stock = Func(
        F("available"),
        template="CASE sign(%(expressions)s) WHEN 0 THEN 'OUT_OF_STOCK' WHEN 1 THEN 'IN_STOCK' ELSE 'UNKNOWN' END",
        output_field=CharField(),
    )
    return Case(
        When(status=ProductStatus.OUT_OF_STOCK.value, then=Value("OUT_OF_STOCK")), default=by_stock, output_field=CharField()
    )


def _certified_parts() -> Any:
    """Whether every part that needs one has an INMETRO registration in force; NULL without such parts."""
    parts = KitComponent.objects.filter(kit=OuterRef("pk"), is_optional=False, component_type__in=REGISTERED_TYPES)
    certified = parts.order_by().values("kit").annotate(found=BoolAnd("product__inmetro_certified")).values("found")
    return Subquery(certified, output_field=BooleanField())


class EnceSerializer(serializers.Serializer[Any]):
    """What the offer of a product within INMETRO's Portaria 140/2022 has to say of its energy label."""

    registration = serializers.CharField(help_text="INMETRO registration.")
    in_force = serializers.BooleanField(help_text="Whether it is in force today, in Brazil.")
    valid_until = serializers.DateField(allow_null=True)
    manufacturer = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    efficiency_percent = serializers.FloatField(allow_null=True)
    regulation = serializers.CharField(help_text="Ordinance the registration stands on.")
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=[("registry", "registry"), ("supplier", "supplier")],
        help_text="`registry`: read from INMETRO's data; `supplier`: a number the supplier states, which nobody has confirmed.",
    )


class PriceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PriceKind.choices)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2, coerce_to_string=True, help_text="R$.")
    valid_from = serializers.DateTimeField()


class ProductSerializer(CatalogueSerializer):
    sku = Text()
    name = Text()
    description = Text()
    category = Choice(choices=ProductCategory.choices)
    subcategory = Text()
    manufacturer = Text(column="manufacturer__name", allow_null=True)
    brand = Text(help_text="As the supplier writes it.")
    model = Text()
    specifications = Data(help_text="Attributes declared for the category; units stand in their names.")
    completeness = Measure(allow_null=True, help_text="Share of the essential attributes that are known, 0 to 1.")
    missing = Texts(help_text="Essential attributes that are not known.")
    sale_price = Money(allow_null=True, help_text="R$; null while there is none.")
    status = Choice(choices=ProductStatus.choices)
    stock_quantity = Whole(allow_null=True, help_text="Null while the supplier does not say.")
    stock_status = Choice(choices=StockStatus.choices)
    inmetro_certified = Flag(column=CERTIFIED_TODAY, help_text="INMETRO registration in force today.")
    inmetro_certificate_number = Text(column=REGISTRATION, allow_null=True)
    certificate_expiry_date = Day(column="certification__expiry_date", allow_null=True)
    image_urls = Texts()
    datasheet_url = Text()
    manual_url = Text()
    seo_slug = Text(allow_null=True)
    seo_title = Text()
    seo_description = Text()
    created_at = Instant()
    updated_at = Instant()
    ence = EnceSerializer(read_only=True, allow_null=True, help_text="With `include=ence`, and in a detail.")
    prices = PriceSerializer(read_only=True, many=True, help_text="Sale prices in force; with `include=prices`, and in a detail.")


class KitComponentSerializer(RowSerializer):
    sku = Text(column="product__sku")
    name = Text(column="product__name")
    manufacturer = Text(column="product__manufacturer__name", allow_null=True)
    model = Text(column="product__model")
    category = Choice(column="product__category", choices=ProductCategory.choices)
    component_type = Choice(choices=ComponentType.choices)
    quantity = Whole(allow_null=True, help_text="Null where the source leaves a microinverter's count open.")
    unit_price = Money(allow_null=True, help_text="R$.")
    total_price = Money(allow_null=True, help_text="R$.")
    is_optional = Flag(help_text="Not part of the kit's price.")
    stock_quantity = Whole(column="product__stock_quantity", allow_null=True)
    ence = EnceSerializer(read_only=True, allow_null=True)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(name for name in cls._declared_fields if name != "ence")


class KitCheckSerializer(RowSerializer):
    rule_id = Text()
    subject = Text(help_text="The part it is about, when a rule looks at several.")
    outcome = Choice(choices=CheckOutcome.choices)
    severity = Choice(choices=CheckSeverity.choices)
    value = Measure(allow_null=True)
    limit = Measure(allow_null=True)
    margin_percent = Measure(allow_null=True)
    unit = Text()
    reference = Text(help_text="Standard and clause.")
    message = Text()
    inputs = Data(help_text="What it was computed from, each with where it came from.")
    engine_version = Text()
    checked_at = Instant()
    accepted_until = Instant(column="override_expires_at", allow_null=True, help_text="A person accepted the finding until then.")


class KitSerializer(CatalogueSerializer):
    kit_id = Text()
    sku = Text()
    name = Text()
    description = Text()
    system_type = Choice(choices=SystemType.choices)
    power_kwp = Measure(help_text="Sum of its panels.")
    declared_power_kwp = Measure(allow_null=True, help_text="As the supplier's title says.")
    inverter_power_kw = Measure(allow_null=True)
    dc_ac_ratio = Measure(allow_null=True)
    voltage_phase = Choice(choices=VoltagePhase.choices, allow_null=True)
    roof_type = Choice(choices=RoofType.choices, allow_null=True)
    avg_monthly_generation_kwh = Measure(allow_null=True)
    estimated_coverage_percent = Measure(allow_null=True)
    kit_cost = Money(allow_null=True, help_text="R$, the equipment.")
    installation_cost = Money(allow_null=True, help_text="R$.")
    documentation_cost = Money(allow_null=True, help_text="R$.")
    total_price = Money(allow_null=True, help_text="R$; null while the kit has no price.")
    price_per_wp = Money(digits=16, places=4, allow_null=True, help_text="R$ per Wp.")
    regional_adjustments = Data(help_text='Percent by state: {"SP": 0, "AM": 12.5}.')
    regional_price = Money(allow_null=True, help_text="Total price in the state that `state` names, R$; null without it.")
    target_consumer_class = Choice(choices=TargetConsumerClass.choices, allow_null=True)
    recommended_consumption_min_kwh = Measure(allow_null=True)
    recommended_consumption_max_kwh = Measure(allow_null=True)
    warranty_years = Whole(allow_null=True)
    support_level = Text()
    review_state = Choice(choices=ReviewState.choices)
    status = Choice(choices=ProductStatus.choices)
    availability = Choice(
        column=_availability(),
        choices=[("IN_STOCK", "in stock"), ("OUT_OF_STOCK", "out of stock"), ("UNKNOWN", "not known")],
        help_text="From the stock of its parts; UNKNOWN while one of them is not known.",
    )
    available_quantity = Whole(column="available", allow_null=True, help_text="How many kits the stock of the parts makes.")
    inmetro_certified = Flag(
        column=_certified_parts(),
        allow_null=True,
        help_text="Whether panels, inverters, batteries and controllers are all registered today; null without such parts.",
    )
    check_state = Choice(choices=CheckState.choices)
    checked_at = Instant(allow_null=True)
    completeness = Measure(allow_null=True, help_text="0 to 1.")
    missing = Texts()
    supplier = Text(column="supplier_id", allow_null=True)
    image_urls = Texts()
    technical_sheet_url = Text()
    installation_guide_url = Text()
    seo_slug = Text(allow_null=True)
    seo_title = Text()
    seo_description = Text()
    created_at = Instant()
    updated_at = Instant()
    components = KitComponentSerializer(read_only=True, many=True, help_text="With `include=components`, and in a detail.")
    checks = KitCheckSerializer(
        read_only=True, many=True, help_text="Findings of the engineering rules; with `include=checks`, and in a detail."
    )
    prices = PriceSerializer(read_only=True, many=True, help_text="Sale prices in force; with `include=prices`, and in a detail.")


class BreakdownLineSerializer(serializers.Serializer[Any]):
    item = serializers.CharField(help_text="A part's name, or UNITEMISED, INSTALLATION, DOCUMENTATION.")
    label = serializers.CharField(help_text="For people, in the request's language.")  # type: ignore[assignment]
    quantity = serializers.IntegerField(allow_null=True)
    unit_price = serializers.DecimalField(max_digits=14, decimal_places=2, coerce_to_string=True, allow_null=True)
    total = serializers.DecimalField(max_digits=14, decimal_places=2, coerce_to_string=True, allow_null=True)
    share = serializers.DecimalField(max_digits=7, decimal_places=4, coerce_to_string=True, allow_null=True, help_text="0 to 1.")


class CostBreakdownSerializer(serializers.Serializer[Any]):
    kit_id = serializers.CharField()
    total_price = serializers.DecimalField(max_digits=14, decimal_places=2, coerce_to_string=True, allow_null=True)
    lines = BreakdownLineSerializer(many=True)


class CheckSummarySerializer(serializers.Serializer[Any]):
    kit_id = serializers.CharField()
    check_state = serializers.ChoiceField(choices=CheckState.choices)
    checked_at = serializers.DateTimeField(allow_null=True)
    findings = KitCheckSerializer(many=True)


class FacetValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(allow_null=True, help_text="What the filter of the facet's name takes; null: not stated.")
    label = serializers.CharField(allow_null=True, help_text="For people, in the request's language.")  # type: ignore[assignment]
    count = serializers.IntegerField()


class RangeSerializer(serializers.Serializer[Any]):
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)


class FacetsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="Rows that pass the filters.")
    facets = serializers.DictField(child=FacetValueSerializer(many=True))
    ranges = serializers.DictField(child=RangeSerializer())
