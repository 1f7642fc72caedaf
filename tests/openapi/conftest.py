"""One row and more of every resource, so that each operation has something to answer with."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from products.choices import CheckOutcome
from tests.factories.aneel import CertificationFactory, DatasetFactory, DistributorFactory, GenerationUnitFactory, TariffFactory
from tests.factories.pipeline import IngestionRunFactory
from tests.factories.products import (
    InverterFactory,
    KitCheckFactory,
    KitComponentFactory,
    PriceFactory,
    ProductFactory,
    SolarKitFactory,
)


@dataclass(frozen=True)
class Stock:
    """Keys that exist, by the name of the path's parameter."""

    keys: dict[str, str]


@pytest.fixture
def stock(db: None) -> Stock:
    """Rolled back with the test."""
    # A place of its own: which municipality is next depends on the tests before.
    unit = GenerationUnitFactory(latitude=Decimal("-23.55"), longitude=Decimal("-46.63"))
    dataset, run = DatasetFactory(), IngestionRunFactory(status="SUCCESS")
    certification = CertificationFactory(certificate_number="001234/2024", expiry_date=None)
    distributor = DistributorFactory()
    TariffFactory(distributor=distributor)
    panel = ProductFactory(certification=certification)
    inverter = InverterFactory()
    PriceFactory(product=panel, kind="SALE")
    kit = SolarKitFactory(review_state="PUBLISHED", status="ACTIVE", regional_adjustments={"AM": 12.5})
    KitComponentFactory(kit=kit, product=panel)
    KitComponentFactory(kit=kit, product=inverter, component_type="INVERTER", quantity=1)
    KitCheckFactory(kit=kit, rule_id="R01", outcome=CheckOutcome.PASS)
    return Stock(
        {
            "unit_id": unit.unit_id,
            "aneel_id": str(dataset.aneel_id),
            "run_id": str(run.run_id),
            "cnpj": distributor.cnpj,
            "ibge_code": str(unit.municipality_id),
            "sku": panel.sku,
            "kit_id": kit.kit_id,
        }
    )
