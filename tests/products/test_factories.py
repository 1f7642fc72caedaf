"""The factories make rows that both Django and the database accept, as often as they are asked."""

import pytest

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

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "factory",
    [
        InverterFactory,
        KitCheckFactory,
        KitComponentFactory,
        ManufacturerFactory,
        PriceFactory,
        ProductFactory,
        SolarKitFactory,
        SupplierFactory,
    ],
)
def test_a_batch_makes_distinct_valid_rows(factory):
    rows = factory.create_batch(5)

    assert len({row.pk for row in rows}) == 5
    for row in rows:
        row.full_clean()


def test_a_kit_with_components_has_its_power_from_them():
    kit = SolarKitFactory(with_components=True)
    panels = kit.components.get(component_type="PANEL")

    assert panels.quantity * panels.product.specifications["power_wp"] == kit.power_kwp * 1000
