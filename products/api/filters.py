"""What lists of the catalogue can be narrowed by."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Case, Exists, FloatField, OuterRef, QuerySet, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from products.choices import (
    CheckState,
    ProductCategory,
    ProductStatus,
    ReviewState,
    RoofType,
    StockStatus,
    SystemType,
    TargetConsumerClass,
    VoltagePhase,
)
from products.models import KitComponent, Price, Product, SolarKit
from products.rules.regions import STATES as UFS
from ysh.core.api import query_fields
from ysh.core.api.filters import CodeFilter, NumberFilter, SameTextFilter, StrictFilterSet, UpdatedSinceMixin, VocabularyFilter

STATES = tuple(sorted(f"BR-{uf}" for uf in UFS))
HIGHEST_PRICE_BRL = 9_999_999_999
HIGHEST_POWER_KW = 1_000_000
PHASES = {"MONO": ("MONO_127", "MONO_220"), "BI": ("BI_220",), "TRI": ("TRI_220", "TRI_380", "TRI_600", "TRI_800")}


class FlagFilter(VocabularyFilter):
    """`true` or `false`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(values=("true", "false"), **options)

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: value[0] == "true"}) if len(value) == 1 else qs


@extend_schema_field(OpenApiTypes.STR)
class SearchFilter(django_filters.Filter):
    """Text to search for. The view searches, as it knows how to rank; here it is only checked."""

    field_class = query_fields.TextField

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs


@extend_schema_field(OpenApiTypes.STR)
class PhaseFilter(VocabularyFilter):
    """Number of phases, whatever the voltage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(values=tuple(PHASES), **options)

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        wanted = [code for phase in value for code in PHASES[phase]]
        return qs.filter(voltage_phase__in=wanted) if wanted else qs


@extend_schema_field(OpenApiTypes.STR)
class StateFilter(VocabularyFilter):
    """Not a narrowing: the state whose price is meant."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs


@extend_schema_field(OpenApiTypes.STR)
class PartMakerFilter(SameTextFilter):
    """Kits with a part of this maker."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        parts = KitComponent.objects.filter(kit=OuterRef("pk"), product__manufacturer__name__folded=value)
        return qs.filter(Exists(parts))


@extend_schema_field(OpenApiTypes.STR)
class SupplierOfPriceFilter(CodeFilter):
    """Products that one of these suppliers has a price for."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(Exists(Price.objects.filter(product=OuterRef("pk"), supplier__in=value))) if value else qs


class ConsumptionFilter(NumberFilter):
    """Kits recommended for a consumption."""

    def filter(self, qs: QuerySet[Any], value: Decimal | None) -> QuerySet[Any]:
        if value is None:
            return qs
        return qs.filter(recommended_consumption_min_kwh__lte=value, recommended_consumption_max_kwh__gte=value)


def _number(name: str) -> Cast:
    return Cast(KT(f"specifications__{name}"), FloatField())


# Watts of whatever the category's power is: of a panel Wp, of an inverter AC, of a charger or controller its own.
POWER_W = Case(
    When(category=ProductCategory.PANELS.value, then=_number("power_wp")),
    When(category=ProductCategory.INVERTERS.value, then=_number("ac_power_kw") * 1000.0),
    When(category=ProductCategory.CHARGERS.value, then=_number("power_kw") * 1000.0),
    When(category=ProductCategory.CONTROLLERS.value, then=_number("max_pv_power_w")),
    output_field=FloatField(),
)


class PowerFilter(NumberFilter):
    """A product's power, from its specifications."""

    def filter(self, qs: QuerySet[Any], value: Decimal | None) -> QuerySet[Any]:
        return qs.alias(power_key=POWER_W).filter(**{f"power_key__{self.lookup_expr}": float(value)}) if value is not None else qs


class StockFilter(VocabularyFilter):
    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(stock_status__in=value) if value else qs


def _at_least(field: str, high: float, label: str, kind: type[NumberFilter] = NumberFilter) -> NumberFilter:
    return kind(field_name=field, lookup_expr="gte", low=0, high=high, label=label)


def _at_most(field: str, high: float, label: str, kind: type[NumberFilter] = NumberFilter) -> NumberFilter:
    return kind(field_name=field, lookup_expr="lte", low=0, high=high, label=label)


def _supplier(kind: type[CodeFilter]) -> CodeFilter:
    return kind(
        field_name="supplier_id",
        pattern=r"[a-z0-9]+([_-][a-z0-9]+)*",
        expected="a supplier's code in lower case",
        label="supplier, by code",
    )


SEARCH_LABEL = "words in any order; accents, case, inflections, typos and synonyms are forgiven, powers understood (5kw, 550 Wp)"


class ProductFilterSet(UpdatedSinceMixin, StrictFilterSet):
    q = SearchFilter(label=SEARCH_LABEL)
    category = VocabularyFilter(values=ProductCategory, label="category")
    subcategory = SameTextFilter(label="subcategory")
    manufacturer = SameTextFilter(field_name="manufacturer__name", label="maker, by name; case and accents do not matter")
    brand = SameTextFilter(label="brand, as the supplier writes it")
    supplier = _supplier(SupplierOfPriceFilter)
    status = VocabularyFilter(values=ProductStatus, label="status")
    stock_status = StockFilter(values=StockStatus, label="stock status")
    inmetro_certified = FlagFilter(field_name="inmetro_certified", label="whether its INMETRO registration is in force")
    min_power_w = _at_least("power", 1000 * HIGHEST_POWER_KW, "power at least (W)", PowerFilter)
    max_power_w = _at_most("power", 1000 * HIGHEST_POWER_KW, "power at most (W)", PowerFilter)
    min_price = _at_least("sale_price", HIGHEST_PRICE_BRL, "price at least (R$)")
    max_price = _at_most("sale_price", HIGHEST_PRICE_BRL, "price at most (R$)")

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()


class KitFilterSet(UpdatedSinceMixin, StrictFilterSet):
    q = SearchFilter(label=SEARCH_LABEL)
    system_type = VocabularyFilter(values=SystemType, label="system")
    phase = PhaseFilter(label="phases of the grid")
    voltage_phase = VocabularyFilter(values=VoltagePhase, label="phases and voltage of the grid")
    roof_type = VocabularyFilter(values=RoofType, label="roof")
    target_consumer_class = VocabularyFilter(values=TargetConsumerClass, label="whom it is meant for")
    check_state = VocabularyFilter(values=CheckState, label="worst finding of the engineering rules")
    review_state = VocabularyFilter(values=ReviewState, label="review; readers without an account see PUBLISHED only")
    status = VocabularyFilter(values=ProductStatus, label="status")
    supplier = _supplier(CodeFilter)
    manufacturer = PartMakerFilter(field_name="manufacturer", label="maker of one of its parts, by name")
    min_power_kwp = _at_least("power_kwp", HIGHEST_POWER_KW, "power at least (kWp)")
    max_power_kwp = _at_most("power_kwp", HIGHEST_POWER_KW, "power at most (kWp)")
    min_inverter_power_kw = _at_least("inverter_power_kw", HIGHEST_POWER_KW, "inverter power at least (kW AC)")
    max_inverter_power_kw = _at_most("inverter_power_kw", HIGHEST_POWER_KW, "inverter power at most (kW AC)")
    min_price = _at_least("price_key", HIGHEST_PRICE_BRL, "total price at least (R$); of the state when `state` is given")
    max_price = _at_most("price_key", HIGHEST_PRICE_BRL, "total price at most (R$); of the state when `state` is given")
    consumption_kwh = ConsumptionFilter(low=0, high=999_999_999, label="recommended for this consumption (kWh a month)")
    state = StateFilter(values=STATES, label="state whose price is meant, e.g. BR-AM: fills in `regional_price`")

    class Meta:
        model = SolarKit
        fields: tuple[str, ...] = ()
