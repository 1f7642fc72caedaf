"""A small catalogue: two kits on sale, one draft, parts with and without a registration."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from products.choices import CheckOutcome, ProductStatus, ReviewState
from products.models import Product, SolarKit
from tests.factories.aneel import CertificationFactory
from tests.factories.products import (
    InverterFactory,
    KitCheckFactory,
    KitComponentFactory,
    ManufacturerFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
    SupplierFactory,
)


@dataclass(frozen=True)
class Catalogue:
    """What the fixture made."""

    panel: Product
    inverter: Product
    draft_product: Product
    kit: SolarKit
    large_kit: SolarKit
    draft_kit: SolarKit


PUBLISHED: dict[str, Any] = {"review_state": ReviewState.PUBLISHED, "status": ProductStatus.ACTIVE}


@pytest.fixture
def catalogue(db: None) -> Catalogue:
    """Committed for nobody: rolled back with the test."""
    dah, deye = ManufacturerFactory(name="DAH Solar"), ManufacturerFactory(name="Deye")
    fortlev, fotus = SupplierFactory(code="fortlev", name="Fortlev"), SupplierFactory(code="fotus", name="Fotus")
    registered = CertificationFactory(
        certificate_number="001234/2024", manufacturer="DAH Solar", model="DHN-610", equipment_type="Módulo", expiry_date=None
    )
    panel = ProductFactory(
        sku="PNL-DAH-610", name="Módulo DAH 610 Wp", manufacturer=dah, certification=registered, stock_quantity=45
    )
    inverter = InverterFactory(
        sku="INV-DEYE-5", name="Inversor Deye 5 kW", manufacturer=deye, stock_quantity=3, inmetro_certificate_number="009999/2023"
    )
    draft = ProductFactory(sku="PNL-DRAFT", name="Módulo em rascunho reconhecivel", manufacturer=dah, status=ProductStatus.DRAFT)
    PriceFactory(product=panel, supplier=None, kind="SALE", amount=Decimal("612.38"))
    PriceFactory(product=panel, supplier=fortlev, kind="COST", amount=Decimal("487.61"))
    kit = SolarKitFactory(
        kit_id="KIT-A", name="Kit solar Ação 6,1 kWp", supplier=fortlev, regional_adjustments={"AM": 12.5}, **PUBLISHED
    )
    KitComponentFactory(kit=kit, product=panel, display_order=1, unit_price="489.90")
    KitComponentFactory(kit=kit, product=inverter, component_type="INVERTER", quantity=1, display_order=2, unit_price="2890.00")
    KitCheckFactory(kit=kit, rule_id="R01", outcome=CheckOutcome.PASS)
    KitCheckFactory(
        kit=kit,
        rule_id="R02",
        outcome=CheckOutcome.FAIL,
        override_reason="motivo reconhecivel",
        override_author="pessoa.reconhecivel",
        override_at="2026-01-01T00:00:00Z",
        override_expires_at="2027-01-01T00:00:00Z",
    )
    large = SolarKitFactory(
        kit_id="KIT-B",
        name="Kit solar 75 kWp usina",
        supplier=fotus,
        power_kwp=Decimal("75.000"),
        inverter_power_kw=Decimal("60.000"),
        voltage_phase="TRI_380",
        roof_type=None,
        kit_cost=None,
        **PUBLISHED,
    )
    hidden = SolarKitFactory(kit_id="KIT-DRAFT", name="Kit em rascunho reconhecivel", supplier=fortlev)
    return Catalogue(panel, inverter, draft, kit, large, hidden)
