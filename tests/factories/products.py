"""Rows of the schema `products`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from products.choices import (
    CheckOutcome,
    CheckSeverity,
    ComponentType,
    PriceKind,
    ProductCategory,
    ProductStatus,
    RoofType,
    SystemType,
    VoltagePhase,
)
from products.models import KitCheck, KitComponent, Manufacturer, Price, Product, SiteConditions, SolarKit, Supplier

PANEL = {
    "power_wp": 610,
    "cell_technology": "n_type_topcon",
    "bifacial": True,
    "efficiency_percent": 22.6,
    "voc_v": 48.2,
    "vmp_v": 40.4,
    "isc_a": 15.9,
    "imp_a": 15.1,
    "temp_coeff_voc_pct_per_c": -0.25,
    "temp_coeff_pmax_pct_per_c": -0.29,
    "temp_coeff_isc_pct_per_c": 0.045,
    "max_system_voltage_v": 1500,
    "max_series_fuse_a": 30,
    "length_mm": 2382,
    "width_mm": 1134,
    "thickness_mm": 30,
    "weight_kg": 32.5,
}


class ManufacturerFactory(DjangoModelFactory[Manufacturer]):
    class Meta:
        model = Manufacturer

    name = factory.Sequence(lambda n: f"Fabricante Solar {n}")
    aliases = factory.LazyAttribute(lambda o: [f"{o.name} Brasil"])
    website = "https://example.org/fabricante"


class SupplierFactory(DjangoModelFactory[Supplier]):
    class Meta:
        model = Supplier
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"fornecedor_{n}")
    name = factory.Sequence(lambda n: f"Fornecedor {n}")


class _Derived:
    """Reads the row back, so that the object shows what the database derives (generated columns, triggers)."""

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        row = super()._create(model_class, *args, **kwargs)  # type: ignore[misc]
        row.refresh_from_db()
        return row


class ProductFactory(_Derived, DjangoModelFactory[Product]):
    """A panel on sale with every essential attribute."""

    class Meta:
        model = Product
        django_get_or_create = ("sku",)

    sku = factory.Sequence(lambda n: f"PNL-{n:05d}")
    name = factory.Sequence(lambda n: f"Módulo fotovoltaico 610 Wp bifacial {n}")
    category = ProductCategory.PANELS
    manufacturer = factory.SubFactory(ManufacturerFactory)
    brand = factory.LazyAttribute(lambda o: o.manufacturer.name if o.manufacturer else "")
    model = factory.Sequence(lambda n: f"DM610M-{n}")
    specifications = factory.LazyFunction(lambda: dict(PANEL))
    cost_price = Decimal("489.90")
    sale_price = Decimal("612.38")
    stock_quantity = 120
    status = ProductStatus.ACTIVE


class InverterFactory(ProductFactory):
    """A 5 kW single-phase string inverter."""

    sku = factory.Sequence(lambda n: f"INV-{n:05d}")
    name = factory.Sequence(lambda n: f"Inversor on-grid 5 kW 220 V 2 MPPT {n}")
    category = ProductCategory.INVERTERS
    model = factory.Sequence(lambda n: f"MIN5000TL-X{n}")
    specifications = factory.LazyFunction(lambda: {"topology": "string", "ac_power_kw": 5, "phases": 1, "ac_voltage_v": 220})
    cost_price = Decimal("2890.00")
    sale_price = Decimal("3612.50")


class SolarKitFactory(_Derived, DjangoModelFactory[SolarKit]):
    """A draft on-grid kit of 6.1 kWp and 5 kW, without components; `with_components=True` adds ten panels and an inverter."""

    class Meta:
        model = SolarKit
        django_get_or_create = ("kit_id",)
        skip_postgeneration_save = True

    kit_id = factory.Sequence(lambda n: f"KIT-{n:05d}")
    sku = factory.LazyAttribute(lambda o: f"SKU-{o.kit_id}")
    name = factory.Sequence(lambda n: f"Kit solar 6,1 kWp telhado cerâmico {n}")
    system_type = SystemType.ON_GRID
    power_kwp = Decimal("6.100")
    inverter_power_kw = Decimal("5.000")
    voltage_phase = VoltagePhase.MONO_220
    roof_type = RoofType.CERAMIC
    kit_cost = Decimal("8900.00")
    supplier = factory.SubFactory(SupplierFactory)

    @factory.post_generation
    def with_components(self, create: bool, wanted: bool, **kwargs: Any) -> None:
        if wanted:
            KitComponentFactory(kit=self, display_order=1)
            inverter = {
                "product": InverterFactory(),
                "component_type": ComponentType.INVERTER,
                "quantity": 1,
                "unit_price": "2890.00",
            }
            KitComponentFactory(kit=self, display_order=2, **inverter)


class KitComponentFactory(_Derived, DjangoModelFactory[KitComponent]):
    class Meta:
        model = KitComponent

    kit = factory.SubFactory(SolarKitFactory)
    product = factory.SubFactory(ProductFactory)
    component_type = ComponentType.PANEL
    quantity = 10
    unit_price = Decimal("489.90")


class KitCheckFactory(_Derived, DjangoModelFactory[KitCheck]):
    """A string too long for its inverter in the cold."""

    class Meta:
        model = KitCheck

    kit = factory.SubFactory(SolarKitFactory)
    rule_id = factory.Sequence(lambda n: f"R{n:02d}")
    outcome = CheckOutcome.FAIL
    severity = CheckSeverity.ERROR
    value = Decimal("612.500000")
    limit = Decimal("600.000000")
    margin_percent = Decimal("-2.083")
    unit = "V"
    reference = "ABNT NBR 16690"
    inputs = factory.LazyFunction(lambda: {"voc_v": {"value": 48.2, "source": "datasheet"}})
    message = "14 módulos em série passam da tensão máxima do inversor a 0 °C."
    engine_version = "1"


class PriceFactory(_Derived, DjangoModelFactory[Price]):
    """What a supplier asked for a product. For a kit pass `kit=..., product=None`."""

    class Meta:
        model = Price

    product = factory.SubFactory(ProductFactory)
    supplier = factory.SubFactory(SupplierFactory)
    kind = PriceKind.COST
    amount = Decimal("489.90")
    valid_from = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)


class SiteConditionsFactory(DjangoModelFactory[SiteConditions]):
    class Meta:
        model = SiteConditions
        django_get_or_create = ("code",)

    code = "SC"
    name = "Santa Catarina"
    min_ambient_c = Decimal("-5.00")
    max_cell_c = Decimal("68.00")
    temperature_source = "medição própria"
    irradiation_kwh_m2_day = factory.LazyFunction(lambda: [Decimal("4.500")] * 12)
    uncertainty_percent = Decimal("10.00")
    irradiation_source = "arquivo próprio"
    irradiation_licence = "CC BY 4.0"
